"""A node can be emptied: pods may be evicted one after the other, and the new ones know the labels."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.service import MODEL, PATIENCE_S, Service, service
from tests.testbed.fixtures import Cluster
from tests.testbed.process import wait_until
from tests.testbed.progress import SetupError
from tfk8s.manifest.fields import integer_at, text_at
from tfk8s.manifest.snapshot import is_leaving, is_ready

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]


@pytest.fixture
def half(tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path) -> Iterator[Service]:
    with service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as made:
        made.write(
            model={"name": MODEL, "source": f"./{MODEL}", "versions": [1, 2], "labels": {"stable": 1}},
            scaling={"replicas": 2},
            resources={"cpu": "50m"},
        )
        made.up()
        yield made


def ready(half: Service) -> set[str]:
    """Names of the pods that serve and stay."""
    pods = half.objects("pod")
    return {text_at(pod, "metadata", "name") for pod in pods if is_ready(pod) and not is_leaving(pod)}


def may_evict(half: Service) -> bool:
    """Whether the budget allows it; it is counted some time after pods became ready."""
    (budget,) = half.objects("poddisruptionbudgets")
    return integer_at(budget, "status", "disruptionsAllowed") == 1


def evict(half: Service, pod: str) -> None:
    """Ask for it as `kubectl drain` does, which would take the node from the tests beside this one."""
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": half.namespace}}
    path = f"/api/v1/namespaces/{half.namespace}/pods/{pod}/eviction"
    half.cluster.kubectl("create", "--raw", path, "-f", "-", stdin=json.dumps(eviction))


def test_every_pod_can_be_evicted_in_turn_and_the_new_ones_answer_to_the_labels_by_themselves(half: Service) -> None:
    """K12.3, K17.3."""
    first, second = sorted(ready(half))
    question = half.folder / "question.json"
    question.write_text('{"instances": [2.0]}')

    wait_until(lambda: may_evict(half), timeout_s=PATIENCE_S, what="the budget to allow the first eviction")
    evict(half, first)
    with pytest.raises(SetupError, match="disruption budget"):
        evict(half, second)
    wait_until(lambda: len(ready(half)) == 2, timeout_s=PATIENCE_S, what="a pod in place of the first")
    wait_until(lambda: may_evict(half), timeout_s=PATIENCE_S, what="the budget to allow the second eviction")
    evict(half, second)
    wait_until(lambda: len(ready(half)) == 2, timeout_s=PATIENCE_S, what="a pod in place of the second")

    assert ready(half).isdisjoint({first, second})
    answer = half.run("predict", str(question), "--label", "stable", "-o", "json")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["version"] == 1
