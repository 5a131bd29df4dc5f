"""Servers that are named by a tag are noted, and no others."""

from __future__ import annotations

import pytest

from tests.unit.check.objects import DEPLOYMENT, changed, container
from tfk8s.check import Level
from tfk8s.check.image_names import image_name_findings
from tfk8s.check.servers import Server
from tfk8s.manifest import Manifest
from tfk8s.manifest.yaml import path_text

DIGEST = "sha256:" + "5" * 64


def _found(image: str) -> list[tuple[str, Level, str]]:
    manifest = Manifest.of(changed(DEPLOYMENT, lambda body: container(body).update(image=image)))
    found = image_name_findings((manifest,), servers={manifest.ref: Server(container=0, release=None)})
    return [(finding.code, finding.level, path_text(finding.path)) for finding in found]


def test_a_server_that_is_named_by_a_tag_is_noted_at_its_image() -> None:
    path = "spec.template.spec.containers[0].image"

    assert _found("tensorflow/serving:2.20.0") == [("image-tag", Level.NOTE, path)]


@pytest.mark.parametrize(
    "image",
    [
        f"tensorflow/serving@{DIGEST}",
        f"tensorflow/serving:2.20.0@{DIGEST}",
        "tfk8s.local/half:model-0123456789ab",
        "tensorflow/serving",
        "tensorflow/serving:latest",
        "no image",
    ],
)
def test_what_has_a_digest_or_no_other_name_or_another_finding_is_not(image: str) -> None:
    assert _found(image) == []


def test_what_is_no_server_is_not_looked_at() -> None:
    assert list(image_name_findings((Manifest.of(DEPLOYMENT),), servers={})) == []
