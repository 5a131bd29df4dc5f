"""What is said of services that were broken on the test cluster (tests/integration/record_failures.py)."""

from __future__ import annotations

from typing import Final

import pytest

from tests.integration.broken_servers import UNHURRIED_S
from tests.integration.failures import FAILURES
from tests.unit.diagnose.evidences import RECORDED, SOUND, codes_of, findings_of, only, recorded
from tfk8s.manifest.fields import condition_of, integer_at, objects_at, text_at, time_at

FOUND: Final = {
    SOUND: [],
    "no-version": ["model-versions"],
    "wrong-path": ["model-path"],
    "label": ["label"],
    "image-absent": ["image-pull"],
    "too-much-cpu": ["unschedulable"],
    "too-much-memory": ["unschedulable"],
    "no-gpu": ["unschedulable"],
    "wrong-node": ["unschedulable"],
    "out-of-memory": ["out-of-memory"],
    "probe-path": ["probe-path", "killed-by-probe"],
    "liveness-path": ["killed-by-probe"],
    "no-rest-port": ["rest-missing"],
    "port-clash": ["port-clash"],
    "bad-flag": ["flag-ignored"],
    "no-config": ["volume-mount"],
    "claim-missing": ["claim-missing"],
    "claim-pending": ["claim-pending"],
    "quota": ["quota"],
    "other-selector": ["service-selector"],
    "other-port": ["service-port"],
    "walled": ["policy-closed"],
    "budget": ["budget-blocks"],
    "balancer": ["balancer-pending"],
    "illegal-instruction": ["illegal-instruction"],
    "no-program": ["container-command"],
    "no-graph": ["model-partial"],
    "cut-graph": ["model-load", "load-retries"],
    "unknown-operation": ["missing-operation"],
    "bad-warm-up": ["warm-up"],
    "other-scheme": ["file-system"],
    "bad-value": ["bad-flag"],
    "bad-config": ["config-unread"],
    "volume-elsewhere": ["volume-zone"],
    "no-metric": ["autoscaler-metrics", "cold-start"],
    "two-autoscalers": ["two-autoscalers", "cold-start"],
    "many-for-grpc": ["grpc-sticky"],
    "small-disk": ["disk-full"],
    "evicted": ["evicted"],
    "no-threads": ["threads"],
    "no-drain": ["no-drain"],
    "paused": ["paused"],
    "no-pods": ["no-replicas"],
    "no-service": ["service-absent"],
    "no-class": ["ingress-class"],
    "no-secret": ["container-config"],
    "probe-port": ["probe-refused", "killed-by-probe"],
    "limits": ["pod-refused"],
    "crash": ["crash"],
    "crashed-once": ["restarts"],
    "impatient": ["killed-by-probe"],
    "slow": [],
}


def test_each_way_to_break_a_service_was_recorded_and_is_judged() -> None:
    assert {*FAILURES} | {SOUND} == {*FOUND} == {path.stem for path in RECORDED.glob("*.yaml")}


@pytest.mark.parametrize("name", FOUND)
def test_a_failure_is_found_and_nothing_else(name: str) -> None:
    assert codes_of(recorded(name)) == FOUND[name]


@pytest.mark.parametrize("name", [name for name in FOUND if name != SOUND])
def test_each_finding_quotes_what_the_cluster_or_the_server_said(name: str) -> None:
    for finding in findings_of(recorded(name)):
        assert finding.evidence
        assert finding.fix


WORDS: Final = [
    ("too-much-cpu", "unschedulable", "it requests 64, the largest node offers "),
    ("too-much-memory", "unschedulable", "it requests 1Ti, the largest node offers "),
    ("no-gpu", "unschedulable", "nvidia.com/gpu"),
    ("wrong-node", "unschedulable", "cloud.google.com/gke-nodepool=inference"),
    ("quota", "quota", "the quota broken has no room for a pod: it asks for requests.memory=1088Mi"),
    ("claim-missing", "claim-missing", "the claim models, which does not exist"),
    ("claim-pending", "claim-pending", "storage class fast"),
    ("no-rest-port", "rest-missing", "`command` of the container overrides"),
    ("probe-path", "probe-path", "startupProbe asks for /healthz, which a model server does not know (404)"),
    ("liveness-path", "killed-by-probe", "because the liveness probe fails"),
    ("bad-flag", "flag-ignored", "--enable_batchin"),
    ("no-program", "container-command", "no program /usr/bin/tensorflow_model_serverr"),
    ("other-selector", "service-selector", "app=half"),
    ("other-port", "service-port", "leads to 8080, and no container has that port"),
    ("walled", "policy-closed", "8501"),
    ("budget", "budget-blocks", "1 pods are there and 1 must stay"),
    ("illegal-instruction", "illegal-instruction", "exit code 132"),
    ("label", "label", "version 9 of half_plus"),
    ("no-graph", "model-partial", "a file of /models/half_plus/1 is missing"),
    ("two-autoscalers", "two-autoscalers", "HorizontalPodAutoscaler/half and HorizontalPodAutoscaler/other"),
    ("other-scheme", "file-system", "s3://"),
    ("unknown-operation", "missing-operation", "the operation AddV9"),
    ("bad-value", "bad-flag", "rest_api_num_threads"),
    ("probe-port", "probe-refused", "startupProbe"),
    ("impatient", "killed-by-probe", "because the startup probe fails"),
    ("crashed-once", "restarts", "was started again 1 time; it last ended with exit code 3"),
    ("evicted", "evicted", "it wrote more than 1Mi into its volume broken"),
    ("volume-elsewhere", "volume-zone", "its volume is in a zone, or on a node, where no node with room is"),
    ("no-class", "ingress-class", "there is no IngressClass absent"),
    ("cut-graph", "load-retries", "is tried again and again"),
]


@pytest.mark.parametrize(("name", "code", "words"), WORDS)
def test_the_cause_names_what_is_wrong(name: str, code: str, words: str) -> None:
    assert words in only(recorded(name), code).cause


def test_a_server_that_takes_two_minutes_to_start_is_neither_killed_nor_blamed() -> None:
    """K10.2."""
    (pod,) = recorded("slow").snapshot.pods
    (status,) = objects_at(pod, "status", "containerStatuses")
    began, served = time_at(status, "state", "running", "startedAt"), condition_of(pod, "Ready")
    since = time_at(served, "lastTransitionTime")

    assert began is not None
    assert since is not None
    assert (since - began).total_seconds() > UNHURRIED_S > 120
    assert (integer_at(status, "restartCount"), text_at(served, "status")) == (0, "True")
