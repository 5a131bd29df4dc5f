from __future__ import annotations

from tfk8s.cluster.kinds import Kinds
from tfk8s.manifest import JsonObject, ObjectRef

SERVED: dict[str, JsonObject] = {
    "/api/v1": {
        "resources": [
            {"name": "pods", "kind": "Pod", "namespaced": True},
            {"name": "pods/log", "kind": "Pod", "namespaced": True},
            {"name": "nodes", "kind": "Node", "namespaced": False},
            {"name": "namespaces", "kind": "Namespace", "namespaced": False},
        ]
    },
    "/apis/apps/v1": {
        "resources": [
            {"name": "deployments", "kind": "Deployment", "namespaced": True},
            {"name": "deployments/scale", "kind": "Scale", "namespaced": True},
        ]
    },
}


class Server:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def fetch(self, path: str) -> JsonObject | None:
        self.asked.append(path)
        return SERVED.get(path)


def test_paths_of_objects_and_collections() -> None:
    kinds = Kinds(Server().fetch)
    pod, node = kinds.find(api_version="v1", kind="Pod"), kinds.find(api_version="v1", kind="Node")
    deployment = kinds.find(api_version="apps/v1", kind="Deployment")

    assert pod is not None
    assert node is not None
    assert deployment is not None
    assert pod.collection("") == "/api/v1/pods"
    assert pod.collection("a") == "/api/v1/namespaces/a/pods"
    assert node.item(ObjectRef(api_version="v1", kind="Node", namespace="", name="n")) == "/api/v1/nodes/n"
    ref = ObjectRef(api_version="apps/v1", kind="Deployment", namespace="a", name="d")
    assert deployment.item(ref) == "/apis/apps/v1/namespaces/a/deployments/d"


def test_rights_are_those_that_the_authorizer_is_asked_for() -> None:
    kinds = Kinds(Server().fetch)

    def right(api_version: str, kind: str, namespace: str, name: str) -> str:
        found = kinds.find(api_version=api_version, kind=kind)
        assert found is not None
        (only,) = found.rights("get", namespace=namespace, name=name)
        return str(only)

    assert right("apps/v1", "Deployment", "a", "d") == "get deployments.apps d in namespace a"
    assert right("v1", "Pod", "a", "p") == "get pods p in namespace a"
    assert right("v1", "Node", "", "n") == "get nodes n in the whole cluster"
    assert right("v1", "Namespace", "", "a") == "get namespaces a in namespace a"


def test_a_subresource_is_no_kind() -> None:
    assert Kinds(Server().fetch).find(api_version="apps/v1", kind="Scale") is None


def test_a_group_is_asked_once_until_it_is_forgotten() -> None:
    server = Server()
    kinds = Kinds(server.fetch)

    assert kinds.find(api_version="metrics.k8s.io/v1beta1", kind="PodMetrics") is None
    assert kinds.find(api_version="metrics.k8s.io/v1beta1", kind="NodeMetrics") is None
    kinds.forget("metrics.k8s.io/v1beta1")
    kinds.find(api_version="metrics.k8s.io/v1beta1", kind="PodMetrics")

    assert server.asked == ["/apis/metrics.k8s.io/v1beta1"] * 2
