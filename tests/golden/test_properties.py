from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest
from google.protobuf import text_format
from google.protobuf.struct_pb2 import Struct
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.golden.strategies import spec_of, specs, texts
from tfk8s.check import CheckFinding, Level, policy_findings
from tfk8s.check.schema import schema_findings
from tfk8s.check.servers import Server, server_findings
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, Manifest
from tfk8s.manifest.fields import object_at, objects_at, text_at
from tfk8s.manifest.order import apply_rank
from tfk8s.manifest.ownership import PORTS_ANNOTATION
from tfk8s.manifest.release import NEWEST_MINOR, OLDEST_MINOR
from tfk8s.manifest.scalers import counts
from tfk8s.manifest.yaml import load_documents
from tfk8s.render import Rendered, RenderOptions, render
from tfk8s.render.keda import ANNOTATIONS
from tfk8s.spec import Autoscaled, ServiceSpec, object_names

thorough = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def deployment_of(rendered: Rendered) -> Manifest:
    return next(manifest for manifest in rendered.manifests if manifest.ref.kind == "Deployment")


def container_of(rendered: Rendered) -> JsonObject:
    return objects_at(deployment_of(rendered).body, "spec", "template", "spec", "containers")[0]


def own_annotations(spec: ServiceSpec) -> dict[tuple[str, str], Mapping[str, str]]:
    """Annotations of one object alone, which win over those of all objects."""
    named = object_names(spec)
    return {
        ("Service", named.service): spec.expose.annotations,
        ("ServiceAccount", spec.service_account.name): spec.service_account.annotations,
        ("Ingress", named.ingress): spec.expose.ingress.annotations,
        ("Gateway", spec.name): spec.expose.gateway.annotations,
        ("ScaledObject", spec.name): ANNOTATIONS,
    }


def _errors(rendered: Rendered, spec: ServiceSpec) -> list[CheckFinding]:
    deployments = [item.ref for item in rendered.manifests if item.ref.kind == "Deployment"]
    servers = dict.fromkeys(deployments, Server(container=0, release=spec.server_release))
    found = (
        *policy_findings(rendered.manifests, kept=spec.existing.selector),
        *server_findings(rendered.manifests, servers=servers),
    )
    return [finding for finding in found if finding.level is Level.ERROR]


def kubelet_value(text: str) -> str:
    """What the container gets of a text in which every dollar must be doubled."""
    assert "$" not in text.replace("$$", "")
    return text.replace("$$", "$")


@thorough
@given(specs, st.sampled_from([OLDEST_MINOR, NEWEST_MINOR]))
def test_any_valid_spec_renders_to_valid_objects(spec: ServiceSpec, minor: int) -> None:
    rendered = render(spec, {}, options=RenderOptions(kubernetes_minor=minor))

    assert [str(finding) for finding in schema_findings(rendered.manifests, minor=minor)] == []
    assert [str(found) for found in _errors(rendered, spec)] == []


@thorough
@given(specs)
def test_what_is_written_is_what_was_meant_and_nothing_more(spec: ServiceSpec) -> None:
    rendered = render(spec, {})

    text = "---\n".join(rendered.text_of(manifest) for manifest in rendered.manifests)
    read = [document.value for document in load_documents(text, source="rendered")]
    assert read == [manifest.body for manifest in rendered.manifests]
    assert text == "---\n".join(rendered.text_of(manifest) for manifest in render(spec, {}).manifests)


@thorough
@given(specs)
def test_hostile_texts_arrive_verbatim_and_in_their_place(spec: ServiceSpec) -> None:
    rendered = render(spec, {})

    container = container_of(rendered)
    environment = {
        text_at(variable, "name"): kubelet_value(text_at(variable, "value"))
        for variable in objects_at(container, "env")
    }
    assert environment == dict(spec.serving.env)
    for manifest in rendered.manifests:
        own = own_annotations(spec).get((manifest.ref.kind, manifest.ref.name), {})
        told = object_at(manifest.body, "metadata", "annotations")
        assert {key: text for key, text in told.items() if key != PORTS_ANNOTATION} == {**spec.annotations, **own}
        assert spec.labels.items() <= object_at(manifest.body, "metadata", "labels").items()
    arguments = container["args"]
    assert isinstance(arguments, list)
    flags = dict(kubelet_value(str(argument))[2:].split("=", 1) for argument in arguments)
    assert len(flags) == len(arguments)
    for name, value in spec.serving.flags.items():
        assert flags[name] == (json.dumps(value) if isinstance(value, bool) else str(value))


