"""The options that say which cluster the commands of `tfk8s cluster` are about."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

import click

from tfk8s.cli.cluster_options import DEFAULT_SPEC, Aim
from tfk8s.cli.output import Format
from tfk8s.cli.regional import Shown, again, run_all, show, show_outcomes
from tfk8s.cli.spec_file import all_regions, environment_option, known_regions, read_spec

if TYPE_CHECKING:
    from tfk8s.app.cluster_choice import ChosenCluster, ClusterChoice
    from tfk8s.app.cluster_world import ClusterWorld
    from tfk8s.manifest import JsonObject
    from tfk8s.ports import ClusterRequest, Reporter
    from tfk8s.spec import Region, ServiceSpec

F = TypeVar("F", bound=Callable[..., Any])
ProviderName: TypeAlias = Literal["gke", "kind"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterOptions:
    """The command line, as it was written.

    Attributes:
        location: a zone or region of the cloud; with a spec that has regions, a name of those.
        region: the region that is meant, where a command is at work in several.
    """

    name: str | None
    spec_file: Path
    provider: ProviderName | None
    project: str | None
    location: str | None
    kubeconfig: Path | None
    region: Region | None = None

    def in_regions(self) -> dict[str, ClusterOptions]:
        """The same for each cluster that the spec makes in its regions; {} where it has none, or another is named.

        Raises:
            InputError: the spec is wrong, or has no such region.
        """
        if self.name is not None:
            return {}
        return {
            region.name: replace(self, region=region, location=None)
            for region in self._regions()
            if region.spec.cluster is not None
        }

    def chosen(self, fields: JsonObject | None = None) -> ChosenCluster:
        """The one cluster that is meant; `fields` are further keys of the spec's `cluster`.

        Raises:
            InputError: none is named, or it is not described well; or the spec has several.
        """
        from tfk8s.app.cluster_choice import choose
        from tfk8s.errors import InputError

        here = self.in_regions() if self.region is None else {}
        if len(here) == 1:
            return next(iter(here.values())).chosen(fields)
        if here:
            raise InputError(
                f"{self.spec_file} has a cluster in each of its regions ({', '.join(here)}), and this is about one",
                hint=f"name the region: --region {next(iter(here))}",
            )
        return choose(self._choice(fields or {}), environ=os.environ)

    def again(self) -> str:
        """The command as it would be typed again, for --region to follow."""
        aim = Aim(spec_file=self.spec_file, namespace=None, context=None, kubeconfig=self.kubeconfig)
        return again(aim)

    def project_request(self) -> ClusterRequest:
        """For a command about all clusters of a project.

        Raises:
            InputError: nothing says which project.
        """
        from tfk8s.app.cluster_choice import project_of

        return project_of(self._choice({}), environ=os.environ)

    def world(self, request: ClusterRequest, *, reporter: Reporter) -> ClusterWorld:
        """The provider of the cluster; nothing is looked at yet."""
        from tfk8s.cli import wiring

        aim = Aim(spec_file=self.spec_file, namespace=None, context=None, kubeconfig=self.kubeconfig)
        return wiring.managed_world(aim, cluster=request.cluster, reporter=reporter)

    def _choice(self, fields: JsonObject) -> ClusterChoice:
        from tfk8s.app.cluster_choice import ClusterChoice

        own = {"project": self.project, "location": self.location}
        return ClusterChoice(
            name=self.name,
            provider=self.provider,
            fields={**{key: value for key, value in own.items() if value is not None}, **fields},
            spec=self._spec(),
            base=self.spec_file.parent,
        )

    def _spec(self) -> ServiceSpec | None:
        """The spec, where there is one; a cluster may do without. With regions, that of the cluster that is named."""
        if self.region is not None:
            return self.region.spec
        if self.spec_file == DEFAULT_SPEC and not self.spec_file.exists():
            return None
        regions = self._regions()
        if not regions:
            return read_spec(self.spec_file)[0]
        named = [region.spec for region in regions if region.spec.cluster and region.spec.cluster.name == self.name]
        return named[0] if named else None

    def _regions(self) -> tuple[Region, ...]:
        if self.spec_file == DEFAULT_SPEC and not self.spec_file.exists():
            return ()
        regions, _ = all_regions(self.spec_file)
        names = [region.name for region in regions]
        chosen = (self.location,) if regions and self.location is not None and self.name is None else ()
        wanted = known_regions(chosen, names, source=str(self.spec_file))
        return tuple(region for region in regions if region.name in wanted)


def in_all(options: ClusterOptions, run: Callable[[ClusterOptions], Shown], *, output: Format) -> None:
    """Run a command for the cluster that is meant, or at the same time for those of all regions.

    Raises:
        Tfk8sError: see `show_outcomes`.
    """
    places = options.in_regions()
    if not places:
        show(run(options), output=output)
        return
    outcomes = run_all({region: partial(run, there) for region, there in places.items()}, way="at once")
    show_outcomes(outcomes, output=output, again=options.again())


def choice_options(*, argument: bool = True) -> Callable[[F], F]:
    """Add NAME, -f, --provider, --project, --location and --kubeconfig as one parameter `options`.

    Args:
        argument: NAME is the argument; else it is the option --cluster.
    """

    def add(command: F) -> F:
        def gathered(
            *args: Any,
            name: str | None = None,
            spec_file: Path,
            provider: ProviderName | None,
            project: str | None,
            location: str | None,
            kubeconfig: Path | None,
            **rest: Any,
        ) -> Any:
            options = ClusterOptions(
                name=name,
                spec_file=spec_file,
                provider=provider,
                project=project,
                location=location,
                kubeconfig=kubeconfig,
            )
            return command(*args, options=options, **rest)

        return _decorated(command, gathered, argument=argument)

    return add


def _decorated(command: F, gathered: Callable[..., Any], *, argument: bool) -> F:
    gathered.__doc__, gathered.__name__ = command.__doc__, command.__name__
    gathered.__dict__.update(command.__dict__)  # the options that click has noted so far
    path = click.Path(path_type=Path)
    result: Any = gathered
    for option in (
        click.option("--kubeconfig", type=path, help="Kubeconfig file.  [default: KUBECONFIG, then ~/.kube/config]"),
        click.option(
            "--location",
            "--zone",
            "--region",
            help="Zone or region; or one of the spec's `regions`.  [default: the spec's; gcloud's variables]",
        ),
        click.option("--project", help="Google Cloud project.  [default: the spec's; gcloud's variables]"),
        click.option("--provider", type=click.Choice(["gke", "kind"]), help="Who runs it.  [default: the spec's; gke]"),
        environment_option,
        click.option(
            "-f", "--file", "spec_file", type=path, default=DEFAULT_SPEC, show_default=True, help="The spec, if any."
        ),
        click.argument("name", required=False, metavar="[NAME]")
        if argument
        else click.option("--cluster", "name", help="Name of the cluster.  [default: the spec's]"),
    ):
        result = option(result)
    decorated: F = result
    return decorated
