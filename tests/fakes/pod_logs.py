"""Plays the kubelets' logs for a FakeCluster: runs of containers, streams that are followed, broken connections."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.fakes.cluster import FakeCluster
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.ownership import MODEL_SERVER, workload_selector
from tfk8s.ports.cluster import ClusterUnreachableError
from tfk8s.ports.logs import LogStreamQuery, StampedLine

SECOND_NS = 10**9
START_NS = 1_767_225_600 * SECOND_NS
"""Midnight of 2026-01-01 UTC."""


def line(text: str, *, at_s: float) -> StampedLine:
    """A line so many seconds after the start."""
    return StampedLine(START_NS + round(at_s * SECOND_NS), text)


@dataclass(slots=True)
class Run:
    """One run of a container."""

    lines: list[StampedLine] = field(default_factory=list)
    has_ended: bool = False


class FakeKubelets:
    """Set as `log_streams` of a FakeCluster.

    Attributes:
        runs: by pod and container, oldest first; the API gives the last one and the one before it.
        steps: what happens next, each time a follower has read everything; a step may raise, which breaks its stream.
            When there are none left the follower's stream ends, as the kubelet's does when the container ends.
        opened: every query, with the pod's name.
        open_streams: how many streams were not ended or closed.
    """

    def __init__(self, cluster: FakeCluster) -> None:
        """Begin to play."""
        self.runs: dict[tuple[str, str], list[Run]] = {}
        self.steps: deque[Callable[[], None]] = deque()
        self.opened: list[tuple[str, LogStreamQuery]] = []
        self.open_streams = 0
        self._cluster = cluster
        self._restarts: dict[str, int] = {}
        self._labels: dict[str, dict[str, str]] = {}
        cluster.log_streams = self.open

    def start(
        self, pod: str, *lines: StampedLine, component: str = MODEL_SERVER, container: str = "model-server"
    ) -> Run:
        """A new pod with one container that has written these lines."""
        run = Run(lines=list(lines))
        self.runs[pod, container] = [run]
        self._restarts[pod] = 0
        self._labels[pod] = workload_selector("resnet", component=component)
        self.show(pod)
        return run

    def restart(
        self, pod: str, *lines: StampedLine, times: int = 1, container: str = "model-server", is_told: bool = True
    ) -> Run:
        """The container ended, and another one has written these lines; the pod tells of it now, or at `show`."""
        self.runs[pod, container][-1].has_ended = True
        self.runs[pod, container].append(Run(lines=list(lines)))
        self._restarts[pod] += times
        if is_told:
            self.show(pod)
        return self.runs[pod, container][-1]

    def show(
        self, pod: str, *, container: str = "model-server", state: JsonObject | None = None, phase: str = "Running"
    ) -> None:
        """Store the pod with its container's status."""
        status: JsonObject = {
            "name": container,
            "restartCount": self._restarts[pod],
            "state": state or {"running": {}},
            "lastState": {"terminated": {"exitCode": 139, "reason": "Error"}} if self._restarts[pod] else {},
        }
        self._cluster.put(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {
                    "name": pod,
                    "namespace": "serving",
                    "uid": f"uid-{pod}",
                    "labels": {**self._labels[pod]},
                },
                "spec": {"containers": [{"name": container}]},
                "status": {"phase": phase, "containerStatuses": [status]},
            }
        )

    def end(self, pod: str) -> None:
        """The pod is gone."""
        for (name, _), runs in self.runs.items():
            if name == pod:
                runs[-1].has_ended = True
        self._cluster.delete(ObjectRef(api_version="v1", kind="Pod", namespace="serving", name=pod))

    def break_stream(self) -> None:
        """As a step: the connection of whoever reads breaks."""
        raise ClusterUnreachableError("the connection broke")

    def open(self, pod: ObjectRef, query: LogStreamQuery) -> FakeStream | None:
        """As `Cluster.open_log`."""
        self.opened.append((pod.name, query))
        runs = self.runs.get((pod.name, query.container), [])
        place = -2 if query.previous else -1
        if len(runs) < -place:
            return None
        self.open_streams += 1
        return FakeStream(self, runs[place], query=query)


class FakeStream:
    """Implements `tfk8s.ports.LogStream`."""

    def __init__(self, kubelets: FakeKubelets, run: Run, *, query: LogStreamQuery) -> None:
        self._kubelets, self._run, self._query = kubelets, run, query
        self._is_closed = False

    def __iter__(self) -> Iterator[StampedLine]:
        try:
            lines, query = self._run.lines, self._query
            first = 0 if query.tail_lines is None else max(len(lines) - query.tail_lines, 0)
            since = (query.since_ns or 0) // SECOND_NS * SECOND_NS
            read = first
            while not self._is_closed:
                while read < len(lines):
                    read += 1
                    if lines[read - 1].at_ns is None or (lines[read - 1].at_ns or 0) >= since:
                        yield lines[read - 1]
                if not query.follow or self._run.has_ended or not self._kubelets.steps:
                    return
                self._kubelets.steps.popleft()()
        finally:
            self._kubelets.open_streams -= 1

    def close(self) -> None:
        self._is_closed = True
