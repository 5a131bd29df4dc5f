"""`tfk8s init`: a commented spec for a model."""

from __future__ import annotations

from pathlib import Path

import click

from tfk8s.cli.output import say, tell, warn
from tfk8s.cli.spec_file import DEFAULT_FILE


@click.command("init")
@click.argument("model_dir", type=click.Path(path_type=Path))
@click.option("--name", help="Name of the service.  [default: the name of MODEL_DIR]")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=DEFAULT_FILE,
    show_default=True,
    help="The file to write; - prints the spec.",
)
@click.option("--force", is_flag=True, help="Replace the file when it exists.")
def init_command(*, model_dir: Path, name: str | None, out: Path, force: bool) -> None:
    """Write a commented spec for the SavedModel in MODEL_DIR, which applies as it stands.

    A name that Kubernetes cannot hold (capitals, underscores, over-long) becomes a legal one for its objects, while the
    model keeps its own in the URL.

    \b
    Examples:
      tfk8s init models/resnet && tfk8s up
      tfk8s init models/my_Model --name shop-ranking --out ranking.yaml
      tfk8s init models/resnet --out - | tfk8s render -f -
    """
    from tfk8s.app.init import spec_text, write_spec
    from tfk8s.model import Severity, read_model, require_servable

    info = require_servable(read_model(model_dir))
    for finding in info.findings:
        if finding.severity is not Severity.NOTE:
            warn(f"{finding.where}: {finding.message}; {finding.remedy}")
    to_stdout = str(out) == "-"
    text = spec_text(info, folder=Path() if to_stdout else out.parent, name=name)
    if to_stdout:
        say(text.rstrip("\n"))
        return
    write_spec(text, out, force=force)
    tell(f"wrote {out}; next: tfk8s up" + ("" if str(out) == DEFAULT_FILE else f" -f {out}"))
