"""Labels of a fleet: one that points nowhere, elsewhere, or to different versions on different pods."""

from __future__ import annotations

import pytest

from tests.unit.rollout.fleets import codes, config, fleet, pod, state
from tfk8s.rollout.fleet import Configuration, Fleet, FleetFinding, LabelTrouble, fleet_findings
from tfk8s.rollout.states import ServingState

SERVED = config((1, 2), stable=2)
BOTH = (state(1), state(2))


def only(found: Fleet) -> FleetFinding:
    (finding,) = fleet_findings(found)
    return finding


def test_a_label_that_points_where_it_should_is_no_finding() -> None:
    assert fleet_findings(fleet(pod("a", *BOTH, labels={"stable": 2}), served=SERVED)) == ()


def test_a_label_that_differs_between_pods_is_told_on_the_one_that_lags() -> None:
    pods = (pod("a", *BOTH, labels={"stable": 2}), pod("b", *BOTH, labels={"stable": 1}))

    found = only(fleet(*pods, served=SERVED))

    assert (found.code, found.place, found.label) == ("label-elsewhere", "Pod/b", "stable")
    assert found.symptom == "label stable of resnet points to version 1, and should to 2"
    assert "`tfk8s versions promote stable 2`" in found.remedy


def test_a_label_of_a_server_with_an_older_configuration_says_so() -> None:
    lagging = pod("b", *BOTH, labels={"stable": 1}, configuration=Configuration.OLDER)

    assert "older configuration" in only(fleet(lagging, served=SERVED)).cause


@pytest.mark.parametrize(
    ("trouble", "code", "is_passing", "said"),
    [
        (LabelTrouble.NOT_LOADED, "label-unserved", False, "404"),
        (LabelTrouble.UNKNOWN, "label-unknown", False, "400"),
        (LabelTrouble.NOT_READY, "labels-not-ready", True, "503"),
    ],
)
def test_the_three_refusals_of_a_label_are_three_findings(
    trouble: LabelTrouble, code: str, is_passing: bool, said: str
) -> None:
    asked = pod("a", *BOTH, labels={"stable": None}, troubles={"stable": trouble})

    found = only(fleet(asked, served=SERVED))

    assert (found.code, found.is_passing) == (code, is_passing)
    assert said in found.symptom


def test_a_label_whose_version_failed_to_load_names_the_failure_and_what_is_served() -> None:
    failed = pod(
        "a",
        state(1),
        state(2, error="no variables"),
        labels={"stable": None},
        troubles={"stable": LabelTrouble.NOT_LOADED},
    )

    load, label = fleet_findings(fleet(failed, served=SERVED))

    assert (load.code, label.code) == ("load-failed", "label-unserved")
    assert "no variables" in label.cause
    assert label.remedy.endswith("one that is served: 1")


def test_a_label_whose_version_is_loading_passes() -> None:
    loading = pod(
        "a",
        state(1),
        state(2, ServingState.LOADING),
        labels={"stable": None},
        troubles={"stable": LabelTrouble.NOT_LOADED},
    )

    found = fleet_findings(fleet(loading, served=SERVED))

    assert codes(found) == [("Pod/a", "version-loading"), ("Pod/a", "label-unserved")]
    assert all(finding.is_passing for finding in found)


def test_a_label_of_a_version_that_the_configuration_does_not_load_is_told() -> None:
    asked = pod("a", state(1), labels={"stable": None}, troubles={"stable": LabelTrouble.NOT_LOADED})

    found = only(fleet(asked, served=config((1,), stable=7)))

    assert (found.code, found.version) == ("label-unserved", 7)
    assert "never seen version 7" in found.cause
