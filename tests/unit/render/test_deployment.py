from __future__ import annotations

from typing import Any

import pytest

from tests.unit.render.specs import body, config, container, flags, model, pod, rendered
from tfk8s.manifest import JsonValue
from tfk8s.manifest.fields import integer_at, object_at, objects_at, text_at, value_at
from tfk8s.manifest.ownership import CONFIG_HASH_ANNOTATION


def probe_path(**fields: Any) -> str:
    return text_at(container(rendered(info=model(1, 2, 3), **fields)), "readinessProbe", "httpGet", "path")


def test_readiness_asks_for_the_metadata_of_what_requests_get_by_default() -> None:
    source = "./models/resnet"

    assert probe_path() == "/v1/models/resnet/metadata"
    assert probe_path(model={"source": source, "versions": [1, 2]}) == "/v1/models/resnet/versions/2/metadata"
    labelled = {"source": source, "versions": [1, 2], "labels": {"canary": 2, "stable": 1}}
    assert probe_path(model=labelled) == "/v1/models/resnet/labels/stable/metadata"
    other = {"source": source, "versions": [1, 2], "labels": {"next": 2, "current": 1}}
    assert probe_path(model=other) == "/v1/models/resnet/labels/current/metadata"


def test_a_pod_is_out_of_the_endpoints_within_three_periods_and_nothing_kills_it_for_that() -> None:
    probe = object_at(container(rendered()), "readinessProbe")

    assert integer_at(probe, "failureThreshold") <= 3
    assert "livenessProbe" not in container(rendered())


def test_a_large_model_gets_a_longer_start_and_a_longer_deadline() -> None:
    small, large = rendered(), rendered(info=model(size_mib=8192))

    def budget_s(found: JsonValue) -> int:
        return integer_at(found, "periodSeconds") * integer_at(found, "failureThreshold")

    assert budget_s(container(small)["startupProbe"]) == 180
    budget = budget_s(container(large)["startupProbe"])
    assert budget > 2 * 8192 / 20
    assert integer_at(body(large, "Deployment"), "spec", "progressDeadlineSeconds") > budget
    assert large.rollout_timeout_s > budget
    assert small.rollout_timeout_s > 180


def test_the_drain_is_a_sleep_action_or_on_1_29_the_image_s_own_sleep() -> None:
    assert container(rendered(minor=30))["lifecycle"] == {"preStop": {"sleep": {"seconds": 15}}}
    old = rendered(minor=29)
    assert container(old)["lifecycle"] == {"preStop": {"exec": {"command": ["sleep", "15"]}}}
    reasons = [item.reason for item in old.explanations if item.path[-1:] == ("preStop",)]
    assert "Kubernetes 1.29 has no sleep action" in reasons[0]


def test_no_drain_means_no_hook_and_a_warning() -> None:
    found = rendered(lifecycle={"drainSeconds": 0})

    assert "lifecycle" not in container(found)
    assert "no-drain" in [warning.code for warning in found.warnings]


def test_the_grace_period_follows_the_longest_request() -> None:
    assert pod(rendered())["terminationGracePeriodSeconds"] == 50
    assert pod(rendered(serving={"requestTimeoutSeconds": 120}))["terminationGracePeriodSeconds"] == 140


@pytest.mark.parametrize(("cpu", "compute", "requests"), [("4", "4", "16"), ("500m", "1", "4"), ("1500m", "2", "8")])
def test_the_four_thread_flags_follow_the_cpu_limit(cpu: str, compute: str, requests: str) -> None:
    found = flags(rendered(resources={"cpu": cpu}))

    assert found["tensorflow_intra_op_parallelism"] == found["tensorflow_inter_op_parallelism"] == compute
    assert found["rest_api_num_threads"] == found["grpc_max_threads"] == requests


def test_the_users_flags_win() -> None:
    found = flags(rendered(serving={"flags": {"rest_api_num_threads": 3, "enable_profiler": True}}))

    assert found["rest_api_num_threads"] == "3"
    assert found["enable_profiler"] == "true"


def test_the_session_s_own_parallelism_takes_the_place_of_the_two_pools() -> None:
    found = flags(rendered(serving={"flags": {"tensorflow_session_parallelism": 4}}))

    assert "tensorflow_intra_op_parallelism" not in found
    assert found["tensorflow_session_parallelism"] == "4"


def test_flags_that_the_server_s_release_does_not_know_are_left_out() -> None:
    found = flags(rendered(base="tensorflow/serving:2.4.1"))

    assert "enable_profiler" not in found
    assert "grpc_max_threads" not in found
    assert "rest_api_num_threads" in found


