"""`tfk8s logs --follow` on the real cluster: two pods, a server that is killed, and a roll-out to new pods."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.integration.service import MODEL, PATIENCE_S, Service, service
from tests.testbed.fixtures import Cluster
from tests.testbed.progress import SetupError
from tfk8s.manifest.fields import flag_at, integer_at, objects_at, text_at

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

LOADED = f"Successfully loaded servable version {{name: {MODEL} version: 1}}"


@pytest.fixture
def half(tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path) -> Iterator[Service]:
    with service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as made:
        made.write(
            model={"name": MODEL, "source": f"./{MODEL}", "versions": [1]},
            scaling={"replicas": 2},
            resources={"cpu": "150m", "memory": "600Mi"},
            lifecycle={"drainSeconds": 1},
        )
        made.up()
        yield made


@contextmanager
def running(words: list[str], *, stdout: IO[str], stderr: IO[str]) -> Iterator[subprocess.Popen[str]]:
    """A command while the body runs; it does not outlive it."""
    with subprocess.Popen(words, stdout=stdout, stderr=stderr, text=True) as child:
        try:
            yield child
        finally:
            child.kill()


class Following:
    """What a `tfk8s logs --follow` has written so far."""

    def __init__(self, folder: Path) -> None:
        self.stdout, self.stderr = folder / "lines", folder / "notices"

    def texts(self) -> dict[str, Counter[str]]:
        """How often each line was told, by pod."""
        found: dict[str, Counter[str]] = {}
        for line in self.stdout.read_text().rpartition("\n")[0].splitlines():  # the last one may not be whole
            entry = json.loads(line)
            found.setdefault(entry["pod"], Counter())[entry["text"]] += 1
        return found

    def loads(self, pod: str) -> int:
        """How often the pod has told that its model is loaded."""
        return sum(count for text, count in self.texts().get(pod, Counter()).items() if LOADED in text)

    def notices(self) -> list[str]:
        return self.stderr.read_text().splitlines()

    def tells_start(self, pod: str) -> bool:
        return any(notice.startswith(f"-- Pod/{pod} joins") for notice in self.notices())

    def tells_end(self, pod: str) -> bool:
        """Which of the two is seen first, its last status or that it is gone, is chance."""
        return any(notice.startswith((f"-- Pod/{pod} is gone", f"-- Pod/{pod} has ended")) for notice in self.notices())


def wait(condition: Callable[[], bool], *, what: str, timeout_s: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {timeout_s:.0f} s"
        time.sleep(0.3)


def pods(half: Service) -> dict[str, int]:
    """Restarts of the server, by pod."""
    return {
        text_at(pod, "metadata", "name"): sum(
            integer_at(item, "restartCount") for item in objects_at(pod, "status", "containerStatuses")
        )
        for pod in half.objects("pods")
    }


def are_ready(half: Service) -> bool:
    found = [item for pod in half.objects("pods") for item in objects_at(pod, "status", "containerStatuses")]
    return len(found) == 2 and all(flag_at(item, "ready") for item in found)


def kept(half: Service, pod: str, *, previous: bool = False) -> Counter[str]:
    """The lines that the node keeps, as kubectl gives them."""
    more = ("--previous",) if previous else ()
    return Counter(half.cluster.kubectl("logs", "--namespace", half.namespace, pod, *more).splitlines())


def kill_server(half: Service, pod: str) -> None:
    """End all processes of its container but the first, which then ends itself."""
    with pytest.raises(SetupError):  # the command ends with what it kills, or with its container
        half.cluster.kubectl(
            *("exec", "--namespace", half.namespace, pod, "--", "bash", "-c", "kill -9 -1; sleep 30"),
            timeout_s=PATIENCE_S,
        )


def test_every_line_is_told_once_through_a_restart_and_a_roll_out(half: Service, tmp_path: Path) -> None:
    following = Following(tmp_path)
    first, second = sorted(pods(half))
    words = [sys.executable, "-m", "tfk8s", "logs", "--name", "half", "-n", half.namespace, "--follow", "-o", "json"]
    words += ["--kubeconfig", str(half.cluster.kubeconfig)]
    with (
        following.stdout.open("w") as lines,
        following.stderr.open("w") as notices,
        running(words, stdout=lines, stderr=notices) as child,
    ):
        wait(lambda: following.loads(first) == following.loads(second) == 1, what="lines of both pods")

        kill_server(half, first)
        wait(lambda: following.loads(first) == 2, what="lines of the new container")
        wait(lambda: following.texts()[first] == kept(half, first) + kept(half, first, previous=True), what="all lines")
        again = f"-- Pod/{first} container model-server was started again after exit code 137"
        wait(lambda: again in following.notices(), what="the notice of a new container")
        wait(lambda: are_ready(half), what="pods that are ready")
        wait(lambda: following.texts()[second] == kept(half, second), what="all lines of the other pod")

        half.cluster.kubectl("rollout", "restart", "--namespace", half.namespace, "deployment/half")
        wait(lambda: following.tells_end(first), what="the end of the first pod")
        wait(lambda: following.tells_end(second), what="the end of the second pod")
        wait(lambda: are_ready(half), what="new pods that are ready")
        wait(lambda: all(following.tells_start(pod) for pod in pods(half)), what="the new pods to join")
        wait(
            lambda: all(following.texts().get(pod) == kept(half, pod) for pod in pods(half)),
            what="all lines of the new pods",
        )

        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=PATIENCE_S) == 0
