"""Google's services on this computer: GKE's API, Artifact Registry and its registry, with a real Kubernetes behind.

Every wire is Google's own: the client libraries speak gRPC to the servers of `tests.fakes`, images go over HTTPS to
`us-central1-docker.pkg.dev`, and the endpoint, the authority and the token of a "GKE" cluster are those of the
Kubernetes behind it. A program that runs in this environment can reach nothing else.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.artifact_registry import FakeArtifactRegistry, artifact_registry
from tests.fakes.gke.clusters import Behind
from tests.fakes.gke.server import FakeGke
from tests.registry.running import Kind, RunningRegistry, running_registry
from tests.testbed.certificates import Certificate
from tests.testbed.fixtures import Cluster
from tfk8s.manifest import JsonObject
from tfk8s.manifest.yaml import dump

PROJECT = "my-project-1"
LOCATION = "us-central1-a"
CLUSTER = "resnet-serving-cluster"
REPOSITORY = f"us-central1-docker.pkg.dev/{PROJECT}/serving/half"
_ACCOUNT = "google-login"
_TOKEN_LIFETIME = "2h"  # noqa: S105  a time, not a token


@dataclass(frozen=True, slots=True, kw_only=True)
class Google:
    """What stands in for Google.

    Attributes:
        behind: the Kubernetes that a cluster named `CLUSTER` is.
        token: the access token that opens everything here, that Kubernetes among it.
    """

    gke: FakeGke
    artifacts: FakeArtifactRegistry
    registry: RunningRegistry
    behind: Cluster
    token: str = field(repr=False)

    def environment(self, folder: Path) -> Mapping[str, str]:
        """The environment of the command line of somebody who is logged in and has no kubeconfig."""
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {
            **inherited,
            **self.registry.environment(),
            "TFK8S_GKE_ENDPOINT": self.gke.endpoint,
            "TFK8S_ARTIFACT_REGISTRY_ENDPOINT": f"http://{self.artifacts.address}",
            "GOOGLE_OAUTH_ACCESS_TOKEN": self.token,
            "KUBECONFIG": str(folder / "kubeconfig"),
            "XDG_STATE_HOME": str(folder / "state"),
        }

    def clusters(self) -> list[str]:
        """Names of the clusters that exist, half-made ones among them."""
        return sorted(path.rpartition("/")[2] for path in self.gke.world.clusters)

    def creations(self) -> list[JsonObject]:
        """The clusters that were asked for, one for each request."""
        return self.gke.requests("CreateCluster")

    def repositories(self) -> list[str]:
        """Names of the image repositories that exist."""
        return sorted(self.artifacts.repositories)


@contextmanager
def google(
    behind: Cluster, *, folder: Path, authority: Certificate, certificate: Certificate, looks: int = 3
) -> Iterator[Google]:
    """Let Google stand on this computer while the body runs.

    Args:
        behind: the Kubernetes that answers for `CLUSTER`.
        folder: for what the servers write.
        authority: signs the registry's tokens, and has signed its certificate.
        certificate: the registry's.
        looks: how often an operation is looked at until it is over.
    """
    with ExitStack() as stack:
        registry = stack.enter_context(
            running_registry(Kind.ARTIFACT_REGISTRY, folder=folder, authority=authority, server=certificate)
        )
        token = _login(behind)
        assert registry.tokens is not None
        registry.tokens.allow_google(token)
        artifacts = stack.enter_context(artifact_registry())
        gke = stack.enter_context(FakeGke())
        gke.world.looks = looks
        server, authority_pem = _address(behind)
        gke.stand_behind(CLUSTER, Behind(endpoint=server, ca=authority_pem, token=token))
        yield Google(gke=gke, artifacts=artifacts, registry=registry, behind=behind, token=token)


def spec_text(*, namespace: str, base: str, **changes: JsonObject) -> str:
    """The spec of a cloud operator: five nodes, a registry, an address for the service."""
    value: JsonObject = {
        "apiVersion": "tfk8s.dev/v1",
        "name": "half",
        "namespace": namespace,
        "model": {"name": "half_plus", "source": "./half_plus", "versions": [1]},
        "image": {"base": base, "repository": REPOSITORY},
        "resources": {"cpu": "200m"},
        "scaling": {"min": 1, "max": 5, "metrics": [{"cpu": 60}]},
        "expose": {"type": "LoadBalancer"},
        "serving": {"requestTimeoutSeconds": 5},
        "lifecycle": {"drainSeconds": 5},
        "cluster": {"provider": "gke", "project": PROJECT, "location": LOCATION, "name": CLUSTER, "nodes": 5},
        **changes,
    }
    return dump(value)


def _login(behind: Cluster) -> str:
    """A token that the Kubernetes behind takes, for somebody who may do everything there."""
    account: JsonObject = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": _ACCOUNT, "namespace": "kube-system"},
    }
    binding: JsonObject = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": f"tfk8s-testbed-{_ACCOUNT}"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": _ACCOUNT, "namespace": "kube-system"}],
    }
    both = json.dumps({"apiVersion": "v1", "kind": "List", "items": [account, binding]})
    behind.kubectl("apply", "--server-side", "--filename=-", stdin=both)
    return behind.kubectl("create", "token", _ACCOUNT, "-n", "kube-system", f"--duration={_TOKEN_LIFETIME}").strip()


def _address(behind: Cluster) -> tuple[str, bytes]:
    view = ("config", "view", "--raw", "--minify", "--flatten", "--output=json")
    (entry,) = json.loads(behind.kubectl(*view))["clusters"]
    found = entry["cluster"]
    return found["server"].removeprefix("https://"), base64.b64decode(found["certificate-authority-data"])
