"""Scaling by what the server counts, for real: Prometheus reads the pods, KEDA asks it, the controller moves pods."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from tests.integration.scaled import Demand, clients, query_of, ready_pods, seconds_until, server_pods
from tests.integration.service import Service, service
from tests.testbed.fixtures import Cluster
from tests.testbed.scaling.prometheus import Prometheus
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.render.panels import Panel, panels
from tfk8s.spec import load_spec

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(480)]

WINDOW_S = 40
"""Over which the query takes its rate; a shorter one follows each stall of a busy machine, and the burst after it."""
CALM_S = 20
"""During which the highest wish wins before pods go."""
IDLE_S = 30
RATE_PER_S = 5
EACH_PER_S = 2
NEEDED = 3
"""Pods: 5 predictions a second, 2 for each."""


@pytest.fixture
def half(
    tmp_path: Path, namespace: str, server_image: str, models: Path, prometheus: Prometheus, keda: Cluster
) -> Iterator[Service]:
    del prometheus  # has to be there; where, says the spec
    with service(tmp_path, cluster=keda, namespace=namespace, image=server_image, models=models) as made:
        yield made


def write(half: Service, prometheus: Prometheus, **changes: JsonValue) -> None:
    """Write a spec that scales by requests, and follows at once."""
    scaling: JsonObject = {
        "min": 1,
        "max": 4,
        "metrics": [{"requestsPerSecond": EACH_PER_S}],
        "source": {"kind": "keda", "server": prometheus.server, "intervalSeconds": 5, "windowSeconds": WINDOW_S},
        "behavior": {"scaleDownWindowSeconds": CALM_S, "scaleDown": {"policies": [{"percent": 100, "seconds": 5}]}},
        **changes,
    }
    half.write(scaling=scaling, resources={"cpu": "100m"})


def measured(request: pytest.FixtureRequest, seconds: dict[str, float]) -> None:
    """Keep how long each step took, for docs/scaling.md: `--junit-xml` shows it."""
    request.node.user_properties.append(("seconds", {step: round(value, 1) for step, value in seconds.items()}))


def around_now(pods: int) -> JsonObject:
    """A floor from an hour ago, or a little more, to the hour after the next."""
    hour = datetime.now(timezone.utc).hour
    return {"start": f"0 {(hour - 1) % 24} * * *", "end": f"0 {(hour + 2) % 24} * * *", "min": pods}


@pytest.mark.xdist_group("keda: requests")
def test_pods_follow_the_predictions_of_clients_and_no_probe(
    half: Service, prometheus: Prometheus, request: pytest.FixtureRequest
) -> None:
    """K09.3."""
    write(half, prometheus)
    half.up()
    rate = query_of(half, "requests-per-second")
    counted = f'sum(increase({{__name__=":tensorflow:serving:request_count",namespace="{half.namespace}"}}[30s]))'

    def is_quiet() -> bool:
        return prometheus.number(rate) == 0 and (prometheus.number(counted) or 0) > 0

    quiet_s = seconds_until(is_quiet, what="no rate while probes count", half=half, timeout_s=WINDOW_S + 30)
    alone = ready_pods(half)
    with clients(half, rate_per_s=RATE_PER_S, seconds=WINDOW_S + 120) as load:
        up_s = seconds_until(
            lambda: ready_pods(half) == NEEDED, what="pods for clients", half=half, timeout_s=WINDOW_S + 110
        )
        seen = prometheus.number(rate) or 0.0
        drawn = panels(load_spec(half.spec))
        seconds_until(
            lambda: all(answered(panel, prometheus) for panel in drawn),
            what="a value in every line of the dashboard",
            half=half,
            timeout_s=60,
        )
        used = {panel.title: values_of(panel, prometheus) for panel in drawn if panel.source == "kubelet"}
        watched = half.run("status", "--html", str(half.spec.with_name("status.html")), "--interval", "3", "-o", "json")
    down_s = seconds_until(
        lambda: len(server_pods(half)) == 1, what="one pod again", half=half, timeout_s=WINDOW_S + CALM_S + 60
    )

    measured(request, {"quiet": quiet_s, "up": up_s, "down": down_s})
    assert alone == 1
    assert load.failures == []
    assert EACH_PER_S * (NEEDED - 1) < seen < RATE_PER_S * 1.1
    assert all(0 < cores < 8 for cores in used["CPU"])
    assert all(2**20 < held < 2**32 for held in used["Memory"])
    assert watched.returncode == 0, watched.stderr
    (look,) = json.loads(watched.stdout)["regions"].values()
    (rates,) = look["traffic"]["models"].values()
    assert 0 < rates["answeredPerSecond"] < RATE_PER_S * 3, "probes are not in it"
    assert rates["failedPerSecond"] == 0
    assert "The course" not in half.spec.with_name("status.html").read_text(), "of a single interval"


def answered(panel: Panel, prometheus: Prometheus) -> bool:
    """Whether each line of a dashboard's panel has a value."""
    return all(prometheus.query(query.promql) for query in panel.queries)


def values_of(panel: Panel, prometheus: Prometheus) -> list[float]:
    """The values of a panel's lines now, whichever pods they are of."""
    return [value for query in panel.queries for value in prometheus.query(query.promql).values()]


@pytest.mark.xdist_group("keda: zero")
def test_the_last_pod_goes_without_demand_and_the_first_comes_back_with_it(
    half: Service, prometheus: Prometheus, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    demand = Demand(half)
    demand.start(1)
    wake: JsonObject = {"query": demand.query, "above": 0, "idleSeconds": IDLE_S}
    write(half, prometheus, min=0, wake=wake, schedules=[around_now(2)])
    half.up()
    floor_s = seconds_until(lambda: ready_pods(half) == 2, what="the floor of this hour", half=half, timeout_s=120)
    write(half, prometheus, min=0, wake=wake)
    half.up()

    demand.is_now(0)
    gone_s = seconds_until(lambda: not server_pods(half), what="no pod", half=half, timeout_s=WINDOW_S + IDLE_S + 60)
    asleep = half.run("status", "-o", "json")
    demand.is_now(1)
    back_s = seconds_until(lambda: ready_pods(half) == 1, what="the first pod", half=half, timeout_s=120)
    (tmp_path / "q.json").write_text("[2.0]")
    answer = half.run("predict", str(tmp_path / "q.json"), "-o", "json")

    measured(request, {"floor": floor_s, "gone": gone_s, "back": back_s})
    assert asleep.returncode == 0, asleep.stdout + asleep.stderr
    assert json.loads(asleep.stdout)["autoscaler"]["desired"] == 0
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["outputs"] == {"y": [3.0]}


@pytest.mark.xdist_group("keda: no answer")
def test_a_prometheus_that_does_not_answer_moves_no_pod_and_status_and_why_say_so(
    half: Service, prometheus: Prometheus
) -> None:
    absent = prometheus.server.replace(":9090", ":9099")
    write(half, prometheus, source={"kind": "keda", "server": absent})
    half.up()

    def finding() -> JsonObject | None:
        findings = json.loads(half.run("status", "-o", "json").stdout)["findings"]
        return next((each for each in findings if each["code"] == "scaled-object"), None)

    seconds_until(lambda: finding() is not None, what="KEDA's complaint in status", half=half, timeout_s=120)

    why = half.run("autoscale why", "-o", "json")
    assert ready_pods(half) == 1
    assert why.returncode == 0, why.stderr
    assert "scaling.source.server" in " ".join(trouble["fix"] for trouble in json.loads(why.stdout)["troubles"])
