"""`autoscale show` and `why` beside a real autoscaler with a real metrics-server: a service that burns cpu at once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.metrics import wait_for_numbers
from tests.testbed.fixtures import Cluster

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

_WAIT_S = 240.0  # metrics-server needs two samples of a pod: about half a minute on a quiet machine
_NO_NUMBERS = {"pods-young", "pods-not-running", "no-samples", "no-value", "pods-unready"}


def burning(image: str) -> list[dict[str, Any]]:
    """A Deployment whose pod uses two and a half times what it requests, and an autoscaler that may double it."""
    container = {
        "name": "server",
        "image": image,
        "command": ["sh", "-c", "while :; do :; done"],
        "resources": {"requests": {"cpu": "20m"}, "limits": {"cpu": "50m"}},
    }
    labels = {"app": "burner"}
    pod = {"metadata": {"labels": labels}, "spec": {"terminationGracePeriodSeconds": 0, "containers": [container]}}
    target = {"type": "Utilization", "averageUtilization": 60}
    return [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "burner"},
            "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": pod},
        },
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "burner"},
            "spec": {
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "burner"},
                "minReplicas": 1,
                "maxReplicas": 2,
                "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
            },
        },
    ]


def test_what_the_autoscaler_does_is_shown_and_explained(cluster: Cluster, namespace: str) -> None:
    words = [sys.executable, "-m", "tfk8s", "autoscale"]
    aim = ["--name", "burner", "-n", namespace, "--kubeconfig", str(cluster.kubeconfig), "-o", "json"]

    def asked(command: str) -> Any:
        done = subprocess.run([*words, command, *aim], capture_output=True, text=True, timeout=_WAIT_S, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    wait_for_numbers(cluster, of="nodes")
    items = json.dumps({"apiVersion": "v1", "kind": "List", "items": burning(cluster.busybox_image)})
    cluster.kubectl("apply", "--namespace", namespace, "--filename=-", stdin=items)
    blind = until(lambda: asked("why"), lambda found: found["troubles"] or found["replicas"]["desired"] == 2)
    assert {each["code"] for each in blind["troubles"]} <= _NO_NUMBERS

    shown = until(lambda: asked("show"), lambda found: found["autoscaler"]["desired"] == 2)
    (metric,) = shown["autoscaler"]["metrics"]
    assert (metric["name"], metric["target"]) == ("cpu", "60 % of the request")

    held = until(lambda: asked("why"), is_held)
    assert (held["replicas"]["wanted"], held["next"]["replicas"]) == (held["metrics"][0]["proposal"], 2)
    assert held["replicas"]["wanted"] > 2
    assert "used of" in held["metrics"][0]["computed"]
    assert any(each["replicas"] == 2 and "cpu" in each["words"] for each in held["past"])

    with subprocess.Popen([*words, "show", *aim, "--watch", "--interval", "0.5"], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        limit = threading.Timer(_WAIT_S, child.kill)
        limit.start()
        first = json.loads(child.stdout.readline())
        limit.cancel()
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=60) == 0
    assert first["autoscaler"]["target"] == "Deployment/burner"


def is_held(found: Any) -> bool:
    """Whether the most pods keep it from more, and it sees all of them: the second one has no numbers at first."""
    return [each["code"] for each in found["holds"]] == ["TooManyReplicas"] and found["troubles"] == []


def until(read: Callable[[], Any], is_met: Callable[[Any], Any]) -> Any:
    deadline = time.monotonic() + _WAIT_S
    while not is_met(found := read()):
        assert time.monotonic() < deadline, found
        time.sleep(1)
    return found
