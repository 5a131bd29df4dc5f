"""`tfk8s inspect`: versions, signatures and findings of a model directory."""

from __future__ import annotations

from pathlib import Path

import click

from tfk8s.cli.output import Format, output_option, present


@click.command("inspect")
@click.argument("model_dir", type=click.Path(path_type=Path))
@output_option
def inspect_command(*, model_dir: Path, output: Format) -> None:
    """Show versions, signatures, dtypes, shapes, size and findings of MODEL_DIR.

    MODEL_DIR holds one directory a version, named by an integer, with a SavedModel in each. Nothing of the model is
    executed and TensorFlow is not needed. Exit code 3 says that a model server could not load the latest version;
    docs/savedmodel.md explains each finding.

    \b
    Examples:
      tfk8s inspect models/resnet
      tfk8s inspect models/resnet -o json | jq '.versions[-1].graphs[0].signatures'
    """
    from tfk8s.app.inspect import inspect_model
    from tfk8s.cli.model_text import model_text
    from tfk8s.model import to_json

    inspection = inspect_model(model_dir)
    present(to_json(inspection.info), output=output, text=lambda: model_text(inspection.info))
    if inspection.failure:
        raise inspection.failure
