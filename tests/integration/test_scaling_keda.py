"""Scaling by what the server counts, for real: Prometheus reads the pods, KEDA asks it, the controller moves pods."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
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

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

WINDOW_S = 40
"""Over which the query takes its rate; a shorter one follows each stall of a busy machine, and the burst after it."""
CALM_S = 20
"""During which the highest wish wins before pods go."""
IDLE_S = 30
RATE_PER_S = 5
LOAD_S = 800
"""Longer than all that is waited for under it."""
EACH_PER_S = 2
NEEDED = 3
"""Pods: 5 predictions a second, 2 for each."""
USES = {"CPU": (0.0, 8.0), "Memory": (2.0**20, 2.0**32)}
"""Cores and bytes that a server which runs stays between; one that the kubelet looked at as it began is below."""


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

    quiet_s = seconds_until(is_quiet, what="no rate while probes count", half=half)
    alone = ready_pods(half)
    with clients(half, rate_per_s=RATE_PER_S, seconds=LOAD_S) as load:
        up_s = seconds_until(lambda: ready_pods(half) == NEEDED, what="pods for clients", half=half)
        seconds_until(
            lambda: EACH_PER_S * (NEEDED - 1) < (prometheus.number(rate) or 0.0) < RATE_PER_S * 1.1,
            what="the rate of the clients",
            half=half,
            seen=lambda: prometheus.number(rate),
        )
        drawn = panels(load_spec(half.spec))
        seconds_until(
            lambda: all(answered(panel, prometheus) for panel in drawn),
            what="a value in every line of the dashboard",
            half=half,
        )
        seconds_until(
            lambda: are_plausible(used(drawn, prometheus)),
            what="what each server uses",
            half=half,
            seen=lambda: used(drawn, prometheus),
        )
        watched = half.run(
            "status", "--html", str(half.spec.with_name("status.html")), "--interval", "10", "-o", "json"
        )
    down_s = seconds_until(lambda: len(server_pods(half)) == 1, what="one pod again", half=half)

    measured(request, {"quiet": quiet_s, "up": up_s, "down": down_s})
    assert alone == 1
    assert load.failures == []
    assert watched.returncode == 0, watched.stderr
    (look,) = json.loads(watched.stdout)["regions"].values()
    (rates,) = look["traffic"]["models"].values()
    assert 0 < rates["answeredPerSecond"] < RATE_PER_S * 3, "probes are not in it"
    assert rates["failedPerSecond"] == 0
    assert "The course" not in half.spec.with_name("status.html").read_text(), "of a single interval"


def answered(panel: Panel, prometheus: Prometheus) -> bool:
    """Whether each line of a dashboard's panel has a value."""
    return all(prometheus.query(query.promql) for query in panel.queries)


def used(drawn: Sequence[Panel], prometheus: Prometheus) -> list[tuple[str, float]]:
    """What the panels of the kubelet show now, whichever pods it is of."""
    queries = [(panel.title, query) for panel in drawn if panel.source == "kubelet" for query in panel.queries]
    return [(title, value) for title, query in queries for value in prometheus.query(query.promql).values()]


def are_plausible(shown: Sequence[tuple[str, float]]) -> bool:
    """Whether every panel shows something, and only what servers can be using."""
    return {title for title, _ in shown} == {*USES} and all(
        USES[title][0] < value < USES[title][1] for title, value in shown
    )


@pytest.mark.xdist_group("keda: zero")
def test_the_last_pod_goes_without_demand_and_the_first_comes_back_with_it(
    half: Service, prometheus: Prometheus, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    demand = Demand(half)
    demand.start(1)
    wake: JsonObject = {"query": demand.query, "above": 0, "idleSeconds": IDLE_S}
    write(half, prometheus, min=0, wake=wake, schedules=[around_now(2)])
    half.up()
    floor_s = seconds_until(lambda: ready_pods(half) == 2, what="the floor of this hour", half=half)
    write(half, prometheus, min=0, wake=wake)
    half.up()

    demand.is_now(0)
    gone_s = seconds_until(lambda: not server_pods(half), what="no pod", half=half)
    asleep = half.run("status", "-o", "json")
    demand.is_now(1)
    back_s = seconds_until(lambda: ready_pods(half) == 1, what="the first pod", half=half)
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

    seconds_until(lambda: finding() is not None, what="KEDA's complaint in status", half=half)

    why = half.run("autoscale why", "-o", "json")
    assert ready_pods(half) == 1
    assert why.returncode == 0, why.stderr
    assert "scaling.source.server" in " ".join(trouble["fix"] for trouble in json.loads(why.stdout)["troubles"])
