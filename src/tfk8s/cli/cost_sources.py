"""What `tfk8s cost` puts together: services and prices, and what a cluster, a trace and a measurement add."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.cluster_options import Aim
from tfk8s.cli.model_info import read_known
from tfk8s.cli.price_options import read_prices
from tfk8s.cli.simulate_options import World, assumptions_of, traffic_of
from tfk8s.cli.spec_file import read_specs

if TYPE_CHECKING:
    from tfk8s.app.cost import Column, Estimate
    from tfk8s.app.spec_files import SpecFile
    from tfk8s.cli.model_info import KnownModels
    from tfk8s.load import Objective
    from tfk8s.manifest import Manifests
    from tfk8s.spec import ServiceSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class CostAim:
    """The command line."""

    spec_files: tuple[Path, ...]
    prices_file: Path | None
    namespace: str | None
    context: str | None
    kubeconfig: Path | None
    is_live: bool
    world: World
    objective: Objective | None
    model_info: tuple[str, ...]

    @property
    def _has_traffic(self) -> bool:
        return self.world.trace_file is not None or self.world.generated is not None

    def estimate(self) -> Estimate:
        """Put it together.

        Raises:
            Tfk8sError: a spec, a model, the prices, the trace or the measurement cannot be used, or the cluster does
                not answer.
        """
        from tfk8s.app.cost import estimate
        from tfk8s.app.cost_sites import Placed, identity_of

        self._refuse_idle()
        prices = read_prices(self.prices_file)
        files = read_specs(self.spec_files)
        known = read_known(((file.spec,) for file in files), self.model_info)
        services = [Placed(self._rendered(file, known=known), file.spec.cluster, file.region or "") for file in files]
        found = estimate(services, prices=prices)
        if self.is_live:
            found = self._with_live(
                found, dict(zip(map(identity_of, reversed(services)), reversed(files), strict=True))
            )
        if self._has_traffic or self.world.bench_file is not None:
            found = self._of_traffic(found, _only(files, found), known=known)
        return found

    def _refuse_idle(self) -> None:
        """Options that would say nothing."""
        if (self.context or self.kubeconfig) and not self.is_live:
            raise click.UsageError("--context and --kubeconfig have no effect without --live: no cluster is asked")
        if self.world.pod_rate is not None and not self._has_traffic:
            raise click.UsageError("--pod-rate has no effect without --trace or --generate")
        if self.objective is not None and self.world.bench_file is None:
            raise click.UsageError("--objective has no effect without --bench")

    def _placed(self, spec: ServiceSpec) -> ServiceSpec:
        return spec if self.namespace is None else spec.model_copy(update={"namespace": self.namespace})

    def _rendered(self, file: SpecFile, *, known: KnownModels) -> Manifests:
        from tfk8s.app.rendering import render_service

        spec = self._placed(file.spec)
        # Only what pods ask for is looked at, so any image will do: none is built, no model is hashed.
        made = render_service(spec, base=file.base, image=spec.image.base, infos=known.of(file.spec))
        return made.deployable.manifests

    def _with_live(self, found: Estimate, files: Mapping[tuple[str, ...], SpecFile]) -> Estimate:
        """Add a look at each cluster, by the first spec that names it."""
        from tfk8s.app.cost import with_column
        from tfk8s.app.cost_live import live_column
        from tfk8s.cli import wiring

        if self.context is not None and len(found.sites) > 1:
            raise click.UsageError("--context is one cluster, and these services are on several: leave it out")
        for site in [cost.site for cost in found.sites]:
            file = files[site.identity]
            aim = Aim(
                spec_file=file.path or Path("-"),
                namespace=self.namespace,
                context=self.context,
                kubeconfig=self.kubeconfig,
                region=file.region,
            )
            cluster = wiring.cluster_for(aim, spec=file.spec)
            column, notes = live_column(site, cluster=cluster, prices=found.prices)
            found = with_column(found, column, site=site, notes=notes)
        return found

    def _of_traffic(self, found: Estimate, file: SpecFile, *, known: KnownModels) -> Estimate:
        """Add what a trace costs, and what predictions do."""
        from tfk8s.app.cost import with_column, with_rates

        if self._has_traffic:
            column, notes = self._trace_column(found, file, known=known)
            found = with_column(found, column, site=found.sites[0].site, notes=notes)
        if self.world.bench_file is None:
            return found
        from tfk8s.app.cost_rates import rates_of
        from tfk8s.app.recommend_input import read_bench

        rates, notes = rates_of(file.spec, read_bench(self.world.bench_file), objective=self.objective)
        return with_rates(found, rates, notes=notes)

    def _trace_column(self, found: Estimate, file: SpecFile, *, known: KnownModels) -> tuple[Column, tuple[str, ...]]:
        from tfk8s.app.cost_trace import trace_column
        from tfk8s.app.simulate import Request, simulate_all
        from tfk8s.app.simulate_candidate import candidate_of_spec
        from tfk8s.manifest.release import DEFAULT_MINOR

        trace, traffic = traffic_of(self.world)
        assumed, notes = assumptions_of(self.world, minor=DEFAULT_MINOR)
        candidate = candidate_of_spec(
            self._placed(file.spec),
            name=file.spec.name,
            base=file.base,
            assumed=assumed,
            minor=DEFAULT_MINOR,
            infos=known.of(file.spec),
        )
        (result,) = simulate_all(Request(trace=trace, traffic=traffic, candidates=(candidate,))).results
        column = trace_column(result, name=traffic, site=found.sites[0].site, prices=found.prices)
        return column, tuple(f"{traffic}: {note}" for note in (*trace.notes, *notes, *candidate.notes))


def _only(files: tuple[SpecFile, ...], found: Estimate) -> SpecFile:
    if len(files) > 1 or len(found.sites) > 1:
        raise click.UsageError(
            "a trace and a measurement are of one service in one region: name it with -f and --region"
        )
    return files[0]