def test_grpc_connections_are_renewed_only_when_grpc_is_exposed() -> None:
    assert "grpc_channel_arguments" not in flags(rendered())
    found = flags(rendered(expose={"ports": ["grpc"]}))
    assert found["grpc_channel_arguments"].startswith("grpc.max_connection_age_ms=10000")


def test_the_configuration_file_names_the_models_and_no_single_model_flag_is_left() -> None:
    found = rendered()

    assert flags(found)["model_config_file"] == "/etc/tfk8s/models.config"
    assert not {"model_name", "model_base_path"} & set(flags(found))
    mounts = {text_at(mount, "name"): mount for mount in objects_at(container(found), "volumeMounts")}
    assert mounts["config"] == {"name": "config", "mountPath": "/etc/tfk8s", "readOnly": True}
    assert 'base_path: "/models/resnet"' in config(found, "models.config")


def test_memory_is_computed_for_two_versions_and_requested_as_it_is_limited() -> None:
    resources = object_at(container(rendered(info=model(size_mib=1000))), "resources")

    assert resources["requests"] == resources["limits"]
    assert object_at(resources, "limits")["memory"] == "3712Mi"  # 768 + 2 x 1.2 x 1000 + 500, in steps of 64


@pytest.mark.parametrize(
    ("stated", "canonical"),
    [({"cpu": "1000m"}, "1"), ({"cpu": 0.5}, "500m"), ({"memory": "2048Mi"}, "2Gi"), ({"memory": "1.5Gi"}, "1536Mi")],
)
def test_quantities_are_written_as_the_api_server_writes_them(stated: dict[str, object], canonical: str) -> None:
    limits = object_at(container(rendered(resources=stated)), "resources", "limits")

    assert limits[next(iter(stated))] == canonical


def test_a_changed_configuration_changes_the_pods_and_nothing_else_does() -> None:
    def config_hash(**fields: Any) -> str:
        annotations = object_at(body(rendered(**fields), "Deployment"), "spec", "template", "metadata", "annotations")
        return text_at(annotations, CONFIG_HASH_ANNOTATION)

    assert config_hash() == config_hash(scaling={"replicas": 3}, expose={"ports": ["grpc"]})
    assert config_hash() != config_hash(serving={"monitoring": False})
    assert config_hash() != config_hash(model={"source": "./models/resnet", "versions": [1]})


def test_the_selector_is_the_same_for_any_image_version_and_label() -> None:
    plain = rendered()
    other = rendered(minor=37, image="other:2", labels={"team": "vision"}, annotations={"a": "b"})

    assert value_at(body(plain, "Deployment"), "spec", "selector") == value_at(
        body(other, "Deployment"), "spec", "selector"
    )


def test_a_gpu_brings_limit_toleration_image_and_a_strategy_that_frees_it_first() -> None:
    found = rendered(resources={"gpu": 1}, model={"source": "gs://bucket/m"}, **GOOGLE)

    assert object_at(container(found), "resources", "limits")["nvidia.com/gpu"] == "1"
    assert {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"} in objects_at(
        pod(found), "tolerations"
    )
    assert str(container(found)["image"]).endswith("-gpu")
    strategy = object_at(body(found, "Deployment"), "spec", "strategy", "rollingUpdate")
    assert strategy == {"maxSurge": 0, "maxUnavailable": 1}
    assert "gpu-gap" in [warning.code for warning in found.warnings]


def test_without_a_gpu_there_is_none_of_that() -> None:
    found = rendered()

    assert "nvidia.com/gpu" not in object_at(container(found), "resources", "limits")
    assert "tolerations" not in pod(found)
    strategy = object_at(body(found, "Deployment"), "spec", "strategy", "rollingUpdate")
    assert strategy == {"maxSurge": "25%", "maxUnavailable": 0}


def test_pods_ask_for_the_architecture_of_the_official_image() -> None:
    assert object_at(pod(rendered()), "nodeSelector") == {"kubernetes.io/arch": "amd64"}


GOOGLE: dict[str, Any] = {"serviceAccount": {"googleServiceAccount": "none"}}


def test_values_of_the_environment_are_text_and_arrive_verbatim() -> None:
    found = rendered(serving={"env": {"THREADS": "4", "DEBUG": "true", "PRICE": "$(X) $5"}})

    assert container(found)["env"] == [
        {"name": "DEBUG", "value": "true"},
        {"name": "PRICE", "value": "$$(X) $$5"},
        {"name": "THREADS", "value": "4"},
    ]
