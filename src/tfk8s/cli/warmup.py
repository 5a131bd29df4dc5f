"""`tfk8s warmup`: requests that a model version replays while it loads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.output import Format, output_option, present, tell
from tfk8s.cli.predict import read_content, scale_option
from tfk8s.cli.progress import ProgressStyle, progress_option, reporter
from tfk8s.errors import InputError

if TYPE_CHECKING:
    from tfk8s.app.warmup import Source, WarmupPlan
    from tfk8s.app.warmup_measure import Measured
    from tfk8s.ports import Reporter, Scale


@click.command("warmup")
@click.argument("model_dir", type=click.Path(path_type=Path))
@click.option(
    "--image", "images", type=click.Path(path_type=Path), multiple=True, help="A JPEG or PNG picture; repeatable."
)
@click.option(
    "--json", "texts", type=click.Path(path_type=Path, allow_dash=True), multiple=True, help="JSON; repeatable."
)
@click.option("--version", type=click.IntRange(min=0), help="Version to write into.  [default: the latest]")
@click.option("--signature", help="Signature to ask.  [default: serving_default, or the only one]")
@scale_option
@click.option("--batch", type=click.IntRange(1, 4096), default=1, show_default=True, help="Pictures in one request.")
@click.option("--copies", type=click.IntRange(1, 1000), default=1, show_default=True, help="Records of each request.")
@click.option("--force", is_flag=True, help="Write over other warm-up requests.")
@click.option("--measure", is_flag=True, help="Show the first request's time without and with them, on this computer.")
@click.option("--docker", "way", flag_value="docker", help="Measure in Docker.  [default: if Docker answers]")
@click.option("--binary", "way", flag_value="binary", help="Measure with tensorflow_model_server of the PATH.")
@click.option("--server-image", help="Image of the model server that measures.")
@click.option(
    "--timeout", type=click.FloatRange(1, 86_400), default=600.0, show_default=True, help="Seconds to be ready in."
)
@click.option("--dry-run", is_flag=True, help="Check and show, but write nothing.")
@output_option
@progress_option
def warmup_command(
    *,
    model_dir: Path,
    images: tuple[Path, ...],
    texts: tuple[Path, ...],
    version: int | None,
    signature: str | None,
    scale: Scale,
    batch: int,
    copies: int,
    force: bool,
    measure: bool,
    way: str | None,
    server_image: str | None,
    timeout: float,
    dry_run: bool,
    output: Format,
    progress: ProgressStyle,
) -> None:
    """Record requests that a version of MODEL_DIR replays while it loads, so that no client meets a cold model.

    Pictures and JSON are encoded as `tfk8s predict` does it, and checked against the signature first: a request that
    fails would fail the load. TensorFlow is not needed. With --measure the version is served twice on this computer,
    from temporary copies, and nothing is written when it does not load.

    The content of the version changes, and its digest with it. Do this before a version is published; one that is
    published or served already gets a new number instead.

    \b
    Examples:
      tfk8s warmup models/resnet --image cat.jpg
      tfk8s warmup models/resnet --image cat.jpg --image dog.jpg --batch 8 --measure
      echo '{"instances": [1.0, 2.0]}' | tfk8s warmup models/half_plus_two --json - --dry-run
    """
    from tfk8s.app.warmup import WarmupOptions, plan_warmup
    from tfk8s.app.warmup_file import foresee_write, write_warmup
    from tfk8s.app.warmup_report import NOTE, to_json, to_text
    from tfk8s.cli import wiring

    events = reporter(progress)
    options = WarmupOptions(version=version, signature=signature, scale=scale, batch=batch, copies=copies)
    plan = plan_warmup(
        model_dir, sources=_sources(images, texts), options=options, world=wiring.warmup_world(reporter=events)
    )
    written = foresee_write(plan, force=force)
    measured = None
    if measure:
        measured = _measured(plan, way=way, image=server_image, timeout_s=timeout, events=events)
    if not dry_run:
        written = write_warmup(plan, force=force)
    present(
        to_json(plan, written, measured=measured, is_dry_run=dry_run),
        output=output,
        text=lambda: to_text(plan, written, measured=measured, is_dry_run=dry_run),
    )
    if written.before != written.after:
        tell(NOTE)


def _sources(images: tuple[Path, ...], texts: tuple[Path, ...]) -> list[Source]:
    from tfk8s.app.question import Picture, read_question
    from tfk8s.app.warmup import Source

    sources: list[Source] = []
    for path in (*images, *texts):
        name = "stdin" if str(path) == "-" else str(path)
        question = read_question(read_content(path), source=name)
        is_picture = isinstance(question, Picture)
        if is_picture != (len(sources) < len(images)):
            right = "--image" if is_picture else "--json"
            raise InputError(f"{name} is {'a picture' if is_picture else 'JSON'}", hint=f"name it with {right}")
        sources.append(Source(name=name, question=question))
    return sources


def _measured(plan: WarmupPlan, *, way: str | None, image: str | None, timeout_s: float, events: Reporter) -> Measured:
    from tfk8s.app.local_run import spec_of_directory
    from tfk8s.app.warmup_measure import measure_warmup
    from tfk8s.cli import wiring
    from tfk8s.cli.serve import end_like_ctrl_c

    end_like_ctrl_c()
    usual = spec_of_directory(plan.version.path.parent).image.base
    world = wiring.serve_world(image=image or usual, way=way, reporter=events, log=lambda _: None, request_s=timeout_s)
    return measure_warmup(plan, world=world, options=wiring.measure_options(image=image, timeout_s=timeout_s))
