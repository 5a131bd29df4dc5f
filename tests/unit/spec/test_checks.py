"""What a spec may switch off, and what it may not."""

from __future__ import annotations

import pytest

from tfk8s.errors import InputError
from tfk8s.spec import load_spec
from tfk8s.spec.check_codes import CHECK_CODES, known_codes

_HEAD = "apiVersion: tfk8s.dev/v1\nname: resnet\nmodel: {source: pvc://models/resnet}\n"


def _off(*entries: str) -> str:
    return _HEAD + "checks:\n  ignore:\n" + "".join(f"    - {entry}\n" for entry in entries)


def test_a_finding_is_switched_off_with_its_reason() -> None:
    spec = load_spec(_off("{code: plain-http, reason: the mesh encrypts}"))

    assert spec.checks.reasons == {"plain-http": "the mesh encrypts"}


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("{code: plain-htp, reason: slip}", "plain-htp is no finding of tfk8s check: did you mean plain-http?"),
        ("{code: zzzzzz, reason: slip}", "zzzzzz is no finding of tfk8s check: see docs/checks.md"),
        ("{code: schema, reason: never}", "schema cannot be switched off: the API server would refuse the object"),
        ("{code: graph-missing, reason: never}", "graph-missing cannot be switched off: no server loads such"),
        ("{code: plain-http}", "reason"),
        ("{code: plain-http, reason: '   '}", "reason"),
    ],
)
def test_a_slip_a_final_finding_and_a_missing_reason_are_refused(entry: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        load_spec(_off(entry), source="tfk8s.yaml")

    assert caught.value.details[0].startswith("tfk8s.yaml:6:")
    assert told in caught.value.details[0]


def test_a_code_is_switched_off_once() -> None:
    with pytest.raises(InputError) as caught:
        load_spec(_off("{code: plain-http, reason: one}", "{code: plain-http, reason: two}"))

    assert "plain-http is switched off already" in caught.value.details[0]


def test_an_environment_switches_off_for_itself() -> None:
    text = _HEAD + "environments:\n  dev:\n    checks: {ignore: [{code: plain-http, reason: only here}]}\n"

    assert load_spec(text).checks.reasons == {}
    assert load_spec(text, environment="dev").checks.reasons == {"plain-http": "only here"}


def test_codes_of_checks_and_of_models_are_told_apart() -> None:
    from tfk8s.model.rules import ALL_RULES

    assert len(known_codes()) == len(CHECK_CODES) + len(ALL_RULES)


def test_what_the_api_server_refuses_stays() -> None:
    stays = {code for code, entry in CHECK_CODES.items() if entry.stays_because}

    assert stays == {
        *("spec", "manifest", "name", "label-value", "text", "schema", "schema-unknown-kind"),
        *("selector", "budget-bounds", "scale-range"),
    }
