"""A canary under load on the real cluster: a bad one goes by itself, a good one is everybody's, killed in between."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo.load import LOOPBACK, Bounds, Load, rest, running
from tests.integration.service import MODEL, Service, service
from tests.testbed.fixtures import Cluster
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import integer_at, labels_of, text_at

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900), pytest.mark.xdist_group("host ports")]

BOUNDS = Bounds(seconds=600, requests=9000, workers=8, rate_per_s=15)
_REFUSES, _GOOD = 3, 2
"""Version 3 is another model, which refuses what clients of this one ask; 2 answers as they expect."""


@pytest.fixture
def half(tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path) -> Iterator[Service]:
    with service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as made:
        shutil.rmtree(made.folder / MODEL / str(_REFUSES))
        shutil.copytree(models / "keras_two_inputs" / "1", made.folder / MODEL / str(_REFUSES))
        made.write(
            model={
                "name": MODEL,
                "source": f"./{MODEL}",
                "versions": [1, _GOOD, _REFUSES],
                "labels": {"stable": 1},
            },
            scaling={"min": 1, "max": 3, "metrics": [{"cpu": 95}]},
            serving={"requestTimeoutSeconds": 5, "filePollSeconds": 2},
            expose={"type": "NodePort", "ports": ["rest"], "nodePorts": {"rest": cluster.host_ports[0]}},
        )
        yield made


def _canary(version: int, *more: str) -> tuple[str, ...]:
    limits = ("--min-requests", "40", "--more-slow", "100", "--settle", "2s")  # nothing is to be learned of speed here
    return ("versions canary", str(version), "--weight", "50", "-o", "json", *limits, *more)


def _stable(half: Service) -> list[tuple[str, str, int]]:
    """What must stay: the service's own Deployment, its pods and its autoscaler, each by uid and generation."""
    found: list[tuple[str, str, int]] = []
    for kind in ("deployment", "pod", "horizontalpodautoscaler"):
        for item in half.objects(kind):
            if labels_of(item).get("app.kubernetes.io/component") != "canary":
                generation = integer_at(item, "metadata", "generation") if kind != "pod" else 0
                found.append((kind, text_at(item, "metadata", "uid"), generation))
    return sorted(found)


def _of_canary(half: Service) -> list[str]:
    names = (text_at(item, "metadata", "name") for item in half.objects("all,configmap"))
    return [name for name in names if name.startswith("half-canary")]


def _load(half: Service) -> Load:
    url = f"http://{LOOPBACK}:{half.cluster.host_ports[0]}/v1/models/{MODEL}/labels/stable:predict"
    return Load(rest(url, b'{"instances": [2.0]}'), bounds=BOUNDS)


def _said(done: subprocess.CompletedProcess[str]) -> JsonObject:
    value = json.loads(done.stdout)
    assert isinstance(value, dict), done.stderr
    return value


def test_a_bad_canary_goes_by_itself_and_a_good_one_is_promoted_by_the_run_after_a_killed_one(half: Service) -> None:
    half.up()
    before = _stable(half)

    with running(_load(half)) as load:
        command, *arguments = _canary(_REFUSES, "--for", "10m")
        began_s = time.monotonic()
        bad = half.run(command, *arguments)
        took_s = time.monotonic() - began_s
    assert bad.returncode == 6, bad.stderr
    assert _said(bad)["promoted"] is False
    assert "the canary is worse: errors: 100 % of" in bad.stderr
    assert took_s < 600, "its time was not up yet"
    assert (_stable(half), _of_canary(half)) == (before, [])
    assert load.answered > 0

    with running(_load(half)) as load:
        killed = half.killed(_canary(_GOOD, "--for", "10s"), at=lambda event: "the canary gets 1 of 2" in str(event))
        assert killed
        assert (_stable(half), len(_of_canary(half)) > 0) == (before, True)
        command, *arguments = _canary(_GOOD, "--for", "10s")
        good = half.run(command, *arguments)
    assert good.returncode == 0, good.stderr
    assert "going on with a canary of version 2" in good.stderr
    assert _said(good)["promoted"] is True
    assert load.failures == []
    assert load.answered > 200
    assert [uid for _, uid, _ in _stable(half)] == [uid for _, uid, _ in before], "the label moved on running servers"
    assert _of_canary(half) == []
    assert "stable: 2" in half.spec.read_text()
    assert half.run("diff", "--exit-code").returncode == 0
