from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.service import config_map, small_service
from tfk8s.app.git_objects import files_below, objects_in, of_region, services_of
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import object_at
from tfk8s.manifest.yaml import dump

SERVICE = small_service()


def text(*bodies: JsonObject) -> bytes:
    return "---\n".join(dump(body) for body in bodies).encode()


def test_rendered_files_a_stream_and_a_list_hold_the_same_objects(tmp_path: Path) -> None:
    bodies = [item.body for item in SERVICE.manifests]
    for number, body in enumerate(bodies):
        (tmp_path / f"{number}.yaml").write_text(dump(body))
    (tmp_path / "notes.txt").write_text("not ours")
    listed = dump({"apiVersion": "v1", "kind": "List", "items": [*bodies]}).encode()

    assert objects_in(files_below(tmp_path), place="d") == SERVICE.manifests
    assert objects_in({"<stdin>": text(*bodies)}, place=".") == SERVICE.manifests
    assert objects_in({"list.yaml": listed}, place=".") == SERVICE.manifests


def test_services_are_told_apart_by_their_labels_and_what_has_none_belongs_to_the_first() -> None:
    other = small_service(namespace="elsewhere")
    bodies = [dict(item.body) for item in other.manifests]
    for body in bodies:
        body["metadata"] = {**object_at(body, "metadata"), "labels": {"app.kubernetes.io/instance": "other"}}
    plain: JsonObject = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "plain", "namespace": "serving"}}

    found = services_of(objects_in({"a": text(*bodies, *(item.body for item in SERVICE.manifests), plain)}, place="."))

    assert {(item.name.name, item.name.namespace) for item in found} == {("other", "elsewhere"), ("resnet", "serving")}
    assert sorted(len(item.manifests) for item in found) == [5, 6]


def test_a_namespace_belongs_to_the_first_service_in_it() -> None:
    other = config_map("a").body
    other = {**other, "metadata": {"name": "a", "namespace": "alone", "labels": {"app.kubernetes.io/instance": "a"}}}
    made: list[JsonObject] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in ("alone", "serving")
    ]
    bodies: list[JsonObject] = [*made, other, *(item.body for item in SERVICE.manifests)]

    found = services_of(objects_in({"a": text(*bodies)}, place="."))

    namespaces = {item.name.name: [m.ref.name for m in item.manifests if m.ref.kind == "Namespace"] for item in found}
    assert namespaces == {"a": ["alone"], "resnet": ["serving"]}


def test_hooks_of_a_chart_are_left_out() -> None:
    hook: JsonObject = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "test", "namespace": "serving", "annotations": {"helm.sh/hook": "test"}},
    }

    found = objects_in({"a": text(config_map("a").body, hook)}, place=".")

    assert [item.ref.name for item in found] == ["a"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("base/kustomization.yaml", "kustomize build d/base"), ("chart/Chart.yaml", "helm template NAME d/chart")],
)
def test_the_input_of_a_tool_is_refused_with_the_command_that_builds_it(name: str, hint: str) -> None:
    with pytest.raises(InputError, match="is the input of a tool") as refused:
        objects_in({name: b"resources: []\n"}, place="d")

    assert hint in (refused.value.hint or "")


def test_an_object_without_a_namespace_needs_one() -> None:
    body: JsonObject = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}

    with pytest.raises(InputError, match="ConfigMap/a names no namespace"):
        objects_in({"a": text(body)}, place=".")
    (found,) = objects_in({"a": text(body)}, place=".", namespace="here")
    assert found.ref.namespace == "here"


def test_a_folder_that_is_not_there_or_holds_no_object_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no"):
        files_below(tmp_path / "nowhere")
    with pytest.raises(InputError, match="there are no objects"):
        objects_in({"values.yaml": b"a: 1\n"}, place="d")


def test_a_region_has_the_files_of_its_own_folder() -> None:
    files = {"europe/a.yaml": b"1", "us/a.yaml": b"2", "a.yaml": b"3"}

    assert [*of_region("us", files, among=["europe", "us"])] == ["us/a.yaml"]
    assert [*of_region(None, files, among=[None, "europe", "us"])] == ["a.yaml"]
    assert of_region("asia", files, among=["asia", "us"]) == {}
    assert of_region("asia", {"a.yaml": b"3"}, among=["asia"]) == {"a.yaml": b"3"}
    assert of_region(None, files, among=[None]) == files
