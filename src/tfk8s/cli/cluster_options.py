"""The options that say which spec and which cluster; the same for every command that speaks to a cluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tfk8s.cli.spec_file import DEFAULT_FILE, chosen_environment, environment_option, read_spec

if TYPE_CHECKING:
    from tfk8s.app.service import Origin
    from tfk8s.spec import ServiceSpec

F = TypeVar("F", bound=Callable[..., Any])
DEFAULT_SPEC = Path(DEFAULT_FILE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """The spec file and the cluster, as they were written on the command line."""

    spec_file: Path
    namespace: str | None
    context: str | None
    kubeconfig: Path | None

    def spec(self) -> ServiceSpec:
        """Read the spec; --namespace takes the place of its own.

        Raises:
            InputError: it cannot be read, or is wrong.
        """
        spec, _ = read_spec(self.spec_file)
        return spec if self.namespace is None else spec.model_copy(update={"namespace": self.namespace})

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
    """Add -f, -n, --context and --kubeconfig as the parameters that `Aim` takes, and --env."""
    path = click.Path(path_type=Path)
    for option in (
        place_options,
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
