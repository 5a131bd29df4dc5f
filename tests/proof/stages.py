"""The two services: ours with what `recommend` gave, and the common default. The same image, the same requests."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.demo.load import LOOPBACK, rest
from tests.integration.service import Service
from tests.proof.course import Watcher
from tests.testbed import versions
from tests.testbed.fixtures import Cluster
from tests.testbed.kindconfig import DEMO_PORT
from tests.testbed.process import wait_until
from tests.testbed.progress import SetupError, say
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import integer_at, object_at, objects_at, text_at
from tfk8s.manifest.ownership import ownership_labels
from tfk8s.manifest.snapshot import is_leaving, is_ready
from tfk8s.manifest.yaml import dump
from tfk8s.plan.capacity import amount_of

MODEL = NAME = "resnet"
DEFAULT = "default"
PORT = DEMO_PORT
_READY_S = 420.0
_GONE_S = 180.0
_SETTLED_S = 240.0
_CALM_S = 45.0
"""Until figures of the processor show nothing of a pod's start any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """The service that tfk8s operates, by its command line alone."""

    service: Service
    cpu: str
    name: str = "tfk8s"
    scaler: str = NAME

    @property
    def labels(self) -> dict[str, str]:
        """Of its pods."""
        return ownership_labels(NAME)

    def write(self, scaling: JsonObject) -> None:
        """Write the spec with this scaling."""
        value: JsonObject = {
            "apiVersion": "tfk8s.dev/v1",
            "name": NAME,
            "namespace": self.service.namespace,
            "model": {"name": MODEL, "source": f"./{MODEL}", "versions": "latest"},
            "image": {"base": self.service.image},
            "resources": {"cpu": self.cpu},
            "serving": {"requestTimeoutSeconds": 10},
            "expose": {"type": "NodePort", "ports": ["rest"], "nodePorts": {"rest": PORT}},
            "scaling": scaling,
            "cluster": {"provider": "kind", "name": versions.CLUSTER_NAME},
        }
        self.service.spec.write_text(dump(value))

    def up(self) -> None:
        """`tfk8s up`, until predictions are answered."""
        done = self.service.run("up", timeout_s=900)
        if done.returncode:
            raise RuntimeError(f"tfk8s up ended with {done.returncode}:\n{done.stderr}")

    def bench(self, file: Path, *, body: Path, objective: str, seconds: int, most: str) -> JsonObject:
        """`tfk8s bench` of the one pod that there is."""
        words = ["--objective", objective, "--duration", f"{seconds}s", "--time", most, "--renew", "5s"]
        words += ["--json", str(body), "--max-rate", "20", "--save", str(file)]
        done = self.service.run("bench", *words, timeout_s=900)
        if not file.exists():
            raise RuntimeError(f"tfk8s bench ended with {done.returncode}:\n{done.stderr}")
        value = json.loads(file.read_text())
        assert isinstance(value, dict)
        return value

    def recommend(self, bench: Path, *, trace: Path, pod_start_s: float) -> JsonObject:
        """`tfk8s autoscale recommend`, with what is known of this cluster; its answer."""
        words = ["--trace", str(trace), "--sync", "5s", "--reserve", "0", "--pod-start", f"{pod_start_s:.0f}s"]
        done = self.service.run(f"autoscale recommend {bench}", *words, "--write", "-o", "json", timeout_s=600)
        if done.returncode:
            raise RuntimeError(f"tfk8s autoscale recommend ended with {done.returncode}:\n{done.stderr}")
        value = json.loads(done.stdout)
        assert isinstance(value, dict)
        return value

    def image(self) -> str:
        """That its pods run, models included."""
        deployment = self.service.objects("deployment")[0]
        return text_at(objects_at(deployment, "spec", "template", "spec", "containers")[0], "image")

    def pod_start_s(self) -> float:
        """From the making of its newest pod until it was ready."""
        from tfk8s.app.recommend_checks import start_seconds
        from tfk8s.cluster import connect

        api = connect(kubeconfig=self.service.cluster.kubeconfig, context=self.service.cluster.context)
        found = start_seconds(api, namespace=self.service.namespace, labels=self.labels)
        assert found is not None
        return found

    def remove(self) -> None:
        """Delete it, and wait until its pods are gone: the other one needs their room."""
        self.service.run("delete", "--yes", timeout_s=300)
        _wait_gone(self.service.cluster, self.service.namespace)

    def watcher(self) -> Watcher:
        """Of its pods."""
        return _watcher(self.service.cluster, self.service.namespace, scaler=self.scaler, labels=self.labels)

    def live_scaler(self) -> JsonObject:
        """As the cluster has it."""
        return self.service.objects("hpa.v2.autoscaling")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Default:
    """What `kubectl autoscale --cpu-percent=80` and a Deployment without drain give; `is_bare`: without a probe too."""

    cluster: Cluster
    namespace: str
    image: str
    cpu: str
    memory: str
    most: int
    is_bare: bool = False
    name: str = DEFAULT
    scaler: str = DEFAULT
    labels: dict[str, str] = field(default_factory=lambda: {"app": DEFAULT})

    def up(self) -> None:
        """`kubectl apply`, and the autoscaler once the pod's start is over: it would count that as load."""
        self._apply(*self.manifests())
        _wait_ready(self.cluster, self.namespace)
        time.sleep(_CALM_S)
        self._apply(self.autoscaler())

    def manifests(self) -> tuple[JsonObject, ...]:
        """Deployment and Service."""
        amounts: Mapping[str, str] = {"cpu": self.cpu, "memory": self.memory}
        container: JsonObject = {
            "name": "server",
            "image": self.image,
            "env": [{"name": "MODEL_NAME", "value": MODEL}],
            "ports": [{"containerPort": 8500}, {"containerPort": 8501}],
            "resources": {"requests": {**amounts}, "limits": {**amounts}},
        }
        if not self.is_bare:
            container["readinessProbe"] = {"httpGet": {"path": f"/v1/models/{MODEL}", "port": 8501}}
        deployment: JsonObject = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": DEFAULT},
            "spec": {
                "selector": {"matchLabels": {**self.labels}},
                "template": {"metadata": {"labels": {**self.labels}}, "spec": {"containers": [container]}},
            },
        }
        service: JsonObject = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": DEFAULT},
            "spec": {
                "type": "NodePort",
                "selector": {**self.labels},
                "ports": [{"name": "rest", "port": 8501, "targetPort": 8501, "nodePort": PORT}],
            },
        }
        return deployment, service

    def autoscaler(self) -> JsonObject:
        """As `kubectl autoscale` makes it."""
        target: JsonObject = {"type": "Utilization", "averageUtilization": 80}
        return {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": DEFAULT},
            "spec": {
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": DEFAULT},
                "minReplicas": 1,
                "maxReplicas": self.most,
                "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
            },
        }

    def _apply(self, *objects: JsonObject) -> None:
        listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": [*objects]})
        self.cluster.kubectl("--namespace", self.namespace, "apply", "-f", "-", stdin=listed)

    def remove(self) -> None:
        """Delete it, and give the node port back."""
        names = [f"{kind}/{DEFAULT}" for kind in ("hpa", "deployment", "service")]
        self.cluster.kubectl("--namespace", self.namespace, "delete", *names, "--ignore-not-found", timeout_s=120)
        _wait_gone(self.cluster, self.namespace)

    def watcher(self) -> Watcher:
        """Of its pods."""
        return _watcher(self.cluster, self.namespace, scaler=self.scaler, labels=self.labels)

    def live_scaler(self) -> JsonObject:
        """As the cluster has it."""
        return _objects(self.cluster, self.namespace, "hpa.v2.autoscaling")[0]


