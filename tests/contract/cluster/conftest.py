"""The same promises, asked of the fake and of a real API server in each supported version."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.fakes.cluster import FakeCluster
from tests.testbed.fixtures import Cluster as Testbed
from tfk8s.manifest import JsonObject, Manifest, ObjectRef
from tfk8s.ports import Cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A cluster under test, a namespace of its own, and what other programs do to it."""

    cluster: Cluster
    namespace: str
    scale: Callable[[ObjectRef, int], None]
    label: Callable[[ObjectRef, str, str], None]

    def deployment(self, **spec: object) -> Manifest:
        """A small Deployment with further fields of its spec."""
        labels = {"app": "web"}
        body = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "namespace": self.namespace},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {"containers": [{"name": "server", "image": "example.test/server:1"}]},
                },
                **spec,
            },
        }
        return Manifest.of(json.loads(json.dumps(body)))

    def config_map(self, name: str = "settings", *, labels: dict[str, str] | None = None, **data: str) -> Manifest:
        """A ConfigMap."""
        metadata: JsonObject = {"name": name, "namespace": self.namespace, "labels": {**(labels or {"app": "web"})}}
        return Manifest.of({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {**data}})


@pytest.fixture
def fake_subject() -> Subject:
    cluster = FakeCluster(namespaces=("here",))

    def label(ref: ObjectRef, key: str, value: str) -> None:
        body = cluster.get(ref)
        assert body is not None
        metadata = body["metadata"]
        assert isinstance(metadata, dict)
        labels = metadata.setdefault("labels", {})
        assert isinstance(labels, dict)
        labels[key] = value
        metadata.pop("managedFields")
        cluster.put(body, manager="kubectl-label")

    return Subject(cluster=cluster, namespace="here", scale=lambda ref, count: cluster.scale(ref, count), label=label)


@pytest.fixture
def real_subject(control_plane: Testbed, cp_namespace: str) -> Subject:
    from tfk8s.cluster import connect

    def kubectl(*arguments: str) -> None:
        control_plane.kubectl("--namespace", cp_namespace, *arguments)

    return Subject(
        cluster=connect(kubeconfig=control_plane.kubeconfig),
        namespace=cp_namespace,
        scale=lambda ref, count: kubectl("scale", f"{ref.kind}/{ref.name}", f"--replicas={count}"),
        label=lambda ref, key, value: kubectl("label", f"{ref.kind}/{ref.name}", f"{key}={value}"),
    )
