"""`tfk8s versions promote` and `rollback` on the real cluster: no pod is replaced, and any death is gone on from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.integration.service import MODEL, PATIENCE_S, Service, service
from tests.modelserver.running import eventually
from tests.testbed.fixtures import Cluster
from tfk8s.cluster import connect
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import object_at, text_at
from tfk8s.manifest.snapshot import is_leaving, is_ready, restarts_of
from tfk8s.ports import ByLabel, Endpoint
from tfk8s.serving.connect import ModelServerClients

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1200)]

_KILLS_ALL = "setsid sh -c 'sleep 1; kill -9 -1' </dev/null >/dev/null 2>&1 &"
"""Ends every process of a container, a moment after the command that asks for it has ended."""


@pytest.fixture
def half(tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path) -> Iterator[Service]:
    with service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as made:
        made.write(
            model={"name": MODEL, "source": f"./{MODEL}", "versions": [1, 2], "labels": {"stable": 1}},
            scaling={"replicas": 2},
            resources={"cpu": "50m", "memory": "600Mi"},
            serving={"requestTimeoutSeconds": 5, "filePollSeconds": 1},
        )
        made.up()
        yield made


def versions(half: Service, command: str, *arguments: str) -> Any:
    done = half.run(f"versions {command}", *arguments, "-o", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def pods(half: Service) -> list[JsonObject]:
    return [pod for pod in half.objects("pods") if not is_leaving(pod)]


def identities(half: Service) -> set[tuple[str, int]]:
    """Uid and restarts of each pod."""
    return {(text_at(pod, "metadata", "uid"), restarts_of(pod)) for pod in pods(half)}


def resolved(half: Service) -> list[int | None]:
    """The version that the label leads to, on each pod."""
    found = []
    cluster = connect(kubeconfig=half.cluster.kubeconfig)
    for pod in pods(half):
        name = text_at(pod, "metadata", "name")
        ref = ObjectRef(api_version="v1", kind="Pod", namespace=half.namespace, name=name)
        with cluster.forward(ref, port=8501) as port:
            endpoint = Endpoint(transport="rest", host="127.0.0.1", port=port, how="test")
            with ModelServerClients().connect(endpoint) as client:
                found.append(client.metadata(MODEL, target=ByLabel(label="stable")).version)
    return found


def goes_there_and_back(half: Service) -> None:
    before = identities(half)

    there = versions(half, "promote", "stable", "2")

    assert (there["way"], len(there["pods"])) == ("live", 2)
    assert resolved(half) == [2, 2]
    assert half.run("diff", "--exit-code").returncode == 0
    assert half.run("apply").returncode == 0
    assert resolved(half) == [2, 2]
    back = versions(half, "rollback")
    assert (back["from"], back["to"]) == (2, 1)
    assert resolved(half) == [1, 1]
    assert identities(half) == before, "no pod was replaced, and no server started again"
    assert all(object_at(pod, "metadata", "annotations").get("tfk8s.dev/config-live") for pod in pods(half))


def joins_and_starts_again(half: Service) -> None:
    versions(half, "promote", "stable", "2")
    first, second = (text_at(pod, "metadata", "name") for pod in pods(half))
    half.cluster.kubectl("delete", "pod", first, "--wait=false", "--namespace", half.namespace)
    half.cluster.kubectl("exec", second, "--namespace", half.namespace, "--", "/bin/sh", "-c", _KILLS_ALL)
    eventually(lambda: max(restarts_of(pod) for pod in pods(half)) == 1, timeout_s=PATIENCE_S)
    eventually(lambda: len(pods(half)) == 2 and all(map(is_ready, pods(half))), timeout_s=PATIENCE_S)

    done = versions(half, "promote", "stable", "2")

    assert resolved(half) == [2, 2]
    assert done["changed"] is False
    versions(half, "rollback")


def killed_at(half: Service, event: int, command: str, *words: str) -> bool:
    """End the real program with SIGKILL at an event, counted from 1; False when it ended before."""
    numbers = count(1)
    return half.killed((f"versions {command}", *words), at=lambda _: next(numbers) == event)


def dies(half: Service) -> int:
    """A promotion and the way back by turns; each is killed at an event, and run again. How many died."""
    died = 0
    for event in (1, 3, 5, 6):
        for words, target in ((("promote", "stable", "2"), 2), (("rollback", "stable"), 1)):
            if killed_at(half, event, *words):
                died += 1
                versions(half, *words)
            assert resolved(half) == [target, target], f"{words[0]} was killed at event {event}"
    return died


def test_labels_move_on_running_pods_whatever_dies(half: Service) -> None:
    """One service, several steps: there and back; a pod that joins; deaths of the program at each event."""
    goes_there_and_back(half)
    joins_and_starts_again(half)
    before = identities(half)

    died = dies(half)

    changes = versions(half, "history")["changes"]
    assert {change["state"] for change in changes} == {"done"}
    assert len(changes) == 4 + 8, "one line for each change, however often it was begun"
    assert identities(half) == before
    assert died >= 8, f"only {died} moments to die at"
