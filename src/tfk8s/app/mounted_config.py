"""The configuration in the ConfigMap that a pod mounts, and whether the pod's server runs with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from tfk8s.app.planning import if_allowed
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import object_at, objects_at, text_at, time_at
from tfk8s.manifest.ownership import CONFIG_HASH_ANNOTATION
from tfk8s.manifest.server_config import MODELS_FILE, ServerConfig, config_hash, read_server_config
from tfk8s.ports.cluster import Cluster
from tfk8s.rollout.reports import Configuration

LIVE_CONFIG_ANNOTATION: Final = "tfk8s.dev/config-live"
"""On a pod whose running server was given another configuration than it started with: the hash of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MountedConfig:
    """What a ConfigMap says now.

    Attributes:
        config: None when it is not there, may not be read, or says what tfk8s does not write.
        hash: of all its files, "" when it is not there.
        changed: when anything of it was last written.
    """

    config: ServerConfig | None = None
    hash: str = ""
    changed: datetime | None = None


def mounted_config(pod_spec: JsonObject, *, namespace: str, cluster: Cluster) -> MountedConfig:
    """Read the ConfigMap that a pod mounts, whatever it is called."""
    for volume in objects_at(pod_spec, "volumes"):
        mounted = text_at(volume, "configMap", "name")
        if not mounted:
            continue
        ref = ObjectRef(api_version="v1", kind="ConfigMap", namespace=namespace, name=mounted)
        body = if_allowed(partial(cluster.get, ref), otherwise=None)
        text = text_at(body, "data", MODELS_FILE)
        if body is None or not text:
            continue
        files = {key: value for key, value in object_at(body, "data").items() if isinstance(value, str)}
        times = (time_at(entry, "time") for entry in objects_at(body, "metadata", "managedFields"))
        changed = max((moment for moment in times if moment is not None), default=None)
        try:
            return MountedConfig(config=read_server_config(text), hash=config_hash(files), changed=changed)
        except InputError:
            return MountedConfig(config=None, hash=config_hash(files), changed=changed)
    return MountedConfig()


def configuration_of(pod: JsonObject, live: MountedConfig) -> Configuration:
    """By the hash that the pod was moved to or made with; a container that started after the last change has it too."""
    told = text_at(pod, "metadata", "annotations", LIVE_CONFIG_ANNOTATION)
    made = text_at(pod, "metadata", "annotations", CONFIG_HASH_ANNOTATION)
    if not live.hash or not (told or made):
        return Configuration.UNKNOWN
    if live.hash == (told or made):
        return Configuration.CURRENT
    started = time_at(pod, "metadata", "creationTimestamp")
    if live.changed is not None and started is not None and started > live.changed:
        return Configuration.CURRENT
    return Configuration.OLDER
