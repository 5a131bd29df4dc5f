"""The pods of a service: which are there, which go, and what takes one away."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from tests.demo.load import LOOPBACK, rest
from tests.loss.clients import Address
from tests.testbed.fixtures import Cluster
from tests.testbed.process import wait_until
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import integer_at, text_at
from tfk8s.manifest.snapshot import is_leaving, is_ready

SETTLED_S = 240.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pods:
    """Those that a selector finds."""

    cluster: Cluster
    namespace: str
    selector: str

    def all(self) -> list[JsonObject]:
        """Every pod, leaving ones among them."""
        return self._list("pods")

    def settle(self) -> None:
        """Wait until nothing is on its way: each Deployment has its pods, all ready, and no other pod is left."""
        wait_until(self._is_settled, timeout_s=SETTLED_S, what=f"the pods of {self.selector}", interval_s=0.5)

    def wait_until_open(self, address: Address) -> None:
        """Wait until predictions are answered ten times in a row: without probes a ready pod may not serve yet."""
        deadline, row = time.monotonic() + SETTLED_S, 0
        while row < 10:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.selector} does not answer after {SETTLED_S:.0f} s")
            row = row + 1 if _answers(address) else 0
            time.sleep(0.3)

    def wait_until_serving(self, count: int) -> None:
        """Wait until so many are ready and stay; those that go may still be there."""
        wait_until(
            lambda: len(self._serving()) == count, timeout_s=SETTLED_S, what=f"{count} pods that serve", interval_s=0.5
        )

    def delete_one(self, *, wait: bool = True) -> None:
        """`kubectl delete pod` of the first that serves; it takes its grace, and so does the command unless told."""
        self._kubectl("delete", "pod", self._serving()[0], f"--wait={str(wait).lower()}")

    def evict_one(self) -> None:
        """What `kubectl drain` asks of one pod, where a node cannot be taken from its other users.

        A budget is counted some time after a pod became ready; `kubectl drain` would ask again until then.
        """
        wait_until(self._may_evict, timeout_s=SETTLED_S, what="the budget to allow an eviction", interval_s=0.5)
        name = self._serving()[0]
        eviction = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": name, "namespace": self.namespace},
        }
        path = f"/api/v1/namespaces/{self.namespace}/pods/{name}/eviction"
        self.cluster.kubectl("create", "--raw", path, "-f", "-", stdin=json.dumps(eviction))

    def drain_node_of_one(self) -> None:
        """`kubectl drain` of the node that the first serving pod is on; the node comes back afterwards."""
        names = self._serving()
        node = next(
            text_at(pod, "spec", "nodeName") for pod in self.all() if text_at(pod, "metadata", "name") == names[0]
        )
        try:
            self.cluster.kubectl(
                "drain", node, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=150s", timeout_s=170
            )
            self.settle()
        finally:
            self.cluster.kubectl("uncordon", node)

    def _serving(self) -> list[str]:
        found = sorted(text_at(pod, "metadata", "name") for pod in self.all() if is_ready(pod) and not is_leaving(pod))
        assert found, f"no pod of {self.selector} serves"
        return found

    def _may_evict(self) -> bool:
        return all(
            integer_at(budget, "status", "disruptionsAllowed") > 0 for budget in self._list("poddisruptionbudgets")
        )

    def _is_settled(self) -> bool:
        pods = self.all()
        wanted = sum(integer_at(found, "spec", "replicas") for found in self._list("deployments"))
        return len(pods) == wanted and all(is_ready(pod) and not is_leaving(pod) for pod in pods)

    def _list(self, kind: str) -> list[JsonObject]:
        # A Deployment of the plain service has no labels of its own; each namespace has one service.
        selector = ("--selector", self.selector) if kind == "pods" else ()
        listed = json.loads(self._kubectl("get", kind, *selector, "--output=json"))
        items = listed["items"]
        assert isinstance(items, list)
        return items

    def _kubectl(self, *words: str) -> str:
        return self.cluster.kubectl("--namespace", self.namespace, *words, timeout_s=SETTLED_S)


def _answers(address: Address) -> bool:
    url = f"http://{LOOPBACK}:{address.rest_port}{address.path}"
    try:
        rest(url, b'{"instances": [2.0]}', timeout_s=3)()
    except OSError:
        return False
    return True
