"""`tfk8s up` on the real cluster: from nothing, again, killed at any step, and down."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.service import MODEL, Service, service
from tests.testbed.fixtures import Cluster
from tests.testbed.process import run
from tfk8s.manifest import JsonObject

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

LARGE_BYTES = 64 << 20


@pytest.fixture
def half(tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path) -> Iterator[Service]:
    with service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as made:
        yield made


def _versions(half: Service) -> dict[str, str]:
    """resourceVersion of everything that `up` writes, the record among it."""
    kinds = ("deployment", "service", "configmap", "serviceaccount")
    found: dict[str, str] = {}
    for kind in kinds:
        for item in half.objects(kind):
            metadata = item["metadata"]
            assert isinstance(metadata, dict)
            if kind != "deployment":  # its status moves by itself
                found[f"{kind}/{metadata['name']}"] = str(metadata["resourceVersion"])
            else:
                found[f"{kind}/{metadata['name']}"] = str(metadata["generation"])
    return found


def test_up_goes_from_a_model_to_an_answer_and_a_second_one_changes_nothing(half: Service) -> None:
    first = half.up()
    before = _versions(half)
    started = time.monotonic()

    second = half.up()

    assert time.monotonic() - started < 15
    assert first["answers"] == ["a prediction was answered by version 1 (signature serving_default)"]
    assert (second["changed"], second["imageBuilt"], second["answers"]) == ([], False, first["answers"])
    assert _versions(half) == before


def test_up_asks_what_it_is_given(half: Service, tmp_path: Path) -> None:
    (tmp_path / "q.json").write_text('{"instances": [2.0, 4.0]}')

    result = half.up("--input", str(tmp_path / "q.json"))

    prediction = result["prediction"]
    assert isinstance(prediction, dict)
    assert prediction["outputs"] == {"y": [3.0, 4.0]}


def _is(event: str, **fields: str) -> Callable[[JsonObject], bool]:
    def check(found: JsonObject) -> bool:
        return found["event"] == event and all(found.get(name) == value for name, value in fields.items())

    return check


def test_up_killed_in_each_step_is_finished_by_the_next_run(half: Service) -> None:
    """One run after the other dies a little later; the last one has nothing left to start over."""
    extra = half.folder / MODEL / "1" / "assets.extra"
    extra.mkdir(exist_ok=True)
    (extra / "large").write_bytes(os.urandom(LARGE_BYTES))  # so that the image is new, and takes a while
    moments = [
        _is("StepStarted", step="cluster"),
        _is("StepStarted", step="image"),
        _is("Progress"),
        _is("StepStarted", step="service"),
        _is("ObjectChanged"),
        _is("ObjectChanged", action="create"),
        _is("StepStarted", step="rollout"),
        _is("Waiting"),
    ]

    killed = [half.killed_up(at=moment) for moment in moments]
    result = half.up()
    again = half.up()
    _forget_image(half, str(result["image"]))

    assert killed[:5] == [True] * 5
    assert result["answers"] == ["a prediction was answered by version 1 (signature serving_default)"]
    assert len(half.objects("replicaset")) == 1
    assert again["changed"] == []


def _forget_image(half: Service, image: str) -> None:
    """No other run will want it, and it is large."""
    for node in half.cluster.nodes:
        run(["docker", "exec", node, "ctr", "--namespace=k8s.io", "images", "rm", image], timeout_s=60)


def test_down_takes_the_service_and_leaves_a_cluster_that_up_did_not_make(half: Service) -> None:
    half.up()

    unasked = half.run("down")
    done = half.run("down", "--yes", "-o", "json")

    assert unasked.returncode == 1
    assert "nothing of this can be undone" in unasked.stderr
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["cluster"] is None
    assert half.objects("deployment") == []
    assert half.cluster.kubectl("get", "nodes", "--output=name")


def test_a_broken_model_leaves_nothing_behind(half: Service) -> None:
    (half.folder / MODEL / "1" / "saved_model.pb").write_bytes(b"")

    done = half.run("up")

    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert half.objects("deployment") == []
