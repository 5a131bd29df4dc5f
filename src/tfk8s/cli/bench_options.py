"""What is written on the command line of `tfk8s bench`, as values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tfk8s.cli.predict import read_content
from tfk8s.errors import InputError

if TYPE_CHECKING:
    from tfk8s.app.bench_body import Given
    from tfk8s.load import Bench, Objective
    from tfk8s.pictures import Form

_OBJECTIVE: Final = re.compile(
    r"p(?P<percentile>\d+(?:\.\d+)?)=(?P<latency>\d+(?:\.\d+)?)(?P<unit>ms|s)(?:,failed=(?P<failed>\d+(?:\.\d+)?)%)?\Z"
)
_FORMS: Final[dict[str, Form]] = {".svg": "svg", ".png": "png"}


def objective(_ctx: click.Context, param: click.Parameter, value: str | None) -> Objective | None:
    """Read `p99=200ms` or `p99.9=1.5s,failed=1%`."""
    if value is None:
        return None
    from tfk8s.load import Objective

    match = _OBJECTIVE.match(value.replace(" ", ""))
    percentile = float(match["percentile"]) if match is not None else 0.0
    latency = float(match["latency"]) if match is not None else 0.0
    failed = float(match["failed"]) / 100 if match is not None and match["failed"] else 0.001
    if match is None or not 0 < percentile < 100 or latency <= 0 or failed > 1:
        raise click.BadParameter(f"{value!r} is no objective: write p99=200ms, or p95=1.5s,failed=1%", param=param)
    return Objective(
        percentile=percentile, latency_s=latency / (1000 if match["unit"] == "ms" else 1), error_share=failed
    )


def picture_form(_ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    """Refuse a picture whose name does not tell a form that can be drawn."""
    if value is not None and value.suffix.lower() not in _FORMS:
        raise click.BadParameter(f"{value} must end in .svg or .png", param=param)
    return value


def given_questions(images: tuple[Path, ...], texts: tuple[Path, ...]) -> tuple[Given, ...]:
    """Pictures and JSON that are asked in turn.

    Raises:
        InputError: a file cannot be read, or is neither.
    """
    from tfk8s.app.bench_body import Given
    from tfk8s.app.question import read_question

    found = []
    for path in (*images, *texts):
        name = "stdin" if str(path) == "-" else str(path)
        found.append(Given(name=name, question=read_question(read_content(path), source=name)))
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Where the figures are to be written."""

    save: Path | None
    picture: Path | None
    html: Path | None

    def require_writable(self) -> None:
        """Refuse what could not be written once all is measured.

        Raises:
            InputError: a folder is missing, or something else has the name.
            PreconditionError: what draws is not installed.
        """
        for path in (self.save, self.picture, self.html):
            if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
                raise InputError(f"cannot write {path}", hint="name a file in a folder that is there")
        if self.picture is not None or self.html is not None:
            from tfk8s.pictures import require_drawing

            require_drawing()

    def write(self, bench: Bench) -> None:
        """Write those that were asked for.

        Raises:
            InputError: one cannot be written.
        """
        try:
            for path, content in self._contents(bench):
                path.write_bytes(content)
        except OSError as error:
            raise InputError(f"cannot write {error.filename}: {error.strerror}", hint="name another file") from error

    def _contents(self, bench: Bench) -> Iterator[tuple[Path, bytes]]:
        import json

        from tfk8s.app.bench_picture import bench_picture
        from tfk8s.app.bench_report import bench_report
        from tfk8s.load import to_json
        from tfk8s.pictures import draw, to_html

        if self.save is not None:
            yield self.save, (json.dumps(to_json(bench), indent=2, ensure_ascii=False) + "\n").encode()
        if self.picture is not None:
            yield self.picture, draw(bench_picture(bench), form=_FORMS[self.picture.suffix.lower()])
        if self.html is not None:
            yield self.html, to_html(bench_report(bench)).encode()