@thorough
@given(specs)
def test_every_argument_is_one_flag_that_occurs_once(spec: ServiceSpec) -> None:
    arguments = container_of(render(spec, {}))["args"]

    assert isinstance(arguments, list)
    assert all(isinstance(argument, str) and re.match(r"--[a-z_]+=", argument) for argument in arguments)
    names = [str(argument).partition("=")[0] for argument in arguments]
    assert len(names) == len(set(names))
    moved = {"--port", "--rest_api_port"} if spec.existing.server_ports else set()
    assert {"--model_name", "--model_base_path", "--port", "--rest_api_port"} & set(names) == moved


def _as_struct(text: str) -> list[str]:
    """The quoted strings of a text proto, read by the real parser one by one."""
    return [
        text_format.Parse(f"fields {{ key: {literal} }}", Struct()).fields.popitem()[0]
        for literal in re.findall(r'"(?:[^"\\\n]|\\.)*"', text)
    ]


@thorough
@given(specs)
def test_the_models_file_names_every_model_and_its_path_and_nothing_else(spec: ServiceSpec) -> None:
    rendered = render(spec, {})

    config = next(manifest for manifest in rendered.manifests if manifest.ref.kind == "ConfigMap")
    text = text_at(config.body, "data", "models.config")
    strings = _as_struct(text)
    expected: list[str] = []
    for model in spec.served_models:
        source = model.source.rstrip("/")
        inside = model.source.removeprefix("image://").rstrip("/")
        path = {"gs:": source, "pvc": f"/volumes/{model.source[6:].strip('/')}", "ima": inside}.get(model.source[:3])
        path = re.sub(r"^(/volumes/[^/]+)/+", r"\1/", path) if path else f"/models/{model.name}"
        labelled = sorted(model.labels)
        expected += [model.name, path, "tensorflow", *labelled]
    assert strings == expected
    assert text.count("config {") == len(spec.served_models)


@thorough
@given(specs)
def test_replicas_and_the_autoscaler_exclude_each_other(spec: ServiceSpec) -> None:
    rendered = render(spec, {})

    scaled = any(counts(manifest.ref) for manifest in rendered.manifests)
    assert scaled == isinstance(spec.scaling, Autoscaled)
    assert scaled != ("replicas" in object_at(deployment_of(rendered).body, "spec"))


@thorough
@given(specs)
def test_objects_are_named_once_in_the_spec_s_namespace_and_in_apply_order(spec: ServiceSpec) -> None:
    refs = [manifest.ref for manifest in render(spec, {}).manifests]

    assert len(set(refs)) == len(refs)
    assert all(ref.namespace == spec.namespace for ref in refs if ref.kind != "Namespace")
    assert [apply_rank(ref) for ref in refs] == sorted(apply_rank(ref) for ref in refs)


@thorough
@given(specs)
def test_every_explanation_is_about_a_field_that_is_there(spec: ServiceSpec) -> None:
    rendered = render(spec, {})

    assert rendered.explanations
    for explanation in rendered.explanations:
        assert explanation.reason
        assert explanation.value is not None


@given(texts)
def test_no_image_breaks_out_of_its_place(image: str) -> None:
    spec = spec_of({"apiVersion": "tfk8s.dev/v1", "name": "a", "model": {"source": "pvc://models"}})

    try:
        placed = container_of(render(spec, {}, options=RenderOptions(image=image)))["image"]
    except InputError:
        placed = None
    assert placed in {None, image or spec.image.base}


@pytest.mark.parametrize("name", ["a", "a" * 50, "a" + "-b" * 24])
def test_names_of_any_allowed_length_give_valid_object_names(name: str) -> None:
    spec = spec_of(
        {
            "apiVersion": "tfk8s.dev/v1",
            "name": name,
            "model": {"source": "./m"},
            "scaling": {"min": 1, "max": 2},
            "expose": {"ports": ["grpc"]},
        }
    )

    for manifest in render(spec, {}).manifests:
        assert re.fullmatch(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", manifest.ref.name)
