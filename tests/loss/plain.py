"""A service in the shape of TensorFlow Serving's own Kubernetes tutorial, operated with kubectl as it says.

"Use TensorFlow Serving with Kubernetes" (tensorflow.org/tfx/serving/serving_kubernetes): a Deployment with an image
that holds the model, and a Service. No probes, no lifecycle, no resources. Its Service has type LoadBalancer; here a
node port takes the place of the balancer's address.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from tests.loss.clients import Address
from tests.loss.pods import Pods
from tests.testbed.fixtures import Cluster
from tfk8s.manifest import JsonObject

NAME = "plain"


def manifests(*, image: str, model: str, replicas: int, ports: tuple[int, int]) -> tuple[JsonObject, ...]:
    """The Deployment and the Service; `ports` are the node ports of REST and gRPC."""
    labels: JsonObject = {"app": f"{NAME}-server"}
    container: JsonObject = {
        "name": f"{NAME}-container",
        "image": image,
        "env": [{"name": "MODEL_NAME", "value": model}],  # in the tutorial a part of the image
        "ports": [{"containerPort": 8500}, {"containerPort": 8501}],
    }
    deployment: JsonObject = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": f"{NAME}-deployment"},
        "spec": {
            "selector": {"matchLabels": labels},
            "replicas": replicas,
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }
    rest, grpc = ports
    service: JsonObject = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": f"{NAME}-service"},
        "spec": {
            "type": "NodePort",
            "selector": labels,
            "ports": [
                {"name": "grpc", "port": 8500, "targetPort": 8500, "nodePort": grpc},
                {"name": "rest", "port": 8501, "targetPort": 8501, "nodePort": rest},
            ],
        },
    }
    return deployment, service


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """The plain service.

    Attributes:
        images: by model version.
        ports: node ports of REST and gRPC.
    """

    cluster: Cluster
    namespace: str
    model: str
    images: Mapping[int, str]
    ports: tuple[int, int]
    name: str = "plain"

    @property
    def address(self) -> Address:
        """Where it answers; a plain image has no labels."""
        rest, grpc = self.ports
        return Address(rest_port=rest, grpc_port=grpc, model=self.model)

    @property
    def pods(self) -> Pods:
        """Its pods."""
        return Pods(cluster=self.cluster, namespace=self.namespace, selector=f"app={NAME}-server")

    def apply(self, *, version: int, replicas: int) -> None:
        """`kubectl apply`, and wait until it answers."""
        made = manifests(image=self.images[version], model=self.model, replicas=replicas, ports=self.ports)
        listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": [*made]})
        self._kubectl("apply", "-f", "-", stdin=listed)
        self.settle()
        self.pods.wait_until_open(self.address)

    def set_image(self, version: int) -> None:
        """Another version of the model: its image."""
        self.become(self.images[version])

    def become(self, image: str) -> None:
        """`kubectl set image`, and wait as `kubectl rollout status` does."""
        self._kubectl("set", "image", f"deployment/{NAME}-deployment", f"{NAME}-container={image}")
        self._wait()

    def undo(self) -> None:
        """`kubectl rollout undo`."""
        self._kubectl("rollout", "undo", f"deployment/{NAME}-deployment")
        self._wait()

    def scale(self, replicas: int) -> None:
        """`kubectl scale`."""
        self._kubectl("scale", f"deployment/{NAME}-deployment", f"--replicas={replicas}")
        self._wait()

    def delete_pod(self) -> None:
        """`kubectl delete pod`."""
        self.pods.delete_one()

    def drain(self) -> None:
        """`kubectl drain` of a node with one of its pods."""
        self.pods.drain_node_of_one()

    def settle(self) -> None:
        """See `Stage`."""
        self.pods.settle()

    def remove(self) -> None:
        """Give the node ports back."""
        self._kubectl("delete", f"service/{NAME}-service", f"deployment/{NAME}-deployment", "--ignore-not-found")

    def _wait(self) -> None:
        self._kubectl("rollout", "status", f"deployment/{NAME}-deployment", "--timeout=240s")

    def _kubectl(self, *words: str, stdin: str | None = None) -> str:
        return self.cluster.kubectl("--namespace", self.namespace, *words, stdin=stdin, timeout_s=250)
