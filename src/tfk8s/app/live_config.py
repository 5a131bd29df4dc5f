"""The ConfigMap that the servers of a service read at their start: found, and written if it is ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tfk8s.app.service import ServiceName
from tfk8s.errors import ClusterRejectedError, PreconditionError
from tfk8s.manifest import JsonObject, Manifest, ObjectRef
from tfk8s.manifest.fields import object_at, text_at
from tfk8s.manifest.ownership import MANAGER
from tfk8s.manifest.server_config import (
    MODELS_FILE,
    ServerConfig,
    config_hash,
    read_server_config,
    write_server_config,
)
from tfk8s.plan.managers import applied_fields, owners_of
from tfk8s.ports.cluster import Cluster
from tfk8s.spec import object_name

_DELIVERED = {
    "argocd-controller": "Argo CD",
    "argocd-application-controller": "Argo CD",
    "argocd": "Argo CD",
    "kustomize-controller": "Flux",
    "helm-controller": "Flux",
    "flux": "Flux",
    "helm": "Helm",
    "Helm": "Helm",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveConfig:
    """What the ConfigMap says.

    Attributes:
        body: the object as it was read.
        config: its models.
        files: all configuration files by name.
    """

    body: JsonObject
    config: ServerConfig
    files: Mapping[str, str]

    @property
    def hash(self) -> str:
        """Of all files, as the pod template carries it."""
        return config_hash(self.files)


def config_ref(name: ServiceName) -> ObjectRef:
    """Where the configuration of a service is."""
    return ObjectRef(
        api_version="v1", kind="ConfigMap", namespace=name.namespace, name=object_name(name.name, "config")
    )


def read_live_config(name: ServiceName, *, cluster: Cluster) -> LiveConfig:
    """Read it.

    Raises:
        PreconditionError: there is none.
        InputError: it holds what tfk8s does not write.
    """
    ref = config_ref(name)
    body = cluster.get(ref)
    if body is None:
        raise PreconditionError(
            f"there is no {ref} on {cluster.identity}: the service {name.name} is not deployed, or not by tfk8s",
            hint="deploy it first: tfk8s apply",
        )
    files = {key: value for key, value in object_at(body, "data").items() if isinstance(value, str)}
    return LiveConfig(body=body, config=read_server_config(files.get(MODELS_FILE, "")), files=files)


def require_ours(live: LiveConfig) -> None:
    """Refuse to change what another tool would change back.

    Raises:
        PreconditionError: another manager wrote the configuration.
    """
    owners = owners_of(live.body, "data", MODELS_FILE)
    others = sorted({owner.manager for owner in owners if (owner.manager, owner.operation) != (MANAGER, "Apply")})
    if owners and not others:
        return
    name = text_at(live.body, "metadata", "name")
    manager = others[0] if others else "somebody who left no name"
    tool = _DELIVERED.get(manager)
    hint = (
        f"{tool} would change it back: commit the spec in two steps instead, or in one. In two: first the version in "
        "`versions`, and when every pod has it, the label. In one: new pods start with both, and take the place of the "
        "old ones without loss"
        if tool
        else "tfk8s apply takes it over, or says what is in the way; then run the command again"
    )
    raise PreconditionError(f"ConfigMap/{name} is written by {manager}, not by tfk8s", hint=hint)


def write_live_config(config: ServerConfig, live: LiveConfig, *, cluster: Cluster) -> LiveConfig:
    """Write other models into it, if nobody has changed it since it was read; all else that is ours stays.

    Raises:
        PreconditionError: somebody changed it meanwhile.
    """
    manifest = _owned(live.body)
    metadata = object_at(manifest.body, "metadata")
    version = text_at(live.body, "metadata", "resourceVersion")
    data: JsonObject = {**object_at(manifest.body, "data"), MODELS_FILE: write_server_config(config)}
    body: JsonObject = {**manifest.body, "metadata": {**metadata, "resourceVersion": version}, "data": data}
    try:
        stored = cluster.apply(Manifest(ref=manifest.ref, body=body))
    except ClusterRejectedError as error:
        if text_at(cluster.get(manifest.ref), "metadata", "resourceVersion") == version:
            raise
        raise PreconditionError(
            f"{manifest.ref} was changed by somebody else meanwhile",
            hint="run the command again: it looks anew, and goes on from what it finds",
        ) from error
    files = {**live.files, MODELS_FILE: write_server_config(config)}
    return LiveConfig(body=stored, config=config, files=files)


def _owned(body: JsonObject) -> Manifest:
    """The part of the object that we applied: applying less would remove the rest."""
    ref = Manifest.of(body).ref
    fields = applied_fields(body)
    owned: JsonObject = {"apiVersion": ref.api_version, "kind": ref.kind}
    metadata: JsonObject = {"name": ref.name, "namespace": ref.namespace}
    for part in ("labels", "annotations"):
        values = _chosen(object_at(body, "metadata", part), object_at(fields, "f:metadata", f"f:{part}"))
        if values:
            metadata[part] = values
    return Manifest(
        ref=ref,
        body={**owned, "metadata": metadata, "data": _chosen(object_at(body, "data"), object_at(fields, "f:data"))},
    )


def _chosen(values: JsonObject, fields: JsonObject) -> JsonObject:
    return {key: value for key, value in values.items() if f"f:{key}" in fields}
