"""Settings that hurt a service which serves, and what could not be looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.diagnose.evidences import SOUND, changed, codes_of, only, recorded
from tfk8s.manifest.evidence import Unread


def container(data: Any) -> Any:
    return data["deployment"]["spec"]["template"]["spec"]["containers"][0]


def test_a_cpu_limit_without_flags_for_threads_is_throttled() -> None:
    def drop(data: Any) -> None:
        container(data)["args"] = [word for word in container(data)["args"] if "threads" not in word]

    assert "--rest_api_num_threads, --grpc_max_threads" in only(changed(drop), "threads").fix


def test_without_a_limit_threads_that_follow_the_node_are_right() -> None:
    def unlimit(data: Any) -> None:
        container(data)["args"] = []
        container(data)["resources"]["limits"].pop("cpu")

    assert codes_of(changed(unlimit)) == []


def test_a_pod_that_does_not_drain_loses_requests() -> None:
    assert codes_of(changed(lambda data: container(data).pop("lifecycle"))) == ["no-drain"]


def test_a_bucket_that_is_listed_each_second_costs() -> None:
    def poll(data: Any) -> None:
        args = [word for word in container(data)["args"] if "poll" not in word]
        container(data)["args"] = [*args, "--model_base_path=gs://b/m"]

    assert "86400 paid operations a pod a day" in only(changed(poll), "poll-cost").cause


def test_a_bucket_that_is_listed_each_half_minute_is_let_be() -> None:
    def poll(data: Any) -> None:
        container(data)["args"].append("--model_base_path=gs://b/m")

    assert codes_of(changed(poll)) == []


def test_a_bucket_in_a_mounted_configuration_counts_too() -> None:
    def poll(data: Any) -> None:
        container(data)["args"] = [word for word in container(data)["args"] if "poll" not in word]
        text = 'model_config_list { config { name: "m" base_path: "gs://b/m" } }'
        data["objects"]["configMaps"] = [{"kind": "ConfigMap", "data": {"models.config": text}}]

    assert "gs://b/m" in only(changed(poll), "poll-cost").cause


def test_a_paused_deployment_says_how_it_goes_on() -> None:
    found = only(changed(lambda data: data["deployment"]["spec"].update(paused=True)), "paused")

    assert found.command == "kubectl -n doctor-healthy rollout resume deployment half"


def test_a_deployment_at_zero_is_told_unless_its_autoscaler_let_it_sleep() -> None:
    def scale(data: Any) -> None:
        data["deployment"]["spec"]["replicas"] = 0
        data.update(pods=[], endpointSlices=[], logs={})

    def sleep(data: Any) -> None:
        scale(data)
        spec = {"scaleTargetRef": {"name": "half"}, "minReplicaCount": 0}
        ready = {"type": "Ready", "status": "True"}
        data["scaledObject"] = {"kind": "ScaledObject", "spec": spec, "status": {"conditions": [ready]}}

    assert codes_of(changed(scale)) == ["no-replicas"]
    assert codes_of(changed(sleep)) == []


def test_grpc_behind_one_address_sticks_to_one_of_several_pods() -> None:
    def serve_grpc(data: Any) -> None:
        data["deployment"]["spec"]["replicas"] = 3
        data["service"]["spec"]["ports"].append({"name": "grpc", "port": 8500, "targetPort": 8500})

    assert "one of 3 pods" in only(changed(serve_grpc), "grpc-sticky").cause


def test_grpc_behind_a_headless_service_or_a_route_is_balanced() -> None:
    def balance(data: Any) -> None:
        data["deployment"]["spec"]["replicas"] = 3
        data["service"]["spec"]["ports"].append({"name": "grpc", "port": 8500, "targetPort": 8500})
        data["service"]["spec"]["clusterIP"] = "None"

    assert codes_of(changed(balance)) == []


def test_what_could_not_be_read_is_told_with_the_words_of_the_refusal() -> None:
    missing = (Unread(what="Node", why="nodes is forbidden"), Unread(what="Event", why="events is forbidden"))

    found = only(replace(recorded(SOUND), unread=missing), "unread")

    assert "Node, Event" in found.cause
    assert found.evidence == ("nodes is forbidden", "events is forbidden")
    assert found.command == "kubectl auth can-i --list -n doctor-healthy"


def test_a_service_that_is_not_there_is_told_alone() -> None:
    def remove(data: Any) -> None:
        data.update(deployment=None, service=None, pods=[], replicaSets=[], endpointSlices=[], logs={})

    assert codes_of(changed(remove)) == ["absent"]


WARM = "2026-11-29 18:34:50.6: I tensorflow_serving/servables/tensorflow/saved_model_warmup_util.cc:81] "
NO_WARM_UP = f"{WARM}No warmup data file found at /models/half_plus/1/assets.extra/tf_serving_warmup_requests"


@pytest.mark.parametrize(
    ("line", "scaler", "expected"),
    [
        (NO_WARM_UP, {"metadata": {"name": "half"}}, ["cold-start"]),
        (NO_WARM_UP, None, []),
        (f"{WARM}Finished reading warmup data", {"metadata": {"name": "half"}}, []),
    ],
)
def test_a_cold_start_matters_where_an_autoscaler_adds_pods(line: str, scaler: Any, expected: list[str]) -> None:
    def log(data: Any) -> None:
        data["scaler"] = scaler
        for pod in data["pods"]:
            data["logs"][pod["metadata"]["name"]] = [line]

    assert codes_of(changed(log)) == expected
