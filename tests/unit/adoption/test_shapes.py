"""Files that people published, in their shapes: each becomes a spec that renders, and what was wrong is told."""

from __future__ import annotations

import pytest

from tests.unit.adoption.imports import SHAPES, imported, server, shape, told
from tfk8s.adoption import AdoptOptions
from tfk8s.check.schema import schema_findings
from tfk8s.manifest.release import NEWEST_MINOR
from tfk8s.render import RenderOptions, render
from tfk8s.spec import Autoscaled, ServiceSpec


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_renders_to_objects_of_the_newest_release(name: str) -> None:
    rendered = render(shape(name).spec, {}, options=RenderOptions(kubernetes_minor=NEWEST_MINOR))

    assert [str(finding) for finding in schema_findings(rendered.manifests, minor=NEWEST_MINOR)] == []


@pytest.mark.parametrize("name", ["seed", "shell"])
@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("apiVersion", "is gone from Kubernetes"),
        ("spec.selector", "there is no selector"),
        ("spec.template.spec.containers[0].image", "names no release"),
        ("spec.ports[0].port", "the gRPC port is open to the outside"),
        ("spec.template.spec.containers[0].resources", "no request for cpu and memory"),
    ],
)
def test_an_example_of_years_ago_is_told_each_of_its_five_points(name: str, field: str, words: str) -> None:
    notes = [note for note in shape(name).notes if note.field == field and words in note.message]

    assert [note.kind_text for note in notes] == ["unsafe"]


def test_names_selectors_and_the_single_nameless_port_are_kept() -> None:
    spec = shape("seed").spec

    assert (spec.existing.deployment, spec.existing.service) == ("resnet-deployment", "resnet-service")
    assert dict(spec.existing.selector) == {"app": "resnet-server"}
    assert dict(spec.existing.port_names) == {"grpc": ""}
    assert (spec.name, spec.model and spec.model.source) == ("resnet", "image:///models/resnet")


def test_an_image_can_be_named_in_place_of_one_without_a_release() -> None:
    found = shape("seed", options=AdoptOptions(image="registry.example.com/resnet:7"))

    assert found.spec.image.base == "registry.example.com/resnet:7"
    assert not [line for line in told(found) if "names no release" in line]


def test_ports_that_pods_listen_on_and_clients_use_are_kept() -> None:
    spec = shape("pipelines").spec

    assert dict(spec.existing.server_ports) == {"grpc": 9000, "rest": 8500}
    assert dict(spec.expose.service_ports) == {"grpc": 9000, "rest": 8500}
    assert dict(spec.existing.port_names) == {"grpc": "grpc-tf-serving", "rest": "http-tf-serving"}
    assert spec.model is not None
    assert spec.model.source == "gs://mnist-bucket/export"  # by a variable of the container
    assert spec.image.base == "tensorflow/serving:2.20.0"  # 1.11.1 has no answer that says whether a model is served


def test_models_batching_and_labels_come_out_of_a_config_map() -> None:
    found = shape("lab")
    spec: ServiceSpec = found.spec

    assert spec.model is not None
    assert (spec.model.name, spec.model.versions, dict(spec.model.labels)) == (
        "image_classifier",
        (1, 2),
        {"stable": 1, "canary": 2},
    )
    assert spec.serving.batching is not None
    assert (spec.serving.batching.max_batch_size, spec.serving.batching.timeout_micros) == (64, 2000)
    assert dict(spec.serving.flags) == {"rest_api_num_threads": 12, "tensorflow_intra_op_parallelism": 4}
    assert dict(spec.existing.service_selector) == {"app": "image-classifier"}
    assert isinstance(spec.scaling, Autoscaled)
    assert (spec.scaling.min, spec.scaling.max) == (1, 4)


def test_a_volume_and_an_ingress_of_an_old_api_are_understood() -> None:
    spec = shape("ingress").spec

    assert spec.model is not None
    assert (spec.model.name, spec.model.source) == ("half_plus_two", "pvc://models/half_plus_two")
    assert (spec.expose.type, spec.expose.hosts, spec.expose.ingress.class_name) == (
        "Ingress",
        ("half.example.com",),
        "nginx",
    )
    assert spec.existing.ingress == "half"


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("chart", ["initContainers[0]: lost", "affinity: lost", "env[1]: lost: TOKEN"]),
        ("lab", ["spec.replicas: unsafe", "metrics[1]: lost", "pad_variable_length_inputs", "grpc_max_message_size"]),
        ("ingress", ["hostNetwork: unsafe", "privileged: unsafe", "image: unsafe: tensorflow/serving:latest"]),
        ("pipelines", ["livenessProbe: unsafe", "requests.cpu: changed", "command[0]: changed"]),
    ],
)
def test_what_is_lost_or_was_dangerous_is_told_with_its_place(name: str, lines: list[str]) -> None:
    found = told(shape(name))

    assert [line for line in lines if not any(line in note for note in found)] == []
    assert all(note.startswith(f"{name}.yaml:") for note in found)


GUARDED = """\
---
apiVersion: v1
kind: Service
metadata: {name: resnet, annotations: {cloud.google.com/backend-config: '{"default": "iap"}'}}
spec: {selector: {app: resnet}, ports: [{port: 8501}]}
---
apiVersion: cloud.google.com/v1
kind: BackendConfig
metadata: {name: iap}
spec: {iap: {enabled: ON, oauthclientCredentials: {secretName: client}}}
"""


@pytest.mark.parametrize("is_on", [True, False])
def test_identity_aware_proxy_stays_on_by_its_own_object_and_is_told(is_on: bool) -> None:
    found = imported(server() + GUARDED.replace("ON", str(is_on).lower()))

    assert found.spec.expose.annotations["cloud.google.com/backend-config"] == '{"default": "iap"}'
    told_of = [note for note in told(found) if "Identity-Aware Proxy stays on" in note]
    assert len(told_of) == is_on
