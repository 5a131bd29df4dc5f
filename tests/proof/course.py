"""One service under the load: what every request became, and which pods there were."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.testbed.fixtures import Cluster as TestCluster
from tfk8s.cluster import connect
from tfk8s.errors import Tfk8sError
from tfk8s.load import Outcome, Phase, schedule
from tfk8s.manifest import ObjectRef
from tfk8s.manifest.fields import integer_at, object_at, objects_at
from tfk8s.manifest.snapshot import is_leaving, is_ready
from tfk8s.ports import Endpoint
from tfk8s.ports.cluster import Cluster, ObjectQuery
from tfk8s.ports.load import LoadLimits, LoadRequest
from tfk8s.serving.load import LoadClients

LOOPBACK = "127.0.0.1"
ANSWER_S = 10.0
RENEW_S = 5.0
"""Age at which clients connect anew, so that they find new pods behind the Service."""

_CONNECTIONS = 128
_EVERY_S = 1.0
_SEED = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Pods at one time.

    Attributes:
        at_s: Since the first request was due.
        pods: That exist, those that go among them: they hold their processor and memory.
        ready: That get requests: ready and not leaving.
        wanted: `desiredReplicas` of the autoscaler.
        cpu_percent: As the autoscaler read it; None while it has no figure.
    """

    at_s: float
    pods: int
    ready: int
    wanted: int
    cpu_percent: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A whole load."""

    phases: tuple[Phase, ...]
    outcomes: tuple[Outcome, ...]
    looks: tuple[Look, ...]


def run_load(
    phases: Sequence[Phase], *, request: LoadRequest, port: int, watcher: Watcher, say: Callable[[str], None]
) -> Course:
    """Send the load to a node port of this computer, and watch the pods meanwhile.

    Args:
        phases: Of the load; Poisson arrivals, the same ones each time.
        request: Sent again and again.
        port: Of 127.0.0.1.
        watcher: Of the service's pods.
        say: Told what changes.
    """
    due = schedule(tuple(phases), arrivals="poisson", seed=_SEED)
    endpoint = Endpoint(transport="rest", host=LOOPBACK, port=port, how="node port")
    limits = LoadLimits(connections=_CONNECTIONS, answer_s=ANSWER_S, renew_s=RENEW_S)
    with LoadClients().connect(endpoint, limits=limits) as sender:
        watcher.start(say)
        try:
            outcomes = sender.send((request,), schedule=due)
            rest_s = sum(phase.seconds for phase in phases) - watcher.now_s()
            time.sleep(max(rest_s, 0.0))
        finally:
            looks = watcher.stop()
    return Course(phases=tuple(phases), outcomes=tuple(outcomes), looks=looks)


@dataclass(slots=True, kw_only=True)
class Watcher:
    """Looks at a Deployment's pods and its autoscaler every second, in a thread of its own."""

    cluster: TestCluster
    namespace: str
    scaler: str
    labels: dict[str, str]
    _looks: list[Look] = field(default_factory=list)
    _end: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _began_s: float = 0.0

    def start(self, say: Callable[[str], None]) -> None:
        """Begin; time counts from now."""
        self._began_s = time.monotonic()
        self._thread = threading.Thread(target=self._work, args=(say,), daemon=True)
        self._thread.start()

    def now_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began_s

    def stop(self) -> tuple[Look, ...]:
        """End, and return what was seen."""
        self._end.set()
        if self._thread is not None:
            self._thread.join(60)
        return tuple(self._looks)

    def _work(self, say: Callable[[str], None]) -> None:
        api = connect(kubeconfig=self.cluster.kubeconfig, context=self.cluster.context)
        while not self._end.is_set():
            try:
                look = self._look(api)
            except Tfk8sError as error:  # one look less; the load goes on
                say(f"{self.now_s():6.1f} s  not seen: {error.message}")
            else:
                before = self._looks[-1] if self._looks else None
                if before is None or _shown(before) != _shown(look):
                    say(f"{look.at_s:6.1f} s  {_shown(look)}")
                self._looks.append(look)
            self._end.wait(_EVERY_S)

    def _look(self, api: Cluster) -> Look:
        at_s = self.now_s()
        pods = api.list(ObjectQuery(api_version="v1", kind="Pod", namespace=self.namespace, labels=self.labels))
        ref = ObjectRef(
            api_version="autoscaling/v2", kind="HorizontalPodAutoscaler", namespace=self.namespace, name=self.scaler
        )
        scaler = api.get(ref) or {}
        current = [
            object_at(metric, "resource", "current") for metric in objects_at(scaler, "status", "currentMetrics")
        ]
        figures = [integer_at(item, "averageUtilization") for item in current if "averageUtilization" in item]
        return Look(
            at_s=at_s,
            pods=len(pods),
            ready=sum(is_ready(pod) and not is_leaving(pod) for pod in pods),
            wanted=integer_at(scaler, "status", "desiredReplicas"),
            cpu_percent=figures[0] if figures else None,
        )


def _shown(look: Look) -> str:
    cpu = "no figure" if look.cpu_percent is None else f"{look.cpu_percent} %"
    return f"pods {look.pods}, ready {look.ready}, wanted {look.wanted}, cpu {cpu}"
