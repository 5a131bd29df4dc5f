"""Which cluster a command is about: the one of the spec, or one that is named and described by options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject
from tfk8s.ports import ClusterRequest
from tfk8s.spec import ServiceSpec
from tfk8s.spec.cluster_options import cluster_fields, cluster_of

_FROM_ENVIRONMENT = {
    "project": ("CLOUDSDK_CORE_PROJECT", "GOOGLE_CLOUD_PROJECT"),
    "location": ("CLOUDSDK_COMPUTE_ZONE", "CLOUDSDK_COMPUTE_REGION"),
}
"""Variables of gcloud and Google's libraries, the first that is set counts."""
_IDENTITY = ("project", "location")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterChoice:
    """What the command line says.

    Attributes:
        name: of the cluster; None for that of the spec.
        provider: None for that of the spec, else gke.
        fields: further keys of the spec's `cluster`, as options gave them.
        spec: the service's spec, where there is one.
        base: folder of the spec file.
    """

    name: str | None = None
    provider: Literal["gke", "kind"] | None = None
    fields: JsonObject = field(default_factory=dict)
    spec: ServiceSpec | None = None
    base: Path = Path()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenCluster:
    """One cluster.

    Attributes:
        request: the cluster as it is wanted.
        service: the spec, when its cluster is this one.
        is_named: whether the user wrote its name on the command line.
    """

    request: ClusterRequest
    service: ServiceSpec | None
    is_named: bool

    def __str__(self) -> str:
        """Which cluster it is, as commands say it before they change something."""
        cluster = self.request.cluster
        if cluster.provider == "kind":
            return f"cluster {cluster.name} of kind, on this computer"
        return f"cluster {cluster.name} in {cluster.location} (project {cluster.project})"


def choose(choice: ClusterChoice, *, environ: Mapping[str, str]) -> ChosenCluster:
    """Take the spec's cluster where the command line does not mean another one.

    Raises:
        InputError: no cluster is named, or it is not described well.
    """
    service = choice.spec if _means_the_spec(choice) else None
    cluster = service.cluster if service is not None else None
    if cluster is not None:
        changed = cluster_of({**cluster_fields(cluster), **choice.fields}) if choice.fields else cluster
    else:
        changed = cluster_of(_described(choice, environ=environ))
    request = ClusterRequest(cluster=changed, base=choice.base)
    return ChosenCluster(request=request, service=service, is_named=choice.name is not None)


def project_of(choice: ClusterChoice, *, environ: Mapping[str, str]) -> ClusterRequest:
    """For commands about all clusters of a project: a request that names none of them.

    Raises:
        InputError: nothing says which project.
    """
    cluster = choice.spec.cluster if choice.spec is not None else None
    known = cluster_fields(cluster) if cluster is not None and choice.provider in (None, cluster.provider) else {}
    own = {key: known[key] for key in ("provider", *_IDENTITY) if key in known}
    described = _described(
        ClusterChoice(name="any", provider=choice.provider, fields={**own, **choice.fields}), environ=environ
    )
    if described["provider"] == "gke":
        described.setdefault("location", "us-central1")  # a listing is of all locations
    return ClusterRequest(cluster=cluster_of(described))


def _means_the_spec(choice: ClusterChoice) -> bool:
    cluster = choice.spec.cluster if choice.spec is not None else None
    if cluster is None or choice.provider not in (None, cluster.provider) or choice.name not in (None, cluster.name):
        return False
    known = cluster_fields(cluster)
    return all(choice.fields.get(key, known.get(key)) == known.get(key) for key in _IDENTITY)


def _described(choice: ClusterChoice, *, environ: Mapping[str, str]) -> JsonObject:
    if choice.name is None and choice.provider != "kind":
        raise InputError(
            "no cluster is named", hint="name one, or give a spec that has a cluster with -f (tfk8s init writes a spec)"
        )
    fields: JsonObject = {"provider": choice.provider or "gke", **choice.fields}
    if choice.name is not None:
        fields["name"] = choice.name
    if fields["provider"] == "gke":
        for key, variables in _FROM_ENVIRONMENT.items():
            found = next((environ[variable] for variable in variables if environ.get(variable)), None)
            if found is not None:
                fields.setdefault(key, found)
    return fields
