"""What is wrong between the pods of a service: each rule where it holds and where it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.rollout.fleets import MODEL, codes, config, fleet, pod, state
from tfk8s.rollout.fleet import Configuration, Fleet, FleetFinding, ModelOnPod, fleet_findings, lacking
from tfk8s.rollout.states import ServingState

BOTH = (state(1), state(2))


def only(found: Fleet, *, before: Fleet | None = None) -> FleetFinding:
    (finding,) = fleet_findings(found, before=before)
    return finding


def test_a_fleet_that_serves_what_is_configured_has_no_finding() -> None:
    assert fleet_findings(fleet(pod("a", *BOTH), pod("b", *BOTH), served=config())) == ()


def test_no_pods_are_no_finding_here() -> None:
    assert fleet_findings(fleet(served=config())) == ()


def test_a_load_that_failed_on_one_pod_is_told_with_the_error_and_what_makes_a_server_try_again() -> None:
    broken = pod("b", state(1), state(2, error="no such bucket"), namespace="serving")

    found = only(fleet(pod("a", *BOTH), broken, served=config()))

    assert (found.code, found.place, found.version, found.is_passing) == ("load-failed", "Pod/b", 2, False)
    assert found.symptom == "version 2 of resnet could not be loaded and is not tried again; other pods serve it"
    assert found.cause == "NOT_FOUND: no such bucket"
    assert "`kubectl delete pod b -n serving`" in found.remedy


def test_a_load_that_failed_everywhere_is_mended_in_its_directory_and_not_by_another_pod() -> None:
    broken = (state(1), state(2, error="no variables"))

    found = fleet_findings(fleet(pod("a", *broken), pod("b", *broken), served=config()))

    assert codes(found) == [("Pod/a", "load-failed"), ("Pod/b", "load-failed")]
    assert "other pods" not in found[0].symptom
    assert "move its directory away" in found[0].remedy
    assert "kubectl delete" not in found[0].remedy


@pytest.mark.parametrize("policy", ["latest", "all"])
def test_a_new_version_that_failed_is_told_though_nothing_names_it(policy: str) -> None:
    served = config(policy)  # type: ignore[arg-type]

    found = only(fleet(pod("a", state(2), state(3, error="broken")), served=served))

    assert (found.code, found.version) == ("load-failed", 3)


def test_a_failed_version_that_a_newer_one_has_replaced_is_none_of_latest() -> None:
    served = config("latest")

    assert fleet_findings(fleet(pod("a", state(2, error="broken"), state(3)), served=served)) == ()


def test_a_failed_version_that_the_configuration_no_longer_names_is_no_finding() -> None:
    assert fleet_findings(fleet(pod("a", state(1), state(2, error="broken")), served=config((1,)))) == ()


@pytest.mark.parametrize("loading", [ServingState.START, ServingState.LOADING])
def test_a_version_that_is_loading_on_one_pod_passes(loading: ServingState) -> None:
    found = only(fleet(pod("a", *BOTH), pod("b", state(1), state(2, loading)), served=config()))

    assert (found.code, found.place, found.is_passing) == ("version-loading", "Pod/b", True)
    assert loading.value in found.cause


def test_a_server_that_started_with_an_older_configuration_is_the_cause_of_what_it_lacks() -> None:
    found = only(fleet(pod("a", *BOTH), pod("b", state(1), configuration=Configuration.OLDER), served=config((1, 2))))

    assert (found.code, found.place) == ("version-absent", "Pod/b")
    assert "older configuration" in found.cause
    assert "kubectl rollout restart" in found.remedy
    assert not found.is_passing


def test_what_a_pod_of_an_old_revision_lacks_passes_with_the_rollout() -> None:
    found = only(fleet(pod("a", *BOTH), pod("b", state(1), is_new=False), served=config()))

    assert (found.code, found.is_passing) == ("version-absent", True)
    assert "older revision" in found.cause


def test_a_configured_version_without_a_directory_is_absent_with_the_path() -> None:
    found = only(fleet(pod("a", state(1)), served=config()))

    assert (found.code, found.version) == ("version-absent", 2)
    assert "/models/resnet/2" in found.cause


def test_a_wanted_version_whose_directory_went_away_was_unloaded() -> None:
    found = only(fleet(pod("a", state(1), state(2, ServingState.END)), served=config()))

    assert (found.code, found.is_passing) == ("version-unloaded", False)
    assert "went away" in found.cause


def test_versions_that_ended_as_they_should_are_no_finding() -> None:
    ended = (state(1, ServingState.END), state(2))

    assert fleet_findings(fleet(pod("a", *ended), served=config((2,)))) == ()
    assert fleet_findings(fleet(pod("a", *ended), served=config("latest"))) == ()
    assert fleet_findings(fleet(pod("a", *ended), served=config("all"))) == ()
    assert fleet_findings(fleet(pod("a", state(2), state(3, ServingState.END)), served=config("latest"))) == ()


def test_an_emptied_model_directory_is_told() -> None:
    found = only(fleet(pod("a", state(1, ServingState.END)), served=config("latest")))

    assert found.symptom == "no version of resnet is served"


def test_a_model_of_the_configuration_that_the_server_never_saw_is_told_with_its_directory() -> None:
    unknown = ModelOnPod(model=MODEL, problem="Could not find any versions of model resnet")

    found = only(fleet(pod("a", models=(unknown,)), pod("b", *BOTH), served=config()))

    assert (found.code, found.place) == ("model-unknown", "Pod/a")
    assert "/models/resnet" in found.cause


def test_a_model_that_an_older_configuration_does_not_have_is_told_as_such() -> None:
    found = only(fleet(pod("a", models=(), configuration=Configuration.OLDER), served=config()))

    assert found.code == "model-unknown"
    assert "older configuration" in found.cause


def test_a_served_version_that_the_configuration_does_not_name_is_told() -> None:
    found = only(fleet(pod("a", *BOTH), pod("b", state(1, ServingState.END), state(2)), served=config((2,))))

    assert (found.code, found.place, found.version) == ("version-unwanted", "Pod/a", 1)
    assert not found.is_passing


def test_unloading_passes_at_the_first_look_and_is_stuck_at_the_second() -> None:
    seen = fleet(pod("a", state(1, ServingState.UNLOADING), state(2)), served=config((2,)))

    first, second = only(seen), only(seen, before=seen)

    assert (first.code, first.is_passing) == ("version-unloading", True)
    assert (second.code, second.is_passing) == ("unloading-stuck", False)


def test_a_pod_of_the_same_name_is_not_the_one_that_was_seen_before() -> None:
    before = fleet(pod("a", state(1, ServingState.UNLOADING), state(2), uid="other"), served=config((2,)))
    now = fleet(pod("a", state(1, ServingState.UNLOADING), state(2)), served=config((2,)))

    assert only(now, before=before).is_passing


def test_two_versions_in_memory_where_the_latest_is_wanted_pass_unless_they_stay() -> None:
    seen = fleet(pod("a", *BOTH), served=config("latest"))

    first, second = only(seen), only(seen, before=seen)

    assert (first.code, first.version, first.is_passing) == ("two-versions", 1, True)
    assert (second.code, second.is_passing) == ("two-versions", False)
    assert fleet_findings(fleet(pod("a", *BOTH), served=config("all"))) == ()


def test_a_pod_that_still_serves_only_the_version_before_is_told_once() -> None:
    found = fleet(pod("a", state(1, ServingState.END), state(2)), pod("b", state(1)), served=config("latest"))

    assert codes(fleet_findings(found)) == [("Pod/b", "version-absent")]


def test_one_dead_pod_hides_none_of_the_others() -> None:
    dead = pod("a", models=(), problem="it did not answer")
    found = fleet_findings(fleet(dead, pod("b", state(1)), pod("c", *BOTH), served=config()))

    assert codes(found) == [("Pod/a", "pod-silent"), ("Pod/b", "version-absent")]
    assert found[0].cause == "it did not answer"


def test_a_pod_that_is_not_ready_is_silent_for_a_while() -> None:
    starting = pod("a", models=(), problem="its server does not answer yet", ready=False)

    assert only(fleet(starting, served=config())).is_passing


def test_a_pod_that_leaves_is_not_judged() -> None:
    assert fleet_findings(fleet(pod("a", state(1), leaving=True), pod("b", *BOTH), served=config())) == ()


def test_a_canary_is_judged_by_its_own_configuration_and_pods() -> None:
    canary = pod("c", state(3), component="canary")
    found = fleet(pod("a", *BOTH), canary, served=config(), canary=config((3,)))

    assert fleet_findings(found) == ()
    assert codes(fleet_findings(replace(found, others={"canary": config((4,))}))) == [
        ("Pod/c", "version-unwanted"),
        ("Pod/c", "version-absent"),
    ]


def test_without_a_configuration_pods_are_still_compared() -> None:
    assert fleet_findings(fleet(pod("a", *BOTH), pod("b", *BOTH))) == ()
    assert codes(fleet_findings(fleet(pod("a", *BOTH), pod("b", state(1))))) == [("Pod/b", "version-absent")]


def test_pods_that_lack_what_others_serve_are_listed() -> None:
    pods = (pod("a", *BOTH), pod("b", state(1), state(2, error="broken")), pod("c", state(1), state(2)))

    assert lacking(fleet(*pods, served=config())) == ("Pod/b lacks version 2 of resnet",)
    assert lacking(fleet(pod("a", state(1)), served=config())) == ()
