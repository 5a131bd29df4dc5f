"""The options that say which spec and which cluster; the same for every command that speaks to a cluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tfk8s.cli.spec_file import (
    DEFAULT_FILE,
    chosen_environment,
    chosen_regions,
    environment_option,
    read_regions,
    read_spec,
    region_option,
)

if TYPE_CHECKING:
    from tfk8s.app.service import Origin
    from tfk8s.spec import ServiceSpec

F = TypeVar("F", bound=Callable[..., Any])
DEFAULT_SPEC = Path(DEFAULT_FILE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """The spec file and the cluster, as they were written on the command line.

    Attributes:
        region: the region that is meant, where a command is at work in several.
    """

    spec_file: Path
    namespace: str | None
    context: str | None
    kubeconfig: Path | None
    region: str | None = None

    def spec(self) -> ServiceSpec:
        """Read the spec; --namespace takes the place of its own.

        Raises:
            InputError: it cannot be read, or is wrong.
        """
        spec, _ = read_spec(self.spec_file, region=self.region)
        return spec if self.namespace is None else spec.model_copy(update={"namespace": self.namespace})

    def in_regions(self) -> tuple[Aim, ...]:
        """The same in each region that is meant, in the order of the file; () for a service without regions.

        Raises:
            InputError: as `spec`, or there is no such region.
            UsageError: a context was given, which is that of one cluster.
        """
        regions = read_regions(self.spec_file)
        if regions and self.context is not None:
            raise click.UsageError("each region of the spec has a context of its own: leave out --context")
        return tuple(replace(self, region=region.name) for region in regions)

    def cluster_context(self) -> str | None:
        """The context to use: the given one, or that of the region; None for the current one.

        Raises:
            InputError: as `spec`.
        """
        from tfk8s.app.service import expected_context

        if self.context is not None or (self.region is None and not chosen_regions()):
            return self.context
        found = [region for region in read_regions(self.spec_file) if self.region in (None, region.name)]
        return found[0].context or expected_context(found[0].spec.cluster)

    @property
    def prefix(self) -> str:
        """What stands before each line for people: `europe: `, or nothing."""
        return f"{self.region}: " if self.region is not None else ""

    def origin(self) -> Origin:
        """What the cluster is to remember of the spec: its text and the environment; nothing of a stream."""
        from tfk8s.app.service import Origin

        text = self.spec_file.read_text(encoding="utf-8", errors="replace") if self.spec_file.is_file() else ""
        return Origin(spec=text, environment=chosen_environment() or "")


def place_options(command: F) -> F:
    """Add -n, --context and --kubeconfig as the parameters `namespace`, `context` and `kubeconfig`."""
    path = click.Path(path_type=Path)
    for option in (
        click.option("--kubeconfig", type=path, help="Kubeconfig file.  [default: KUBECONFIG, then ~/.kube/config]"),
        click.option("--context", help="Context of the kubeconfig.  [default: the current one]"),
        click.option("-n", "--namespace", help="Namespace, instead of the one in the spec."),
    ):
        command = option(command)
    return command


def aim_options(command: F) -> F:
    """Add -f, -n, --context and --kubeconfig as the parameters that `Aim` takes, --env and --region."""
    path = click.Path(path_type=Path)
    for option in (
        place_options,
        region_option,
        environment_option,
        click.option("-f", "--file", "spec_file", type=path, default=DEFAULT_SPEC, show_default=True, help="The spec."),
    ):
        command = option(command)
    return command


def ca_file_option(command: F) -> F:
    """Add --ca-file, for services behind HTTPS."""
    path = click.Path(path_type=Path, exists=True, dir_okay=False)
    text = "PEM certificates to trust for the service's https, in place of the usual ones."
    return click.option("--ca-file", type=path, help=text)(command)
