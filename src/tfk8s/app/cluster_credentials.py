"""The use-case of `tfk8s cluster credentials`: an entry in the kubeconfig, for kubectl and other tools of people.

The tool itself does not need it: it reaches a cluster of GKE by its address and the login of this computer.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

from tfk8s.app.cluster_world import ClusterWorld
from tfk8s.errors import CloudError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.kubeconfig import KubeconfigEntry
from tfk8s.ports import ClusterAccess, ClusterEndpoint, ClusterState

_INSTALL_HINT = (
    "Install gke-gcloud-auth-plugin for use with kubectl by following "
    "https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl#install_plugin"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialsWritten:
    """Where a cluster's context stands now; `path` is None when the provider's own program chose the file."""

    context: str
    path: Path | None
    is_changed: bool

    def as_json(self) -> JsonObject:
        """The stable form of `-o json`."""
        path = str(self.path) if self.path is not None else None
        return {"context": self.context, "kubeconfig": path, "changed": self.is_changed}


def write_credentials(name: str, *, world: ClusterWorld) -> CredentialsWritten:
    """Write the cluster's entry and make its context the current one; all else in the file stays.

    Raises:
        CloudError: there is no such cluster, or it does not run.
        PreconditionError: the kubeconfig is broken or cannot be written.
    """
    state = world.clusters.describe(name)
    if state is not ClusterState.RUNNING:
        found = "does not exist" if state is ClusterState.ABSENT else "does not run now"
        raise CloudError(f"the cluster {name} {found}", hint="tfk8s cluster create makes it, or waits for it")
    access = world.clusters.access(name)
    if access.endpoint is None:
        if world.export is not None:
            world.export(name)
        return CredentialsWritten(context=access.context, path=access.kubeconfig, is_changed=not access.is_current)
    change = world.kubeconfig.put(gke_entry(access, access.endpoint))
    return CredentialsWritten(context=access.context, path=change.path, is_changed=change.is_changed)


def gke_entry(access: ClusterAccess, endpoint: ClusterEndpoint) -> KubeconfigEntry:
    """The entry that `gcloud container clusters get-credentials` writes: a login by Google's plugin, no secret."""
    cluster: JsonObject = {"server": endpoint.server}
    if endpoint.ca_certificate:
        cluster["certificate-authority-data"] = base64.b64encode(endpoint.ca_certificate).decode()
    plugin: JsonObject = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "gke-gcloud-auth-plugin",
        "installHint": _INSTALL_HINT,
        "provideClusterInfo": True,
    }
    return KubeconfigEntry(name=access.context, cluster=dict(sorted(cluster.items())), user={"exec": plugin})
