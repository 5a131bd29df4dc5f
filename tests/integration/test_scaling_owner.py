"""Who counts the pods changes on a live service, with the real KEDA: each count that is ever stored is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.scaled import seconds_until
from tests.integration.service import Service, service
from tests.integration.watched import every_count
from tests.testbed.fixtures import Cluster
from tests.testbed.scaling.prometheus import Prometheus
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import object_at, text_at
from tfk8s.manifest.scalers import is_of_keda

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

PODS = 2


@pytest.fixture
def half(
    tmp_path: Path, namespace: str, server_image: str, models: Path, prometheus: Prometheus, keda: Cluster
) -> Iterator[Service]:
    del prometheus  # has to be there; where, says the spec
    with service(tmp_path, cluster=keda, namespace=namespace, image=server_image, models=models) as made:
        yield made


def autoscalers(half: Service) -> list[bool]:
    """Of each autoscaler there is: whether KEDA made it."""
    return [is_of_keda(item) for item in half.objects("horizontalpodautoscalers")]


def test_the_count_stays_between_a_fixed_number_kubernetes_and_keda(half: Service, prometheus: Prometheus) -> None:
    source: JsonObject = {"kind": "keda", "server": prometheus.server}
    still: JsonObject = {"scaleUp": {"select": "disabled"}}  # starting pods burn CPU, and their number is looked at
    fixed: JsonObject = {"replicas": PODS}
    kubernetes: JsonObject = {"min": PODS, "max": 4, "metrics": [{"cpu": 90}], "behavior": still}
    keda: JsonObject = {"min": PODS, "max": 4, "metrics": [{"requestsPerSecond": 50}], "source": source}

    def scale(by: JsonObject, expected: list[bool]) -> None:
        half.write(scaling=by, resources={"cpu": "50m"})
        half.up()
        seconds_until(lambda: autoscalers(half) == expected, what=f"autoscalers {expected}", half=half)

    scale(fixed, [])
    with every_count(half, ".spec.replicas") as counts:
        for by, expected in ((keda, [True]), (kubernetes, [False]), (keda, [True]), (fixed, [])):
            scale(by, expected)

    assert set(counts) == {PODS}
    assert half.objects("scaledobjects.keda.sh") == []
    (deployment,) = half.objects("deployments")
    assert object_at(deployment, "spec")["replicas"] == PODS
    assert text_at(deployment, "metadata", "name") == "half"


def test_a_service_that_keda_let_sleep_is_woken_by_a_plain_autoscaler(half: Service, prometheus: Prometheus) -> None:
    """It falls asleep as one does that had demand: what never had any is kept for as long as a start may take, too."""
    source: JsonObject = {"kind": "keda", "server": prometheus.server, "intervalSeconds": 5}

    def apply_with(demand: int) -> None:
        scaling: JsonObject = {"min": 0, "max": 4, "metrics": [{"requestsPerSecond": 50}], "source": source}
        scaling["wake"] = {"query": f"vector({demand})", "idleSeconds": 30}
        half.write(scaling=scaling, resources={"cpu": "50m"})
        half.up()

    def had_demand() -> bool:
        (scaled,) = half.objects("scaledobjects.keda.sh")
        return "lastActiveTime" in object_at(scaled, "status")

    def count() -> object:
        (deployment,) = half.objects("deployments")
        return object_at(deployment, "spec").get("replicas")

    apply_with(demand=1)
    seconds_until(had_demand, what="KEDA to see demand", half=half)
    apply_with(demand=0)
    seconds_until(lambda: count() == 0, what="no pod", half=half)
    again = half.run("apply")
    still: JsonObject = {"scaleUp": {"select": "disabled"}}  # the pod that starts burns CPU, and would call another one
    half.write(scaling={"min": 1, "max": 2, "metrics": [{"cpu": 90}], "behavior": still}, resources={"cpu": "50m"})
    woken = half.run("apply")

    assert again.returncode == 0, again.stderr
    assert "the service sleeps" in again.stderr
    assert woken.returncode == 0, woken.stderr
    assert count() == 1
