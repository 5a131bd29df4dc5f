"""`--model-info`: what inspect said of a model, in place of its directory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

if TYPE_CHECKING:
    from tfk8s.model import ModelInfo
    from tfk8s.spec import ServiceSpec

F = TypeVar("F", bound=Callable[..., Any])


class KnownModels(NamedTuple):
    """What was said of models: by their names, or of the only one there is, whatever its name in an environment."""

    named: Mapping[str, ModelInfo]
    only: ModelInfo | None

    def of(self, spec: ServiceSpec) -> dict[str, ModelInfo]:
        """What is known of the models of a spec, by their names in it."""
        names = [model.name for model in spec.served_models]
        found = {name: self.named[name] for name in names if name in self.named}
        return {**found, names[0]: self.only} if self.only is not None else found


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
    return read_known(((spec,),), given).of(spec)


def read_known(services: Iterable[Iterable[ServiceSpec]], given: tuple[str, ...]) -> KnownModels:
    """Read the files that were named, for several services, each with its spec in every environment.

    Raises:
        InputError: as `read_infos`.
    """
    if not given:
        return KnownModels(named={}, only=None)
    from tfk8s.app.render import read_model_info
    from tfk8s.errors import InputError

    variants = [tuple(service) for service in services]
    specs = [spec for service in variants for spec in service]
    names = dict.fromkeys(model.name for spec in specs for model in spec.served_models)
    is_one = len(variants) == 1 and all(len(spec.served_models) == 1 for spec in specs)
    named: dict[str, ModelInfo] = {}
    only: ModelInfo | None = None
    for entry in given:
        name, equals, file = entry.partition("=")
        if name in names and equals:
            named[name] = read_model_info(Path(file))
        elif is_one and not equals:
            only = read_model_info(Path(entry))
        else:
            raise InputError(
                f"--model-info {entry} does not say which model it is about",
                hint=f"write NAME=FILE with one of: {', '.join(names)}",
            )
    return KnownModels(named=named, only=only)
