"""Whatever stands in manifests of others, `check` finds something wrong and never fails itself."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.strategies.values import json_values
from tests.unit.check.objects import AUTOSCALER, DEPLOYMENT, SERVICE, budget, changed, container, pod
from tfk8s.app.check_manifests import check_manifests
from tfk8s.check.policies import foreign_findings
from tfk8s.check.servers import Server, server_findings
from tfk8s.manifest import JsonValue, Manifest
from tfk8s.manifest.fields import objects_at, text_at
from tfk8s.manifest.yaml import dump_documents


def _configured(body: dict[str, Any]) -> None:
    pod(body)["volumes"].append({"name": "c", "configMap": {"name": "c", "items": [{"key": "m", "path": "m"}]}})
    args = ["--model_config_file=/c/m", "--batching_parameters_file=/c/b", "--enable_batching", "--port=$(A)"]
    container(body).update(args=args, volumeMounts=[{"name": "c", "mountPath": "/c"}])


_CONFIG: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "c", "namespace": "serving"},
    "data": {"m": 'model_config_list { config { name: "a" base_path: "/a" } }', "b": "allowed_batch_sizes: 3"},
}
_INGRESS: dict[str, Any] = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {"name": "front", "namespace": "serving"},
    "spec": {"rules": [{"http": {"paths": [{"path": "/", "backend": {"service": {"name": "resnet"}}}]}}]},
}
_CONTAINERS = ("spec", "template", "spec", "containers")
_ODD: tuple[JsonValue, ...] = ([], {}, None, [[]], [{}], 7)


def _object(api_version: str, kind: str, **spec: Any) -> dict[str, Any]:
    metadata = {"name": "resnet", "namespace": "serving"}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}


def _route(kind: str, **match: Any) -> dict[str, Any]:
    rules = [{"matches": [match], "backendRefs": [{"name": "resnet", "port": 8501}]}]
    return _object("gateway.networking.k8s.io/v1", kind, parentRefs=[{"name": "resnet"}], rules=rules)


_TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "resnet"}
_LOST = changed(SERVICE, lambda body: (body["spec"].update(selector={"a": "b"}), body["metadata"].update(name="lost")))
_ALL = (
    changed(DEPLOYMENT, _configured),
    SERVICE,
    AUTOSCALER,
    budget(maxUnavailable=1),
    _CONFIG,
    _INGRESS,
    _LOST,
    _route("HTTPRoute", path={"type": "PathPrefix", "value": "/v1/models"}),
    _route("GRPCRoute", method={"type": "Exact", "service": "tensorflow.serving.PredictionService"}),
    _object("gateway.networking.k8s.io/v1", "Gateway", listeners=[{"protocol": "HTTPS", "port": 443}]),
    _object("keda.sh/v1alpha1", "ScaledObject", scaleTargetRef=_TARGET, triggers=[{"type": "cpu"}], maxReplicaCount=3),
    _object("autoscaling.k8s.io/v1", "VerticalPodAutoscaler", targetRef=_TARGET, updatePolicy={"updateMode": "Auto"}),
)


def _places(value: JsonValue, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        yield from _places(item, (*path, step))


_PLACES = [(index, path) for index, body in enumerate(_ALL) for path in _places(body) if len(path) > 1]


def _replaced(body: Any, path: tuple[str | int, ...], value: JsonValue) -> None:
    for step in path[:-1]:
        body = body[step]
    body[path[-1]] = value


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.sampled_from(_PLACES), value=json_values())
@example(place=(1, ("spec", "ports", 0, "targetPort")), value=[])
def test_any_value_in_any_place_is_looked_at(place: tuple[int, tuple[str | int, ...]], value: JsonValue) -> None:
    index, path = place
    bodies = [copy.deepcopy(body) for body in _ALL]
    _replaced(bodies[index], path, value)

    checked = check_manifests({"k8s.yaml": dump_documents(bodies).encode()}, minor=34)

    assert all(item.line is not None for item in checked.found if item.code != "manifest")


@settings(max_examples=100, deadline=None)
@given(text=st.text(st.sampled_from('model_config_list{}:[]<>"\\ \n0123,;-#x'), max_size=60))
def test_any_text_of_a_configuration_file_is_looked_at(text: str) -> None:
    bodies = [copy.deepcopy(body) for body in _ALL]
    bodies[4]["data"]["m"] = text

    check_manifests({"k8s.yaml": dump_documents(bodies).encode()}, minor=34)


def test_every_place_takes_a_list_a_map_and_nothing() -> None:
    server = Server(container=0, release=(2, 20))
    for index, path in _PLACES:
        for value in _ODD:
            bodies = [copy.deepcopy(body) if number == index else body for number, body in enumerate(_ALL)]
            _replaced(bodies[index], path, value)
            manifests = tuple(Manifest.of(body) for body in bodies if text_at(body, "metadata", "name"))
            has_server = [item for item in manifests if objects_at(item.body, *_CONTAINERS)]
            servers = {item.ref: server for item in has_server}

            list(foreign_findings(manifests, servers=servers))
            list(server_findings(manifests, servers=servers))


def test_a_key_that_looks_like_a_place_with_a_line_of_thousands_of_digits_is_no_line() -> None:
    text = f'a: 1\n"x:{"9" * 5000}:1: ": !tag y\n'

    (reported,) = check_manifests({"a.yaml": text.encode()}, minor=34).found

    assert (reported.source, reported.line) == ("a.yaml", 2)


def test_of_two_objects_of_one_name_the_last_is_checked_as_it_is_the_one_that_is_applied() -> None:
    without = changed(DEPLOYMENT, lambda body: pod(body).update(containers=[]))
    text = dump_documents([without, DEPLOYMENT])

    group = check_manifests({"a.yaml": text.encode()}, minor=34)

    assert group.servers == 1
    assert any(
        line.startswith("a.yaml:1: Deployment/resnet in serving is given again at a.yaml:") for line in group.left
    )


def test_an_item_that_is_no_container_before_the_server_is_passed_over() -> None:
    odd = changed(DEPLOYMENT, lambda body: pod(body)["containers"].insert(0, None))

    assert check_manifests({"a.yaml": dump_documents([odd]).encode()}, minor=34).servers == 1


def test_a_port_that_is_no_number_is_no_port_of_a_server() -> None:
    odd = changed(DEPLOYMENT, lambda body: container(body).update(image="x", args=[], ports=[{"containerPort": [{}]}]))

    assert check_manifests({"a.yaml": dump_documents([odd]).encode()}, minor=34).servers == 0
