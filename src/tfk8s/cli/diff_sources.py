"""What `tfk8s diff` compares: specs with a cluster, with rendered files, or with themselves at another revision."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tfk8s.cli.cluster_options import Aim
from tfk8s.cli.model_info import read_known
from tfk8s.cli.output import tell
from tfk8s.cli.price_options import read_prices
from tfk8s.cli.spec_file import chosen_environment, chosen_regions, read_specs

if TYPE_CHECKING:
    from tfk8s.app.diff_offline import Rendering
    from tfk8s.app.diff_report import DiffReport
    from tfk8s.app.diff_revisions import Revisions
    from tfk8s.app.service import Deployable
    from tfk8s.app.spec_files import SpecFile
    from tfk8s.cli.model_info import KnownModels
    from tfk8s.model import ModelInfo
    from tfk8s.plan import PlanOptions
    from tfk8s.ports import Cluster
    from tfk8s.spec import ClusterSpec, ServiceSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffAim:
    """The command line: specs, what they are compared with, and how they are rendered."""

    spec_files: tuple[Path, ...]
    namespace: str | None
    context: str | None
    kubeconfig: Path | None
    image: str | None
    model_info: tuple[str, ...]
    against: str | None
    revisions: Revisions | None
    kubernetes: str
    prices_file: Path | None = None

    def report(self, options: PlanOptions) -> DiffReport:
        """Compare.

        Raises:
            Tfk8sError: a spec, a model, a file or a revision cannot be used, or the cluster does not answer.
        """
        from tfk8s.app.diff_report import priced

        self._refuse_streams()
        prices = read_prices(self.prices_file)
        found = self._compared(options)
        return found if prices is None else priced(found, prices)

    def _compared(self, options: PlanOptions) -> DiffReport:
        if self.revisions is not None:
            return self._at_revisions(self.revisions)
        return self._live(options) if self.against is None else self._against(self.against)

    def _refuse_streams(self) -> None:
        is_spec_stream = any(str(file) == "-" for file in self.spec_files)
        if is_spec_stream and self.against == "-":
            raise click.UsageError("stdin is read once: give -f - or --against -, not both")
        if self.revisions is not None and ((is_spec_stream and self.against is None) or self.against == "-"):
            raise click.UsageError("stdin has no revisions: name files of the repository")

    def _live(self, options: PlanOptions) -> DiffReport:
        from tfk8s.app.diff import diff_services
        from tfk8s.app.diff_report import at_home, in_region, joined
        from tfk8s.app.rendering import render_service, supported_minor
        from tfk8s.cli import wiring

        files = self._files()
        known = read_known(((file.spec,) for file in files), self.model_info)
        groups: dict[str, tuple[Cluster, int, list[Deployable]]] = {}
        regions: dict[str, str | None] = {}
        homes: dict[str, dict[tuple[str, str], tuple[ClusterSpec | None, str]]] = {}
        for file in files:
            key = repr((file.spec.cluster, file.region))
            if key not in groups:
                cluster = wiring.cluster_for(self._aim(file), spec=file.spec)
                groups[key] = (cluster, supported_minor(cluster.release()), [])
            _, minor, deployables = groups[key]
            spec = self._placed(file)
            service = render_service(
                spec, base=file.base, image=self.image, kubernetes_minor=minor, infos=known.of(file.spec)
            )
            deployables.append(service.deployable)
            regions[key] = file.region
            homes.setdefault(key, {})[spec.namespace, spec.name] = (spec.cluster, file.region or "")
        reports = []
        for key, (cluster, _, deployables) in groups.items():
            places = sorted({one.name.namespace for one in deployables})
            tell(f"{cluster.identity}, namespace{'s' if len(places) > 1 else ''} {', '.join(places)}")
            found = at_home(diff_services(deployables, cluster=cluster, options=options), homes[key])
            reports.append(in_region(found, regions[key]))
        of = "regions" if all(file.region is not None for file in files) else "services"
        return reports[0] if len(reports) == 1 else joined(reports, title=f"{len(files)} {of}")

    def _against(self, against: str) -> DiffReport:
        from tfk8s.app.diff_offline import by_region
        from tfk8s.app.diff_report import in_region, joined
        from tfk8s.app.git_objects import files_below, of_region

        groups = by_region(self._files())
        if len(groups) > 1 and against == "-":
            raise click.UsageError("stdin is of one region: name it with --region")
        texts = {"<stdin>": sys.stdin.buffer.read()} if against == "-" else files_below(Path(against))
        reports = [
            in_region(self._against_texts(of_region(region, texts, among=[*groups]), files, against=against), region)
            for region, files in groups.items()
        ]
        title = f"{against} to what the specs say of {', '.join(region for region in groups if region)}"
        return reports[0] if len(reports) == 1 else joined(reports, title=title)

    def _against_texts(self, texts: Mapping[str, bytes], files: Sequence[SpecFile], *, against: str) -> DiffReport:
        from tfk8s.app.diff_offline import diff_against
        from tfk8s.app.git_objects import objects_in

        found = objects_in(texts, place="." if against == "-" else against, namespace=self.namespace) if texts else ()
        return diff_against(files, found=found, place=against, rendering=self._rendering(files))

    def _at_revisions(self, revisions: Revisions) -> DiffReport:
        from tfk8s.app.diff_revisions import diff_folder_revisions, diff_spec_revisions
        from tfk8s.cli.wiring.repositories import repository_of

        if self.against is not None:
            place = Path(self.against)
            repository = repository_of(place)
            return diff_folder_revisions(place, revisions=revisions, repository=repository, namespace=self.namespace)
        now = self._files() if revisions.after is None else ()
        return diff_spec_revisions(
            self.spec_files,
            now=now,
            revisions=revisions,
            repository=repository_of(self.spec_files[0]),
            rendering=self._rendering(now),
            regions=chosen_regions(),
        )

    def _files(self) -> tuple[SpecFile, ...]:
        files = read_specs(self.spec_files)
        if self.image is not None and len({file.source for file in files}) > 1:
            raise click.UsageError("--image is the image of one service: name one spec with -f")
        if self.context is not None and any(file.region is not None for file in files):
            raise click.UsageError("each region of the spec has a context of its own: leave out --context")
        return files

    def _rendering(self, files: Sequence[SpecFile]) -> Rendering:
        from tfk8s.app.diff_offline import Rendering
        from tfk8s.manifest.release import parse_minor
        from tfk8s.render import RenderOptions

        return Rendering(
            options=RenderOptions(image=self.image, kubernetes_minor=parse_minor(self.kubernetes)),
            infos=self._known(files),
            environment=chosen_environment(),
            namespace=self.namespace,
        )

    def _known(self, files: Sequence[SpecFile]) -> Mapping[str, ModelInfo]:
        if not self.model_info:
            return {}
        specs = [file.spec for file in files or read_specs(self.spec_files)]
        known: KnownModels = read_known(((spec,) for spec in specs), self.model_info)
        return {name: info for spec in specs for name, info in known.of(spec).items()}

    def _aim(self, file: SpecFile) -> Aim:
        place = file.path or Path("-")
        return Aim(
            spec_file=place,
            namespace=self.namespace,
            context=self.context,
            kubeconfig=self.kubeconfig,
            region=file.region,
        )

    def _placed(self, file: SpecFile) -> ServiceSpec:
        return file.spec if self.namespace is None else file.spec.model_copy(update={"namespace": self.namespace})


def chosen_revisions(*, pair: str | None, before: str | None, after: str | None) -> Revisions | None:
    """What --revisions, or --from and --to, mean; None when none is given.

    Raises:
        click.UsageError: they contradict each other, or are no pair.
    """
    if pair is None and before is None and after is None:
        return None
    from tfk8s.app.diff_revisions import Revisions

    if pair is None:
        if before is None:
            raise click.UsageError("--to needs --from")
        return Revisions(before=before, after=after)
    if before is not None or after is not None:
        raise click.UsageError("--revisions says the same as --from and --to: give one or the other")
    one, dots, other = pair.partition("..")
    if not dots or not one or other.startswith("."):
        raise click.UsageError("--revisions is A..B, or A.. for A and the working copy")
    return Revisions(before=one, after=other or None)
