"""A service that is scaled on the kind cluster: how many pods are ready, clients of it, and demand from elsewhere."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.demo.load import LOOPBACK, Bounds, Load, rest, running
from tests.integration.service import MODEL, PATIENCE_S, Service
from tests.testbed.process import wait_until
from tests.testbed.progress import SetupError
from tfk8s.cluster import connect
from tfk8s.manifest import JsonObject, Manifest
from tfk8s.manifest.fields import integer_at, object_at, objects_at, text_at

REST_PORT = 8501
_SCALED_OBJECTS = "scaledobjects.keda.sh"
_PREDICTION = b'{"instances": [2.0]}'
_PAGE = "/www/metrics.txt"  # of a name that busybox gives the type of text


def server_pods(half: Service) -> list[JsonObject]:
    """Pods of the service, those that are ending too."""
    return [pod for pod in half.objects("pods") if text_at(pod, "metadata", "name") != Demand.NAME]


def ready_pods(half: Service) -> int:
    """Pods of the service that answer."""
    (deployment,) = half.objects("deployments")
    status = object_at(deployment, "status")
    return integer_at(status, "readyReplicas") if "readyReplicas" in status else 0


def seconds_until(
    condition: Callable[[], bool], *, what: str, half: Service, seen: Callable[[], object] = lambda: ""
) -> float:
    """Wait, and return how long it took; in vain: with what is seen, and what the autoscaler and KEDA say."""
    started = time.monotonic()
    try:
        wait_until(condition, timeout_s=PATIENCE_S, what=what, interval_s=0.5)
    except SetupError as error:
        raise AssertionError(f"{error}\n{seen()}\n{told(half)}") from error
    return time.monotonic() - started


def told(half: Service) -> str:
    """The conditions of the autoscalers, and the numbers that they last read."""
    described = ("describe", "horizontalpodautoscalers", "--namespace", half.namespace)
    known = half.cluster.kubectl("get", "customresourcedefinitions", "--output=name")
    keda = half.objects(_SCALED_OBJECTS) if _SCALED_OBJECTS in known else []
    return "\n".join([half.cluster.kubectl(*described), *(json.dumps(item, indent=1) for item in keda)])


@contextmanager
def clients(half: Service, *, rate_per_s: float, seconds: float) -> Iterator[Load]:
    """Predictions at a steady rate while the body runs, to one pod, by a port-forward."""
    pod = next(pod for pod in server_pods(half) if text_at(pod, "status", "phase") == "Running")
    bounds = Bounds(seconds=seconds, requests=int(rate_per_s * seconds), workers=4, rate_per_s=rate_per_s)
    with connect(kubeconfig=half.cluster.kubeconfig).forward(Manifest.of(pod).ref, port=REST_PORT) as port:
        ask = rest(f"http://{LOOPBACK}:{port}/v1/models/{MODEL}:predict", _PREDICTION)
        with running(Load(ask, bounds=bounds)) as load:
            yield load


class Demand:
    """A number that tells of demand, read by Prometheus from a pod of its own, as from a queue."""

    METRIC = "waiting_images"
    NAME = "demand"

    def __init__(self, half: Service) -> None:
        """Nothing is there before `start`."""
        self._half = half

    @property
    def query(self) -> str:
        """PromQL that gives the number."""
        return f'sum({self.METRIC}{{namespace="{self._half.namespace}"}})'

    def start(self, number: int) -> None:
        """Make the pod."""
        serve = f"mkdir -p /www && echo '{self.METRIC} {number}' > {_PAGE} && exec httpd -f -p 8080 -h /www"
        container: JsonObject = {
            "name": "page",
            "image": self._half.cluster.busybox_image,
            "imagePullPolicy": "IfNotPresent",
            "command": ["sh", "-c", serve],
            "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
        }
        annotations: JsonObject = {
            "prometheus.io/scrape": "true",
            "prometheus.io/path": _PAGE.removeprefix("/www"),
            "prometheus.io/port": "8080",
        }
        pod: JsonObject = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": self.NAME, "annotations": annotations},
            "spec": {"containers": [container], "terminationGracePeriodSeconds": 0},
        }
        self._kubectl("apply", "--filename=-", stdin=json.dumps(pod))
        self._kubectl(
            "wait",
            f"pod/{self.NAME}",
            "--for=condition=Ready",
            f"--timeout={PATIENCE_S:.0f}s",
            timeout_s=PATIENCE_S + 10,
        )

    def is_now(self, number: int) -> None:
        """Change the number."""
        self._kubectl("exec", self.NAME, "--", "sh", "-c", f"echo '{self.METRIC} {number}' > {_PAGE}")

    def _kubectl(self, *arguments: str, stdin: str | None = None, timeout_s: float = 60.0) -> None:
        place = ("--namespace", self._half.namespace)
        self._half.cluster.kubectl(*place, *arguments, stdin=stdin, timeout_s=timeout_s)


def query_of(half: Service, metric: str) -> str:
    """What KEDA asks Prometheus for one of the metrics, by its trigger's name."""
    (scaled,) = half.objects(_SCALED_OBJECTS)
    trigger = next(each for each in objects_at(scaled, "spec", "triggers") if each.get("name") == metric)
    return text_at(trigger, "metadata", "query")
