"""The service on the command line: that of a spec, or one that is named, where nobody has its spec."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tfk8s.cli.cluster_options import Aim
from tfk8s.cli.spec_file import chosen_regions

if TYPE_CHECKING:
    from tfk8s.app.service import ServiceName
    from tfk8s.ports import Cluster

F = TypeVar("F", bound=Callable[..., Any])


def name_option(command: F) -> F:
    """Add --name as the parameter `name`."""
    text = "Name of the service, where there is no spec; its namespace is -n or that of the context."
    return click.option("--name", metavar="NAME", help=text)(command)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundService:
    """A service, where it is, and the models that its spec has; () without a spec."""

    name: ServiceName
    cluster: Cluster
    models: tuple[str, ...]


def find_service(aim: Aim, *, name: str | None) -> FoundService:
    """The service that the command line means; nothing is sent yet, unless its cluster must be looked for.

    Raises:
        UsageError: both a spec and a name were given.
        InputError: there is no spec, or it is wrong.
        PreconditionError: no usable kubeconfig, or no login.
    """
    from tfk8s.cli import wiring

    if name is not None:
        if click.get_current_context().get_parameter_source("spec_file") is not click.core.ParameterSource.DEFAULT:
            raise click.UsageError("--name is for a service without a spec: give -f or --name")
        if chosen_regions():
            raise click.UsageError("--region is one of a spec: a service by its --name is in the cluster of --context")
        found, cluster = wiring.named_service(aim, name=name)
        return FoundService(name=found, cluster=cluster, models=())
    spec = aim.spec()
    return FoundService(
        name=wiring.service_name(spec),
        cluster=wiring.direct_cluster(aim, spec=spec) or wiring.cluster(aim),
        models=wiring.model_names(spec),
    )
