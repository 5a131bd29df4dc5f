"""Pods: probes, kills, volumes, evictions, pulls, what they were started with, what they ended of before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.unit.diagnose.evidences import changed, codes_of, only, recorded
from tfk8s.diagnose.pulls import pull_failure
from tfk8s.manifest.evidence import Evidence


def with_event(reason: str, words: str, *, of: str, last: str = "2999-01-01T00:00:00Z") -> Evidence:
    def tell(data: Any) -> None:
        involved = {"kind": "Pod", "name": data["pods"][0]["metadata"]["name"]}
        data["events"] = [
            {"type": "Warning", "reason": reason, "message": words, "involvedObject": involved, "lastTimestamp": last}
        ]

    return changed(tell, of=of)


REFUSED = 'Readiness probe failed: Get "http://10.0.0.1:9000/": dial tcp 10.0.0.1:9000: connect: connection refused'


def test_a_probe_that_asks_where_nobody_listens_is_told_of_a_server_that_runs() -> None:
    def with_rest(data: Any) -> None:
        (lines,) = data["logs"].values()
        lines.append(
            "2026-01-01 00:00:01.0: I tensorflow_serving/model_servers/server.cc] Running gRPC ModelServer at x"
        )
        lines.append(
            "2026-01-01 00:00:01.0: I tensorflow_serving/model_servers/server.cc] Exporting HTTP/REST API at: y"
        )
        involved = {"kind": "Pod", "name": data["pods"][0]["metadata"]["name"]}
        event = {"type": "Warning", "reason": "Unhealthy", "message": REFUSED, "involvedObject": involved}
        data["events"] = [{**event, "lastTimestamp": "2026-01-01T00:01:00Z"}]

    assert "probe-refused" in codes_of(changed(with_rest, of="no-version"))


def test_a_probe_that_fails_while_the_model_loads_is_no_fault() -> None:
    assert "probe-refused" not in codes_of(with_event("Unhealthy", REFUSED, of="no-version"))


def test_a_refusal_from_before_the_server_served_is_no_fault() -> None:
    found = codes_of(with_event("Unhealthy", REFUSED, of="no-rest-port", last="2026-01-01T00:00:00Z"))

    assert found == []


def test_a_server_that_answers_a_probe_too_late_is_told_with_the_time_it_had() -> None:
    words = "Startup probe failed: Get x: context deadline exceeded (Client.Timeout exceeded while awaiting headers)"

    assert "waits 5 s" in only(with_event("Unhealthy", words, of="no-rest-port"), "probe-slow").cause


def test_a_404_of_a_model_that_is_not_served_yet_is_no_wrong_path() -> None:
    words = "Startup probe failed: HTTP probe failed with statuscode: 404"

    assert "probe-path" not in codes_of(with_event("Unhealthy", words, of="no-version"))


@pytest.mark.parametrize(
    ("reason", "words", "code"),
    [
        ("FailedAttachVolume", "Multi-Attach error for volume pv-1: already used by another node", "volume-attached"),
        ("FailedMount", 'MountVolume.SetUp failed for volume "c" : secret "s" not found', "volume-mount"),
    ],
)
def test_a_volume_that_does_not_come_is_told(reason: str, words: str, code: str) -> None:
    assert code in codes_of(with_event(reason, words, of="no-config"))


def test_a_mount_that_failed_before_the_container_ran_is_over() -> None:
    words = 'MountVolume.SetUp failed for volume "c" : secret "s" not found'

    assert "volume-mount" not in codes_of(with_event("FailedMount", words, of="no-version"))


def test_a_container_that_a_probe_has_killed_before_will_be_killed_again() -> None:
    found = only(recorded("probe-path"), "killed-by-probe")

    assert found.is_final


def test_a_pod_that_is_ready_between_kills_is_told_of_them_and_is_no_failed_rollout() -> None:
    def be_ready(data: Any) -> None:
        for condition in data["pods"][0]["status"]["conditions"]:
            condition["status"] = "True"

    assert not only(changed(be_ready, of="liveness-path"), "killed-by-probe").is_final


@pytest.mark.parametrize(("age_s", "final"), [(30, False), (90, True)])
def test_what_is_to_be_mounted_has_a_minute_to_be_made(age_s: int, final: bool) -> None:
    def age(data: Any) -> None:
        at = datetime.fromisoformat(data["takenAt"]) - timedelta(seconds=age_s)
        data["pods"][0]["status"]["startTime"] = at.isoformat()

    assert only(changed(age, of="no-config"), "volume-mount").is_final is final


def test_an_evicted_pod_says_what_its_node_was_short_of() -> None:
    def evict(data: Any) -> None:
        status = data["pods"][0]["status"]
        status["reason"] = "Evicted"
        status["message"] = "The node was low on resource: ephemeral-storage. Threshold quantity: 1Gi"

    found = only(changed(evict, of="no-version"), "evicted")

    assert "ephemeral-storage" in found.cause
    assert " describe pod " in found.command


def restart(data: Any, reason: str, code: int) -> None:
    status = data["pods"][0]["status"]["containerStatuses"][0]
    status["restartCount"] = 2
    status["lastState"] = {"terminated": {"reason": reason, "exitCode": code, "finishedAt": "2026-01-01T00:00:00Z"}}


@pytest.mark.parametrize(
    ("reason", "number", "code"), [("OOMKilled", 137, "out-of-memory-before"), ("Error", 139, "restarts")]
)
def test_a_pod_that_serves_again_still_says_how_it_ended(reason: str, number: int, code: str) -> None:
    found = only(changed(lambda data: restart(data, reason, number)), code)

    assert "2 times" in found.cause
    assert "--previous" in found.command


PULLS = [
    ("eu.gcr.io/p/resnet:1", "403 Forbidden", "registry-gone"),
    ("gcr.io/distroless/base", "403 Forbidden", "image-forbidden"),
    ("r.example/m:1", "dial tcp: lookup r.example on 10.0.0.1:53: server misbehaving", "registry-dns"),
    ("r.example/m:1", "x509: certificate signed by unknown authority", "registry-tls"),
    ("r.example/m:1", "i/o timeout", "image-pull"),
]


@pytest.mark.parametrize(("image", "words", "code"), PULLS)
def test_a_pull_that_fails_says_of_what(image: str, words: str, code: str) -> None:
    assert pull_failure(image, reason="ImagePullBackOff", words=words, place="Pod/p").code == code