def memory_of(service: Service) -> str:
    """What the pods of ours request, for the other one to have the same."""
    deployment = service.objects("deployment")[0]
    container = objects_at(deployment, "spec", "template", "spec", "containers")[0]
    found = text_at(container, "resources", "requests", "memory")
    assert amount_of(found)
    return found


def put_model(models: Path, folder: Path, *, body: Path) -> None:
    """Put the model where the spec finds it, with a request that it replays while it loads: `tfk8s warmup`."""
    shutil.copytree(models / MODEL, folder / MODEL)
    words = [sys.executable, "-m", "tfk8s", "warmup", str(folder / MODEL), "--json", str(body)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise RuntimeError(f"tfk8s warmup ended with {done.returncode}:\n{done.stderr}")


def wait_until_answering(body: bytes, *, times: int = 5) -> None:
    """Ask until answers come in a row."""
    ask = rest(f"http://{LOOPBACK}:{PORT}/v1/models/{MODEL}:predict", body, timeout_s=30)
    deadline, row = time.monotonic() + _READY_S, 0
    while row < times:
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing answers at port {PORT} after {_READY_S:.0f} s")
        try:
            ask()
        except OSError:
            row = 0
            time.sleep(1)
        else:
            row += 1


def wait_until_settled(cluster: Cluster, namespace: str) -> None:
    """Wait until the autoscaler reads its metric, and the fewest pods that it may have are there and ready."""

    def is_settled() -> bool:
        for scaler in _objects(cluster, namespace, "hpa.v2.autoscaling"):
            current = [
                object_at(item, "resource", "current") for item in objects_at(scaler, "status", "currentMetrics")
            ]
            least = integer_at(scaler, "spec", "minReplicas", default=1)
            wanted = integer_at(scaler, "status", "desiredReplicas")
            pods = _objects(cluster, namespace, "pods")
            ready = [pod for pod in pods if is_ready(pod) and not is_leaving(pod)]
            if any("averageUtilization" in item for item in current) and len(pods) == len(ready) == wanted == least:
                return True
        return False

    try:
        wait_until(is_settled, timeout_s=_SETTLED_S, what="an autoscaler at its fewest pods", interval_s=2)
    except SetupError as error:  # its window may be longer: the load begins with the pods that there are
        say(str(error))


def _watcher(cluster: Cluster, namespace: str, *, scaler: str, labels: dict[str, str]) -> Watcher:
    return Watcher(cluster=cluster, namespace=namespace, scaler=scaler, labels=labels)


def _wait_ready(cluster: Cluster, namespace: str) -> None:
    def is_settled() -> bool:
        pods = _objects(cluster, namespace, "pods")
        wanted = sum(
            integer_at(item, "spec", "replicas", default=1) for item in _objects(cluster, namespace, "deployments")
        )
        return len(pods) == wanted and all(is_ready(pod) and not is_leaving(pod) for pod in pods)

    wait_until(is_settled, timeout_s=_READY_S, what="the pods of the default", interval_s=1)


def _wait_gone(cluster: Cluster, namespace: str) -> None:
    wait_until(
        lambda: not _objects(cluster, namespace, "pods"), timeout_s=_GONE_S, what="the end of the pods", interval_s=1
    )


def _objects(cluster: Cluster, namespace: str, kind: str) -> list[JsonObject]:
    listed = json.loads(cluster.kubectl("get", kind, "--namespace", namespace, "--output=json"))
    items = listed["items"]
    assert isinstance(items, list)
    return items
