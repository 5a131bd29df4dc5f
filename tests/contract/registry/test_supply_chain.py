"""Digests and bills of materials in a real registry."""

from __future__ import annotations

import json

import pytest

from tests.contract.registry.desk import Desk
from tests.contract.registry.inside import answer_of, run_inside
from tfk8s.spec import load_spec

pytestmark = pytest.mark.contract


def test_what_was_pushed_is_pinned_by_the_digest_that_the_registry_has(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpushed = run_inside(desk, monkeypatch, "pin")
    pushed = answer_of(run_inside(desk, monkeypatch, "push", "-o", "json"))

    pinned = answer_of(run_inside(desk, monkeypatch, "pin", "-o", "json"))

    assert (unpushed.exit_code, "tfk8s image push" in unpushed.stderr) == (4, True)
    assert (pinned["value"], pinned["changed"]) == (pushed["digest"], True)
    assert load_spec(desk.folder / "tfk8s.yaml").image.digest == pushed["digest"]


def test_a_bill_is_attached_and_read_back_by_tag_and_digest(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    written = run_inside(desk, monkeypatch, "sbom", "--licence", "MIT").stdout
    first = answer_of(run_inside(desk, monkeypatch, "push", "--sbom", "spdx", "--licence", "MIT", "-o", "json"))
    again = answer_of(run_inside(desk, monkeypatch, "push", "--sbom", "spdx", "--licence", "MIT", "-o", "json"))
    run_inside(desk, monkeypatch, "push", "--sbom", "cyclonedx")

    for image in (first["image"], first["pinned"]):
        assert run_inside(desk, monkeypatch, "sbom", "--from", image).stdout == written
    cyclonedx = run_inside(desk, monkeypatch, "sbom", "--from", first["pinned"], "--format", "cyclonedx")
    assert json.loads(cyclonedx.stdout)["bomFormat"] == "CycloneDX"
    assert (first["sbom"], first["digest"]) == (again["sbom"], again["digest"])
    tied = json.loads(desk.registry.crane("manifest", f"{desk.repository}@{first['sbom']}"))
    assert (tied["artifactType"], tied["subject"]["digest"]) == ("application/spdx+json", first["digest"])
