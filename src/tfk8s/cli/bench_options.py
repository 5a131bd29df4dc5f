"""What is written on the command line of `tfk8s bench`, as values."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tfk8s.cli.predict import read_content
from tfk8s.errors import InputError

if TYPE_CHECKING:
    from tfk8s.app.bench_body import Given
    from tfk8s.load import Bench, Objective

_OBJECTIVE: Final = re.compile(
    r"p(?P<percentile>\d+(?:\.\d+)?)=(?P<latency>\d+(?:\.\d+)?)(?P<unit>ms|s)(?:,failed=(?P<failed>\d+(?:\.\d+)?)%)?\Z"
)


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


def save_path(_ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    """Refuse now a file that could not be written after the work."""
    if value is not None and (value.is_dir() or not value.absolute().parent.is_dir()):
        raise click.BadParameter(f"{value} is no file in a folder that is there", param=param)
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


def save(bench: Bench, path: Path) -> None:
    """Write the figures as JSON, in the place of what was there.

    Raises:
        InputError: the file cannot be written.
    """
    import json

    from tfk8s.app.whole_file import write_whole
    from tfk8s.load import to_json

    try:
        write_whole(path, (json.dumps(to_json(bench), indent=2, ensure_ascii=False) + "\n").encode())
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}", hint="name another file with --save") from error
