"""What doctor takes from `tfk8s check`, and what it leaves to what the cluster shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.diagnose.evidences import recorded
from tfk8s.app import doctor_offline
from tfk8s.app.doctor_offline import check_offline, not_told_live
from tfk8s.diagnose import Finding, Severity
from tfk8s.diagnose.catalogue import RULES
from tfk8s.spec import load_spec
from tfk8s.spec.check_codes import known_codes

SPEC = """\
apiVersion: tfk8s.dev/v1
name: resnet
namespace: serving
model: {source: pvc://models/resnet}
resources: {memory: 2Gi}
"""
IGNORED = "checks:\n  ignore:\n    - {code: claim-access, reason: the claim is ReadOnlyMany}\n"


def offline(folder: Path, text: str) -> tuple[Finding, ...]:
    file = folder / "tfk8s.yaml"
    file.write_text(text)
    return check_offline(load_spec(file), source=file, environment="", release="v1.34.4")


def finding(code: str) -> Finding:
    return Finding(code=code, place="p", cause="c", fix="f")


def test_a_warning_of_check_is_worth_knowing_and_fails_nothing(tmp_path: Path) -> None:
    (found,) = offline(tmp_path, SPEC)

    assert (found.code, found.severity, found.command) == ("claim-access", Severity.INFO, "tfk8s check")


def test_an_error_of_check_is_an_error(tmp_path: Path) -> None:
    found = offline(tmp_path, SPEC.replace("pvc://models/resnet", "./nowhere"))

    assert {each.severity for each in found} == {Severity.ERROR}


def test_what_the_spec_switches_off_is_not_told(tmp_path: Path) -> None:
    assert offline(tmp_path, SPEC + IGNORED) == ()


@pytest.mark.parametrize(
    ("code", "live", "is_told"),
    [
        ("drain", "no-drain", False),
        ("flag-unknown", "flag-ignored", False),
        ("memory-low", "out-of-memory", False),
        ("two-autoscalers", "two-autoscalers", False),
        ("memory-low", "no-drain", True),
        ("image-not-built", "no-drain", False),
    ],
)
def test_a_cause_that_the_cluster_shows_too_is_told_once(code: str, live: str, *, is_told: bool) -> None:
    told = not_told_live((finding(code),), live=(finding(live),), evidence=recorded("healthy"))

    assert [each.code for each in told] == ([code] if is_told else [])


def test_an_image_that_may_not_be_built_is_told_while_no_pod_runs() -> None:
    told = not_told_live((finding("image-not-built"),), live=(), evidence=recorded("too-much-cpu"))

    assert [each.code for each in told] == ["image-not-built"]


def test_only_codes_that_there_are_stand_for_one_another() -> None:
    assert {*doctor_offline._TOLD_LIVE} <= {*known_codes()}
    assert {code for codes in doctor_offline._TOLD_LIVE.values() for code in codes} <= {*RULES}
