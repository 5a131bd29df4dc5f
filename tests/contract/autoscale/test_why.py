"""What `autoscale why` says beside the real controller: the causes are those, and what is foretold comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from tests.contract.autoscale.scenes import SCENES, begin_all, begin_without_api, lose_api, take_api
from tests.contract.autoscale.situations import NAMESPACE, Stage, deployment, pods, scaler, stage
from tests.testbed import versions
from tfk8s.app.autoscale_why import Why, why
from tfk8s.app.service import ServiceName
from tfk8s.clock import SystemClock
from tfk8s.manifest.ownership import CANARY, workload_selector

pytestmark = [pytest.mark.control_plane, pytest.mark.xdist_group("autoscale why"), pytest.mark.timeout(600)]


def asked(made: Stage, name: str) -> Why:
    return why(ServiceName(name=name, namespace=NAMESPACE), cluster=made.cluster, clock=SystemClock())


@pytest.fixture(scope="module")
def told() -> Iterator[tuple[Stage, Mapping[str, Why]]]:
    """A stage where all situations have come about, and what is said of each."""
    with stage(versions.KUBERNETES_NEWEST) as made:
        begin_without_api(made)
        found = {"no-api": asked(made, "no-api")}
        take_api(made)
        begin_all(made)
        yield made, {**found, **{name: asked(made, name) for name in SCENES}}


@pytest.mark.parametrize("name", SCENES)
def test_the_cause_is_told_with_what_ends_it(name: str, told: tuple[Stage, Mapping[str, Why]]) -> None:
    found = told[1][name].explanation

    assert [each.code for each in found.troubles] == [code for code in (SCENES[name].trouble,) if code]
    assert all(each.fix and each.cause for each in found.troubles)


def test_without_a_metrics_api_why_says_that_it_is_missing(told: tuple[Stage, Mapping[str, Why]]) -> None:
    """K33.1: the real controller has no numbers, because nothing serves them."""
    (trouble,) = told[1]["no-api"].explanation.troubles

    assert trouble.code == "no-metrics-api"
    assert "metrics-server" in trouble.fix


def test_the_failed_condition_is_quoted(told: tuple[Stage, Mapping[str, Why]]) -> None:
    """K33.2: the words are the real controller's."""
    evidence = {name: told[1][name].explanation.troubles[0].evidence for name in ("no-request", "unready", "external")}

    assert "missing request for cpu in container server of Pod no-request-0" in " ".join(evidence["no-request"])
    assert "pods might be unready" in " ".join(evidence["unready"])
    assert "external.metrics.k8s.io" in " ".join(evidence["external"])


def test_pods_that_do_not_count_are_told_with_their_own_cause(told: tuple[Stage, Mapping[str, Why]]) -> None:
    (trouble,) = told[1]["unready"].explanation.troubles

    assert "Pod/unready-0: CrashLoopBackOff" in trouble.evidence


def test_the_bound_that_holds_is_named(told: tuple[Stage, Mapping[str, Why]]) -> None:
    found = told[1]["at-most"].explanation

    assert [hold.code for hold in found.holds] == ["TooManyReplicas"]
    assert (found.wanted, found.outlook.replicas) == (5, 3)
    assert found.metrics[0].computed.endswith("90 % / 60 % = 1.500, above 1.1: ceil(1.500 x 3 pods) = 5")


def test_the_window_that_holds_is_named_with_its_end(told: tuple[Stage, Mapping[str, Why]]) -> None:
    found = told[1]["stabilised"].explanation

    assert [hold.code for hold in found.holds] == ["ScaleDownStabilized"]
    assert (found.wanted, found.outlook.replicas, found.outlook.change_to) == (2, 4, 2)
    assert found.outlook.latest is not None
    left = (found.outlook.latest - found.taken_at).total_seconds()
    assert 270 <= left <= 330


def test_what_is_foretold_for_the_next_sync_comes(told: tuple[Stage, Mapping[str, Why]]) -> None:
    made, _ = told
    made.stub.cpu_milli.update({"steady-0": 120, "steady-1": 120})
    coming = asked(made, "steady").explanation.outlook.replicas

    made.await_scaler("steady", lambda body: body["status"]["desiredReplicas"] != 2, what="a rescale of steady")

    assert coming == 4
    assert made.scaler("steady")["status"]["desiredReplicas"] == 4
    made.await_event("steady", "SuccessfulRescale")
    (change,) = [each for each in asked(made, "steady").explanation.past if each.replicas is not None]
    assert (change.replicas, change.words) == (
        4,
        "to 4 pods: cpu resource utilization (percentage of request) above target",
    )


def test_an_api_whose_server_is_away_is_told_with_the_words_of_its_registration(
    told: tuple[Stage, Mapping[str, Why]],
) -> None:
    made, _ = told
    lose_api(made)
    try:
        made.await_reason("at-most", "FailedGetResourceMetric")
        (trouble,) = asked(made, "at-most").explanation.troubles
    finally:
        take_api(made)

    assert trouble.code == "metrics-api-unavailable"
    assert "ServiceNotFound" in trouble.evidence[0]


def test_crash_looping_pods_of_a_canary_change_nothing_that_the_stable_autoscaler_computes(
    told: tuple[Stage, Mapping[str, Why]],
) -> None:
    """K38.2: the same load with and without a canary whose pods crash: the same replicas, never a failed metric."""
    made, _ = told
    names = ("alone", "beside-canary")
    for name in names:
        labels = workload_selector(name)
        made.stub.cpu_milli.update({f"{name}-{index}": 60 for index in range(2)})
        made.put(deployment(name, 2, labels=labels), *pods(name, 2, labels=labels), scaler(name))
    labels = workload_selector("beside-canary", component=CANARY)
    made.put(*pods("beside-canary-canary", 3, labels=labels, is_ready=False, age_s=60))
    made.stub.cpu_milli.update({f"beside-canary-canary-{index}": 900 for index in range(3)})
    for name in names:
        made.await_reason(name, "DesiredWithinRange")
    before = [asked(made, name).explanation for name in names]

    made.stub.cpu_milli.update({f"{name}-{index}": 100 for name in names for index in range(2)})
    for name in names:
        made.await_scaler(name, lambda body: body["status"]["desiredReplicas"] == 4, what=f"four pods of {name}")

    assert before[0].metrics == before[1].metrics
    assert [each.current for each in before] == [2, 2]
    assert [each.troubles for each in before] == [(), ()]
