"""What doctor finds without the cluster: the spec, its models, and the objects that apply recorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tfk8s.app.check_spec import SpecRequest, check_spec
from tfk8s.app.planning import read_inventory
from tfk8s.app.rendering import supported_minor
from tfk8s.app.service import ServiceName
from tfk8s.check import Level
from tfk8s.check.reported import Reported
from tfk8s.diagnose import Finding
from tfk8s.diagnose.catalogue import found
from tfk8s.ports.cluster import Cluster
from tfk8s.spec import ServiceSpec


def check_offline(spec: ServiceSpec, *, source: Path, environment: str, release: str) -> tuple[Finding, ...]:
    """The errors of `tfk8s check`, for the release that the cluster runs.

    Its warnings are about what may come; doctor is about what is, so that they are left to `tfk8s check`.
    """
    request = SpecRequest(
        source=str(source),
        spec=spec,
        base=source.parent,
        environment=environment,
        infos={},
        minor=supported_minor(release),
    )
    return tuple(_of(each) for each in check_spec(request).found if each.level is Level.ERROR and each.ignored is None)


def _of(reported: Reported) -> Finding:
    return Finding(
        code=reported.code,
        place=reported.place,
        cause=reported.what,
        fix=reported.remedy,
        command="tfk8s check",
    )


def missing_objects(name: ServiceName, *, cluster: Cluster) -> Iterator[Finding]:
    """Objects that the last apply made and that are gone.

    Raises:
        ForbiddenError: the login may not read the record.
    """
    for ref in sorted(read_inventory(name, cluster=cluster).objects):
        if cluster.get(ref) is None and ref.kind not in ("Deployment", "Service"):
            yield found(
                "object-missing",
                place=f"{ref.kind}/{ref.name}",
                cause="`tfk8s apply` made it, and it is gone",
                evidence=(f"not found: {ref.api_version} {ref}",),
                command="tfk8s apply",
            )
