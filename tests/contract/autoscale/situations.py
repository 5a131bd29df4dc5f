"""Autoscalers in situations that people ask `why` in, under the real controller; pods are objects without a node.

Each is called as its situation: the autoscaler, what it scales, and the label `app` of its pods.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.contract.autoscale.controller import LOG, start_controller
from tests.contract.autoscale.stub import MetricsStub
from tests.fakes.background import in_background
from tests.testbed.fixtures import Cluster, running_control_plane
from tests.testbed.process import wait_until
from tfk8s.cluster import connect
from tfk8s.manifest import ObjectRef
from tfk8s.manifest.fields import text_at
from tfk8s.ports import Cluster as ClusterPort
from tfk8s.ports.cluster import ObjectQuery

NAMESPACE: Final = "default"
_AUTOSCALING: Final = "autoscaling/v2"
_TIMEOUT_S: Final = 120.0
_API: Final = "v1beta1.metrics.k8s.io"
_IMAGE: Final = "example.org/absent:1"
_CPU: Final = {
    "type": "Resource",
    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}},
}
_QUEUE: Final = {
    "type": "External",
    "external": {"metric": {"name": "queue"}, "target": {"type": "AverageValue", "averageValue": "30"}},
}


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A control plane with the real autoscaling controller behind a stub of the metrics API.

    Attributes:
        server: The control plane.
        stub: What stands before it.
        cluster: The way of the commands to it, through the stub.
    """

    server: Cluster
    stub: MetricsStub
    cluster: ClusterPort

    def put(self, *bodies: dict[str, Any]) -> None:
        """Apply objects, and the status that a body has."""
        listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": [*bodies]})
        command = ("apply", "--server-side", "--force-conflicts", "--filename=-")
        self.server.kubectl(*command, stdin=listed)
        told = [each for each in bodies if "status" in each]
        if told:
            status = json.dumps({"apiVersion": "v1", "kind": "List", "items": told})
            self.server.kubectl(*command, "--subresource=status", stdin=status)

    def scaler(self, name: str) -> dict[str, Any]:
        """The autoscaler as it is now."""
        ref = ObjectRef(api_version=_AUTOSCALING, kind="HorizontalPodAutoscaler", namespace=NAMESPACE, name=name)
        found = self.cluster.get(ref)
        assert found is not None
        return found

    def await_reason(self, name: str, reason: str) -> None:
        """Wait until a condition of the autoscaler has this reason."""
        self.await_scaler(name, lambda body: reason in _reasons(body), what=f"{reason} of {name}")

    def await_event(self, name: str, reason: str) -> None:
        """Wait until an event about the autoscaler has this reason: they come a moment after the status."""
        query = ObjectQuery(api_version="v1", kind="Event", namespace=NAMESPACE)
        log = self.server.kubeconfig.parent / LOG
        wait_until(
            lambda: any(
                text_at(each, "reason") == reason and text_at(each, "involvedObject", "name") == name
                for each in self.cluster.list(query)
            ),
            timeout_s=_TIMEOUT_S,
            what=f"the event {reason} of {name}",
            log=log,
        )

    def await_scaler(self, name: str, is_met: Callable[[dict[str, Any]], bool], *, what: str) -> None:
        """Wait until the autoscaler is as it should be."""
        log = self.server.kubeconfig.parent / LOG
        wait_until(lambda: is_met(self.scaler(name)), timeout_s=_TIMEOUT_S, what=what, log=log)


@contextmanager
def stage(version: str) -> Iterator[Stage]:
    """Run a control plane with the controller, and end both."""
    with running_control_plane(version, controllers=()) as server, in_background(stub := MetricsStub(server)):
        config = Path(server.kubeconfig).with_name("kubeconfig.stub")
        config.write_text(stub.kubeconfig())
        start_controller(server, stub, flags=("--horizontal-pod-autoscaler-sync-period=2s",))
        yield Stage(server=server, stub=stub, cluster=connect(kubeconfig=config))


def api_service(*, is_local: bool) -> dict[str, Any]:
    """The registration of the metrics API: without a Service it counts as available, with an absent one as not."""
    spec: dict[str, Any] = {
        "group": "metrics.k8s.io",
        "version": "v1beta1",
        "groupPriorityMinimum": 100,
        "versionPriority": 100,
    }
    if not is_local:
        spec |= {"service": {"name": "metrics-server", "namespace": "kube-system"}, "insecureSkipTLSVerify": True}
    meta = {"name": _API}
    return {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": meta, "spec": spec}


def scaler(name: str, *, target: str = "", external: bool = False, **spec: Any) -> dict[str, Any]:
    """An autoscaler on 60 % of cpu, or on an external metric."""
    ref = {"apiVersion": "apps/v1", "kind": "Deployment", "name": target or name}
    whole = {
        "scaleTargetRef": ref,
        "minReplicas": 1,
        "maxReplicas": 10,
        "metrics": [_QUEUE if external else _CPU],
        **spec,
    }
    meta = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": _AUTOSCALING, "kind": "HorizontalPodAutoscaler", "metadata": meta, "spec": whole}


def deployment(name: str, replicas: int, *, labels: dict[str, str] | None = None) -> dict[str, Any]:
    """What is scaled; nobody makes pods of it."""
    found = labels or {"app": name}
    template = {"metadata": {"labels": found}, "spec": {"containers": [_container("server", "100m")]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"replicas": replicas, "selector": {"matchLabels": found}, "template": template},
        "status": {"replicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas},
    }


def pods(
    name: str,
    count: int,
    *,
    labels: dict[str, str] | None = None,
    is_ready: bool = True,
    has_request: bool = True,
    age_s: int = 3600,
) -> list[dict[str, Any]]:
    """Pods that run, or crash again and again from their start."""
    started, changed = time.time() - age_s, time.time() - age_s + 10
    ready = {"type": "Ready", "status": str(is_ready), "reason": "" if is_ready else "ContainersNotReady"}
    state = {"running": {}} if is_ready else {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s"}}
    containers = [_container("server", "100m" if has_request else "")]
    return [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": f"{name}-{index}", "namespace": NAMESPACE, "labels": labels or {"app": name}},
            "spec": {"automountServiceAccountToken": False, "containers": containers},
            "status": {
                "phase": "Running",
                "startTime": _stamp(started),
                "conditions": [{**ready, "lastTransitionTime": _stamp(changed)}],
                "containerStatuses": [
                    {
                        "name": "server",
                        "image": _IMAGE,
                        "imageID": "",
                        "ready": is_ready,
                        "restartCount": 0 if is_ready else 4,
                        "state": state,
                    }
                ],
            },
        }
        for index in range(count)
    ]


def _container(name: str, cpu: str) -> dict[str, Any]:
    return {"name": name, "image": _IMAGE, **({"resources": {"requests": {"cpu": cpu}}} if cpu else {})}


def _reasons(body: dict[str, Any]) -> list[str]:
    return [each["reason"] for each in body.get("status", {}).get("conditions", ())]


def _stamp(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
