from __future__ import annotations

from typing import Any

import pytest

from tests.unit.check.objects import DEPLOYMENT, SERVICE, Change, changed, findings


@pytest.mark.parametrize(
    ("code", "field", "change"),
    [
        ("name", "metadata.name", lambda body: body["metadata"].update(name="a" * 254)),
        ("name", "metadata.name", lambda body: body["metadata"].update(name="my_model")),
        ("name", "metadata.name", lambda body: body["metadata"].update(name="ends-")),
        ("text", "metadata.labels.tier", lambda body: body["metadata"]["labels"].update(tier=1)),
        ("label-value", "metadata.labels.tier", lambda body: body["metadata"]["labels"].update(tier="a b")),
        ("text", "metadata.annotations.a", lambda body: body["metadata"].update(annotations={"a": True})),
        ("status", "status", lambda body: body.update(status={})),
        ("null", "metadata.creationTimestamp", lambda body: body["metadata"].update(creationTimestamp=None)),
        ("null", "spec.template.spec.volumes[0].x", lambda body: volume(body).update(x=None)),
    ],
)
def test_each_fault_of_form_is_found_at_its_field(code: str, field: str, change: Change) -> None:
    found = findings(changed(DEPLOYMENT, change))

    assert [(finding.code, f"{field}: " in str(finding)) for finding in found] == [(code, True)]


def volume(body: dict[str, Any]) -> dict[str, Any]:
    """The first volume of a Deployment."""
    first: dict[str, Any] = body["spec"]["template"]["spec"]["volumes"][0]
    return first


@pytest.mark.parametrize("kind", ["ServiceAccount", "NetworkPolicy"])
def test_what_somebody_else_named_may_have_the_longer_name(kind: str) -> None:
    given = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "bert.reader" + "a" * 200}}

    assert findings(given) == ()


def test_a_name_that_is_ours_alone_leaves_room_for_suffixes() -> None:
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a" * 64}}

    assert [finding.code for finding in findings(config)] == ["name"]


def test_a_service_s_name_begins_with_a_letter() -> None:
    def digit_first(body: dict[str, Any]) -> None:
        body["metadata"]["name"] = "3d-model"

    assert "name" in [finding.code for finding in findings(changed(SERVICE, digit_first), DEPLOYMENT)]
