from __future__ import annotations

from typing import Any

import pytest

from tests.unit.render.specs import codes, model, rendered
from tfk8s.render import Rendered, RenderWarning

GOOGLE: dict[str, Any] = {"serviceAccount": {"googleServiceAccount": "none"}}
BUILT = "registry.example.com/m@sha256:" + "0" * 64


def warning(found: Rendered, code: str) -> RenderWarning:
    (only,) = [warning for warning in found.warnings if warning.code == code]
    return only


def test_a_service_whose_image_is_built_and_whose_memory_is_computed_has_no_warning() -> None:
    assert codes(rendered(image=BUILT)) == []


def test_memory_below_what_the_models_need_is_a_warning_with_both_numbers() -> None:
    found = rendered(image=BUILT, resources={"memory": "1Gi"}, info=model(size_mib=1000))

    message = warning(found, "memory-low").message
    assert "1Gi" in message
    assert "3712Mi" in message
    assert codes(rendered(image=BUILT, resources={"memory": "8Gi"})) == []


def test_a_model_out_of_sight_is_a_warning_when_memory_is_computed() -> None:
    bucket: dict[str, Any] = {"model": {"source": "gs://bucket/m"}, **GOOGLE}

    assert codes(rendered(**bucket)) == ["size-unknown"]
    assert codes(rendered(**bucket, resources={"memory": "1Gi"})) == []


def test_a_model_newer_than_the_server_is_a_warning_with_both_versions() -> None:
    found = rendered(image=BUILT, info=model(tensorflow="2.21.0"))

    message = warning(found, "server-older").message
    assert "2.21.0" in message
    assert "2.20" in message


@pytest.mark.parametrize("version", ["2.20.1", "2.9.0", "1.15.5"])
def test_a_model_of_the_server_s_release_or_older_is_none(version: str) -> None:
    assert codes(rendered(image=BUILT, info=model(tensorflow=version))) == []


def test_an_image_that_nobody_may_have_built_is_a_warning() -> None:
    found = rendered()

    assert codes(found) == ["image-not-built"]
    assert "tfk8s.local/resnet:" in warning(found, "image-not-built").message


def test_a_claim_that_several_pods_mount_is_a_warning_that_names_the_access_mode() -> None:
    found = rendered(model={"source": "pvc://models/m"}, resources={"memory": "4Gi"})

    assert "ReadWriteOnce" in warning(found, "claim-access").message


def test_the_tag_of_an_image_not_read_here_follows_the_versions() -> None:
    def message(*numbers: int) -> str:
        return warning(rendered(info=model(*numbers)), "image-not-built").message

    assert message(1) == message(1)
    assert message(1) != message(1, 2)
