"""What `tfk8s drift` compares: where Git's side comes from, and which cluster each service is in."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tfk8s.cli.cluster_options import DEFAULT_SPEC, Aim
from tfk8s.cli.spec_file import chosen_environment, read_specs

if TYPE_CHECKING:
    from tfk8s.app.drift import Expected, ServiceDrift
    from tfk8s.manifest import Manifests
    from tfk8s.ports import Cluster
    from tfk8s.spec import ServiceSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftAim:
    """The command line: specs or rendered files, at a revision or as they lie here, and the cluster."""

    spec_files: tuple[Path, ...]
    namespace: str | None
    context: str | None
    kubeconfig: Path | None
    against: str | None
    revision: str | None
    image: str | None
    model_info: tuple[str, ...]

    def looker(self) -> Callable[[], tuple[ServiceDrift, ...]]:
        """A look at everything; each call reads the files and asks the cluster anew, over the same connection.

        Raises:
            InputError: stdin cannot be read twice, and a stream has no revisions.
        """
        from tfk8s.app.drift import service_drift

        stdin = sys.stdin.buffer.read() if self.against == "-" else None
        clusters: dict[str, Cluster] = {}

        def look() -> tuple[ServiceDrift, ...]:
            expected = self._from_files(stdin, clusters) if self.against is not None else self._from_specs(clusters)
            return tuple(service_drift(item, cluster=cluster) for item, cluster in expected)

        return look

    def _from_specs(self, clusters: dict[str, Cluster]) -> list[tuple[Expected, Cluster]]:
        from tfk8s.app.drift import Expected
        from tfk8s.app.rendering import render_service, supported_minor
        from tfk8s.cli.model_info import read_infos

        made = []
        for path, region, spec in self._specs():
            cluster = self._cluster(spec, path=path, region=region, known=clusters)
            service = render_service(
                spec,
                base=path.parent,
                image=self.image,
                kubernetes_minor=supported_minor(cluster.release()),
                infos=read_infos(spec, self.model_info),
            ).deployable
            made.append((Expected(name=service.name, manifests=service.manifests), cluster))
        return made

    def _specs(self) -> list[tuple[Path, str | None, ServiceSpec]]:
        found = [(file.path or Path("-"), file.region, file.spec) for file in read_specs(self.spec_files)]
        if self.revision is not None:
            found = [(path, region, self._at_revision(path, self.revision, region=region)) for path, region, _ in found]
        if self.namespace is None:
            return found
        placed = {"namespace": self.namespace}
        return [(path, region, spec.model_copy(update=placed)) for path, region, spec in found]

    def _at_revision(self, path: Path, revision: str, *, region: str | None) -> ServiceSpec:
        from tfk8s.cli.wiring.repositories import repository_of
        from tfk8s.errors import InputError
        from tfk8s.spec import load_regions, load_spec

        text = repository_of(path).text(revision, path)
        if text is None:
            raise InputError(f"{path} was not there at {revision}", hint="git log -- FILE shows when it came")
        source, environment = f"{path}@{revision}", chosen_environment()
        if region is None:
            return load_spec(text, source=source, environment=environment)
        there = {each.name: each.spec for each in load_regions(text, source=source, environment=environment)}
        if region not in there:
            raise InputError(f"{source} has no region {region}", hint="leave it out with --region, or name another one")
        return there[region]

    def _from_files(self, stdin: bytes | None, clusters: dict[str, Cluster]) -> list[tuple[Expected, Cluster]]:
        from tfk8s.app.git_objects import services_of
        from tfk8s.cli import wiring

        if "" not in clusters:
            clusters[""] = wiring.cluster(self._aim(DEFAULT_SPEC))
        return [(item, clusters[""]) for item in services_of(self._objects(stdin))]

    def _objects(self, stdin: bytes | None) -> Manifests:
        from tfk8s.app.git_objects import SUFFIXES, files_below, objects_in
        from tfk8s.cli.wiring.repositories import repository_of
        from tfk8s.errors import InputError

        if stdin is not None:
            return objects_in({"<stdin>": stdin}, place=".", namespace=self.namespace)
        folder = Path(str(self.against))
        if self.revision is None:
            return objects_in(files_below(folder), place=str(folder), namespace=self.namespace)
        files = repository_of(folder).files(self.revision, below=folder, suffixes=SUFFIXES)
        if not files:
            raise InputError(f"there are no files below {folder} at {self.revision}", hint="is it the right folder?")
        return objects_in(files, place=f"{folder}@{self.revision}", namespace=self.namespace)

    def _cluster(self, spec: ServiceSpec, *, path: Path, region: str | None, known: dict[str, Cluster]) -> Cluster:
        from tfk8s.cli import wiring

        key = repr((spec.cluster, region))
        if key not in known:
            known[key] = wiring.cluster_for(self._aim(path, region=region), spec=spec)
        return known[key]

    def _aim(self, path: Path, *, region: str | None = None) -> Aim:
        return Aim(
            spec_file=path, namespace=self.namespace, context=self.context, kubeconfig=self.kubeconfig, region=region
        )
