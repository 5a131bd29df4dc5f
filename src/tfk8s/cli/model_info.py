"""`--model-info`: what inspect said of a model, in place of its directory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfk8s.model import ModelInfo
    from tfk8s.spec import ServiceSpec

F = TypeVar("F", bound=Callable[..., Any])


def model_info_option(command: F) -> F:
    """Add `--model-info [NAME=]FILE` as the parameter `model_info`."""
    return click.option(
        "--model-info",
        "model_info",
        metavar="[NAME=]FILE",
        multiple=True,
        help="Use what `tfk8s inspect -o json` said in place of the model's directory.",
    )(command)


def read_infos(spec: ServiceSpec, given: tuple[str, ...]) -> Mapping[str, ModelInfo]:
    """Read the files that were named, by model.

    Raises:
        InputError: a file cannot be read, or it is not clear which model it is about.
    """
    from tfk8s.app.render import read_model_info
    from tfk8s.errors import InputError

    names = [model.name for model in spec.served_models]
    infos: dict[str, ModelInfo] = {}
    for entry in given:
        name, equals, file = entry.partition("=")
        if not equals and len(names) == 1:
            name, file = names[0], entry
        if name not in names:
            raise InputError(
                f"--model-info {entry} does not say which model it is about",
                hint=f"write NAME=FILE with one of: {', '.join(names)}",
            )
        infos[name] = read_model_info(Path(file))
    return infos
