"""What is rendered, and what is refused, where the manifests of others went wrong."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.unit.model.savedmodels import Version
from tests.unit.render.specs import body, config, container, flags, model, of_kind, pod, rendered
from tfk8s.app.local_run import local_run
from tfk8s.app.rendering import read_models
from tfk8s.errors import InputError
from tfk8s.manifest.fields import integer_at, object_at, objects_at, text_at
from tfk8s.manifest.ownership import service_selector, workload_selector
from tfk8s.render import Rendered, render
from tfk8s.spec import ModelSpec, ServiceSpec

BUCKET: dict[str, Any] = {
    "model": {"source": "gs://bucket/m"},
    "serviceAccount": {"googleServiceAccount": "none"},
    "resources": {"memory": "4Gi"},
}
SEVERAL: dict[str, Any] = {"model": None, "models": [{"name": name, "source": f"./{name}"} for name in ("a", "b")]}
LABELLED: dict[str, Any] = {"model": {"source": "./models/resnet", "versions": [1], "labels": {"stable": 1}}}
SHAPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "bucket": BUCKET,
    "several models": SEVERAL,
    "labels": LABELLED,
    "grpc alone": {"expose": {"ports": ["grpc"]}},
    "gpu": {**BUCKET, "resources": {"memory": "4Gi", "gpu": 1}},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_probe_asks_for_what_an_available_model_alone_answers(shape: str) -> None:
    """K09.1."""
    server = container(rendered(**SHAPES[shape]))

    for name in ("startupProbe", "readinessProbe"):
        probe = object_at(server, name)
        assert {"tcpSocket", "exec", "grpc"}.isdisjoint(probe)
        assert text_at(probe, "httpGet", "path").endswith("/metadata")
    assert "livenessProbe" not in server


@pytest.mark.parametrize("metrics", [[{"cpu": 60}], [{"memory": 80}], [{"cpu": 60}, {"memory": 80}]])
def test_scaling_looks_at_nothing_that_probe_traffic_could_move(metrics: list[dict[str, int]]) -> None:
    """K09.3: the server counts probes as requests, so the autoscaler may not look at a rate of requests."""
    scaler = body(rendered(scaling={"min": 1, "max": 5, "metrics": metrics}), "HorizontalPodAutoscaler")

    assert {text_at(metric, "type") for metric in objects_at(scaler, "spec", "metrics")} == {"Resource"}


@pytest.mark.parametrize(("shape", "size_mib"), [*product(["plain", "several models", "labels"], [1, 500, 20_000])])
def test_nobody_gives_up_before_the_slowest_start_is_over(shape: str, size_mib: int) -> None:
    """K10.1, K10.3: the kubelet waits, then the Deployment, then the default of `--timeout`."""
    found = rendered(info=model(size_mib=size_mib), **SHAPES[shape])
    probe = object_at(container(found), "startupProbe")
    start_s = integer_at(probe, "periodSeconds") * integer_at(probe, "failureThreshold")

    assert start_s >= 150
    assert integer_at(body(found, "Deployment"), "spec", "progressDeadlineSeconds") > start_s
    assert found.rollout_timeout_s > start_s


@pytest.mark.parametrize("shape", ["plain", "several models", "labels"])
def test_models_are_named_in_a_mounted_folder_and_in_no_flag(shape: str) -> None:
    """K11.4: a subPath mount would never see a change."""
    found = rendered(**SHAPES[shape])
    (mount,) = [one for one in objects_at(container(found), "volumeMounts") if one["name"] == "config"]
    (volume,) = [one for one in objects_at(pod(found), "volumes") if one["name"] == "config"]

    assert "subPath" not in mount
    assert flags(found)["model_config_file"] == f"{mount['mountPath']}/models.config"
    assert text_at(volume, "configMap", "name") == text_at(body(found, "ConfigMap"), "metadata", "name")
    assert {"model_name", "model_base_path"}.isdisjoint(flags(found))
    names = ["a", "b"] if shape == "several models" else ["resnet"]
    assert [f'name: "{name}"' in config(found, "models.config") for name in names] == [True] * len(names)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_container_runs_the_images_own_entrypoint_with_flags_alone(shape: str) -> None:
    """K11.1."""
    server = container(rendered(**SHAPES[shape]))

    assert "command" not in server
    arguments = server["args"]
    assert isinstance(arguments, list)
    assert all(str(argument).startswith("--") and "=" in str(argument) for argument in arguments)


KINDS = {
    "Namespace",
    "ServiceAccount",
    "ConfigMap",
    "Service",
    "Deployment",
    "HorizontalPodAutoscaler",
    "PodDisruptionBudget",
    "NetworkPolicy",
}


@pytest.mark.parametrize("expose", [{}, {"type": "LoadBalancer"}, {"type": "NodePort", "ports": ["rest", "grpc"]}])
def test_a_kind_cluster_gets_no_object_of_a_cloud(expose: dict[str, Any]) -> None:
    """K21.2."""
    cluster = {"provider": "kind", "name": "demo"}
    found = rendered(cluster=cluster, expose=expose, scaling={"min": 2, "max": 5}, namespace="a", createNamespace=True)

    assert {manifest.ref.kind for manifest in found.manifests} == KINDS
    services = [manifest.body for manifest in of_kind(found, "Service")]
    assert all(object_at(service, "metadata", "annotations") == {} for service in services)


def drain_of(found: Rendered) -> int:
    return integer_at(container(found), "lifecycle", "preStop", "sleep", "seconds")


@pytest.mark.parametrize("expose", [{}, {"ports": ["rest", "grpc"]}])
def test_a_pod_drains_before_it_ends_and_ends_within_a_minute(expose: dict[str, Any]) -> None:
    """K20.1."""
    found = rendered(expose=expose)

    assert 0 < drain_of(found) < integer_at(pod(found), "terminationGracePeriodSeconds") <= 60


def test_the_selector_holds_no_release_of_anything() -> None:
    """K18.1: neither tfk8s, the server nor the model has a say in it, so no upgrade of one can change it."""
    plain = rendered()
    other = rendered(base="tensorflow/serving:2.14.1", info=model(7, tensorflow="2.14.0"), labels={"version": "7"})

    selectors = {str(object_at(body(found, "Deployment"), "spec", "selector")) for found in (plain, other)}
    assert selectors == {str({"matchLabels": dict(sorted(workload_selector("resnet").items()))})}
    assert service_selector("resnet").items() < workload_selector("resnet").items()


@pytest.mark.parametrize("metadata", ["labels", "annotations"])
def test_what_the_user_adds_to_every_object_is_on_every_object_and_text(metadata: str) -> None:
    """K13.1."""
    fields: dict[str, Any] = {metadata: {"build": "007", "on": "true"}}
    found = rendered(scaling={"min": 2, "max": 3}, **fields)

    for manifest in found.manifests:
        values = object_at(manifest.body, "metadata", metadata)
        assert {"build": "007", "on": "true"}.items() <= values.items()
        assert all(isinstance(value, str) for value in values.values())


def of_padded(folder: Path, **fields: Any) -> ServiceSpec:
    Version().write(folder / "m" / "00000123")
    return ServiceSpec(api_version="tfk8s.dev/v1", name="m", model=ModelSpec(name="m", source="m", **fields))


def run_here(spec: ServiceSpec, folder: Path) -> None:
    local_run(spec, render(spec, read_models(spec, base=folder)).manifests, base=folder)


def test_serve_takes_a_padded_version_unless_it_has_to_be_asked_for_by_name(tmp_path: Path) -> None:
    """K02.3: the server looks for a named version without zeros; in an image it is stored that way."""
    run_here(of_padded(tmp_path), tmp_path)
    run_here(of_padded(tmp_path, versions="all"), tmp_path)

    for named in ({"versions": [123]}, {"labels": {"stable": 123}}):
        with pytest.raises(InputError, match=r"looks for .*m/123") as refusal:
            run_here(of_padded(tmp_path, **named), tmp_path)
        assert "00000123" in str(refusal.value.hint)


@pytest.mark.parametrize("host", ["gcr.io", "eu.gcr.io"])
def test_an_image_of_the_registry_that_was_shut_down_is_a_warning_with_the_new_place(host: str) -> None:
    """K08.1."""
    (warning,) = [one for one in rendered(image=f"{host}/p/x:1").warnings if one.code == "registry-closed"]

    assert f"{host}/p/x:1" in warning.message
    assert "LOCATION-docker.pkg.dev" in (warning.hint or "")
    assert "registry-closed" not in [one.code for one in rendered(image="us-docker.pkg.dev/p/r/x:1").warnings]
