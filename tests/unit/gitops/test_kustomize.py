from __future__ import annotations

from typing import Any

import pytest

from tests.unit.render.specs import model, spec
from tfk8s.errors import InputError
from tfk8s.gitops import HEADER, FormRequest, RenderedSpec
from tfk8s.gitops.kustomize import kustomize_files
from tfk8s.manifest import JsonObject
from tfk8s.manifest.yaml import load_one
from tfk8s.render import render

DIGEST = "sha256:" + "d" * 64
BASE: dict[str, Any] = {
    "namespace": "serving",
    "image": {"repository": "registry.example.com/m", "digest": DIGEST},
    "scaling": {"min": 1, "max": 3},
}


def service(fields: dict[str, Any]) -> RenderedSpec:
    made = spec(**{**BASE, **fields})
    return RenderedSpec(spec=made, rendered=render(made, {"resnet": model(), "other": model()}))


def files(**environments: dict[str, Any]) -> dict[str, str]:
    base = service({})
    there = {name: service(said) for name, said in environments.items()}
    return dict(kustomize_files(FormRequest(spec=base.spec, rendered=base.rendered, environments=there)))


def kustomization(found: dict[str, str], folder: str) -> JsonObject:
    value = load_one(found[f"{folder}/kustomization.yaml"], source=folder).value
    assert isinstance(value, dict)
    return value


def test_a_base_lists_its_objects_in_apply_order_one_a_file_of_ours() -> None:
    found = files()

    resources = kustomization(found, "base")["resources"]
    assert isinstance(resources, list)
    assert [f"base/{name}" for name in resources] == sorted(found.keys() - {"base/kustomization.yaml"})
    assert all(text.startswith(HEADER + "\n") for text in found.values())


def test_the_image_is_pinned_in_one_place() -> None:
    found = files(same={}, newer={"image": {**BASE["image"], "digest": "sha256:" + "e" * 64}})

    assert [name for name, text in found.items() if DIGEST in text] == ["base/kustomization.yaml"]
    assert kustomization(found, "overlays/newer")["images"] == [
        {"name": "registry.example.com/m", "digest": "sha256:" + "e" * 64}
    ]
    assert {name for name in found if name.startswith("overlays/newer/")} == {"overlays/newer/kustomization.yaml"}


def test_what_every_object_of_an_environment_has_is_said_once() -> None:
    said = {"namespace": "dev", "labels": {"env": "dev"}, "annotations": {"example.com/owner": "me"}}

    found = files(dev=said)

    overlay = kustomization(found, "overlays/dev")
    assert {name for name in found if name.startswith("overlays/")} == {"overlays/dev/kustomization.yaml"}
    assert overlay["namespace"] == "dev"
    assert overlay["labels"] == [{"includeTemplates": True, "pairs": {"env": "dev"}}]
    assert overlay["commonAnnotations"] == {"example.com/owner": "me"}


def test_an_overlay_adds_deletes_and_patches_each_object_in_a_file() -> None:
    found = files(dev={"scaling": {"replicas": 1}, "expose": {"ports": ["rest", "grpc"]}})

    overlay = kustomization(found, "overlays/dev")
    assert overlay["resources"] == ["../../base", "16-service-resnet-headless.yaml"]
    assert "$patch" in found["overlays/dev/patch-23-horizontalpodautoscaler-resnet.yaml"]
    assert 'path: "/spec/replicas"\n  value: 1\n' in found["overlays/dev/patch-17-deployment-resnet.yaml"]


def test_an_environment_of_another_name_stands_alone() -> None:
    found = files(other={"name": "other"})

    resources = kustomization(found, "overlays/other")["resources"]
    assert isinstance(resources, list)
    assert "17-deployment-other.yaml" in resources
    assert not any("base" in str(resource) for resource in resources)


@pytest.mark.parametrize("annotations", [{"example.com/a": "\u0085"}, {"4": "four"}, {"on": ""}])
def test_what_kustomize_would_lose_is_refused(annotations: dict[str, str]) -> None:
    with pytest.raises(InputError, match="which kustomize does not carry"):
        files(dev={"annotations": annotations})
