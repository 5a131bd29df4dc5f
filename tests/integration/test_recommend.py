"""`tfk8s autoscale recommend` on the real cluster: what it sees there, and that its spec becomes that autoscaler."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.service import MODEL, Service, service
from tests.testbed.fixtures import Cluster
from tests.unit.app.benches import BENCH
from tfk8s.load import to_json
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import integer_at, object_at, objects_at

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

QUOTA: JsonObject = {
    "apiVersion": "v1",
    "kind": "ResourceQuota",
    "metadata": {"name": "team"},
    "spec": {"hard": {"pods": "3"}},
}


@pytest.fixture
def half(tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path) -> Iterator[Service]:
    with service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as made:
        made.write(scaling={"replicas": 1})
        measured = replace(BENCH, model=MODEL, cpu_request_cores=0.2)
        (tmp_path / "bench.json").write_text(json.dumps(to_json(measured)))
        yield made


def recommend(half: Service, *words: str) -> JsonObject:
    done = half.run(f"autoscale recommend {half.folder / 'bench.json'}", *words, "-o", "json")
    assert done.returncode == 0, done.stderr
    value = json.loads(done.stdout)
    assert isinstance(value, dict)
    return value


def checks(answer: JsonObject) -> dict[str, JsonObject]:
    return {str(item["name"]): item for item in objects_at(answer, "checks")}


def test_the_recommendation_sees_the_cluster_and_becomes_its_autoscaler(half: Service) -> None:
    half.up()
    half.cluster.kubectl("--namespace", half.namespace, "apply", "-f", "-", stdin=json.dumps(QUOTA))

    answer = recommend(half, "--generate", "step:5,30,10m", "--write")

    assert checks(answer)["nodes"]["verdict"] in ("holds", "fails")
    assert "of 0.2 cores" in str(checks(answer)["nodes"]["text"])
    assert checks(answer)["quota"]["verdict"] == "fails"
    assert "ResourceQuota/team leaves pods 2" in str(checks(answer)["quota"]["text"])
    assert any("a pod starts in" in str(note) for note in list(answer["notes"] or []))  # type: ignore[arg-type]

    half.cluster.kubectl("--namespace", half.namespace, "delete", "resourcequota", "team")
    done = half.run("apply")
    assert done.returncode == 0, done.stderr
    scaling = object_at(answer, "scaling")
    scaler = half.objects("hpa.v2.autoscaling")[0]
    assert integer_at(scaler, "spec", "minReplicas") == scaling["min"]
    assert integer_at(scaler, "spec", "maxReplicas") == scaling["max"]
    target = object_at(objects_at(scaler, "spec", "metrics")[0], "resource", "target")
    assert [{"cpu": target["averageUtilization"]}] == scaling["metrics"]
    window = integer_at(scaler, "spec", "behavior", "scaleDown", "stabilizationWindowSeconds")
    assert window == integer_at(scaling, "behavior", "scaleDownWindowSeconds")
