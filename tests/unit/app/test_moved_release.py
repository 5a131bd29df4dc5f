"""What a live change is to the record of releases, and to an apply that fails after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.workloads import PULL_FAILS
from tests.unit.app.apply_stage import DeadError
from tests.unit.app.promote_stage import NAME, SPEC, PromoteStage
from tests.unit.app.test_versions_promote import planned
from tfk8s.app.history import service_history
from tfk8s.app.planning import read_inventory
from tfk8s.app.rendering import render_service
from tfk8s.app.rollback import choose_release
from tfk8s.app.service import Deployable, Origin
from tfk8s.errors import RolloutFailedError
from tfk8s.manifest import ObjectRef
from tfk8s.plan import Inventory, Revision
from tfk8s.ports import Note
from tfk8s.rollout.journal import LEASE_S
from tfk8s.spec import load_spec

BAD = "image: {base: example.test/bad:1}\n"


@pytest.fixture
def stage(tmp_path: Path) -> PromoteStage:
    return PromoteStage(tmp_path)


def record(stage: PromoteStage) -> Inventory:
    return read_inventory(stage.name, cluster=stage.cluster)


def last(stage: PromoteStage) -> Revision:
    revision = record(stage).revision
    assert revision is not None
    return revision


def rendered(stage: PromoteStage, text: str) -> Deployable:
    spec = load_spec(text, source="spec")
    return render_service(spec, base=stage.file.parent, origin=Origin(spec=text)).deployable


def apply_that_fails(stage: PromoteStage) -> None:
    """Of the spec as it is now, with an image that cannot be pulled."""
    stage.cluster.before_read = stage.stage.workloads.reconcile
    stage.stage.workloads.fates["example.test/bad:1"] = PULL_FAILS
    with pytest.raises(RolloutFailedError, match="which answers predictions"):
        stage.stage.apply(rendered(stage, stage.file.read_text() + BAD))


def test_an_apply_that_fails_after_a_promotion_goes_back_to_what_was_promoted(stage: PromoteStage) -> None:
    stage.promote()

    apply_that_fails(stage)

    assert stage.config().model(NAME).labels == {"stable": 2}
    assert planned(stage).pending == ()


def test_a_promotion_is_a_release_with_the_spec_that_says_so(stage: PromoteStage) -> None:
    stage.promote()

    release = last(stage)
    assert release.number == 2
    assert release.manifests == rendered(stage, stage.file.read_text()).manifests
    assert release.making.spec == stage.file.read_text() == SPEC.replace("stable: 1 #", "stable: 2 #")
    assert release.making.author == "somebody@example.test"
    entry, _ = service_history(stage.name, cluster=stage.cluster).entries
    assert entry.is_current
    assert entry.summary() == "label stable of resnet at version 2, on the running pods"
    target = choose_release(record(stage), number=None, name=stage.name)
    assert (target.release.number, target.is_current) == (1, False)


def test_applying_the_promoted_spec_is_no_other_release(stage: PromoteStage) -> None:
    stage.promote()
    stage.cluster.before_read = stage.stage.workloads.reconcile

    stage.stage.apply(rendered(stage, stage.file.read_text()))

    assert last(stage).number == 2


def test_a_label_that_was_returned_is_a_release_that_a_rollback_leaves(stage: PromoteStage) -> None:
    stage.promote()
    stage.promote("stable", 1, action="rollback")

    apply_that_fails(stage)

    assert stage.config().model(NAME).labels == {"stable": 1}
    release = last(stage)
    assert (release.number, release.making.is_return) == (3, True)
    assert release.making.spec == SPEC
    target = choose_release(record(stage), number=None, name=stage.name)
    assert target.is_current, "release 2 is what was fled from"
    assert "a label was returned already" in target.why
    assert choose_release(record(stage), number=2, name=stage.name).release.number == 2


def test_what_else_the_spec_says_by_now_is_no_part_of_the_release(stage: PromoteStage) -> None:
    stage.file.write_text(SPEC.replace("cpu: 100m", "cpu: 200m"))

    stage.promote()

    assert last(stage).making.spec == SPEC.replace("stable: 1 #", "stable: 2 #")
    assert last(stage).manifests == rendered(stage, last(stage).making.spec).manifests


def test_a_spec_that_would_not_say_what_the_servers_have_is_not_recorded(stage: PromoteStage) -> None:
    models = SPEC.replace("model:\n", "models:\n- name: resnet\n")
    stage.file.write_text(models)

    stage.promote()

    assert last(stage).making.spec == "", "the edit of the file does not fit the spec that was applied"
    assert last(stage).number == 2


def test_a_promotion_that_fails_is_no_release(tmp_path: Path) -> None:
    stage = PromoteStage(tmp_path, spec=SPEC.replace("[1, 2]", "[1]"), broken=frozenset({2}))

    with pytest.raises(RolloutFailedError):
        stage.promote()

    assert last(stage).number == 1


def test_what_was_never_seen_answering_stays_no_release_when_a_label_moves_on_it(stage: PromoteStage) -> None:
    text = SPEC.replace("100m", "200m")
    pods = stage.pods()
    stage.stage.apply(rendered(stage, text), wait=False)
    for pod in pods:
        stage.cluster.put(pod)
    stage.file.write_text(text)

    stage.promote()

    assert last(stage).number == 1
    assert record(stage).attempt
    told = [event.message for event in stage.stage.told.events if isinstance(event, Note)]
    assert any("recorded as no release" in message for message in told)


def test_after_a_death_at_any_write_the_next_apply_that_fails_keeps_what_all_pods_follow(tmp_path: Path) -> None:
    kept = 0
    for at in range(1, 40):
        folder = tmp_path / str(at)
        folder.mkdir()
        stage = PromoteStage(folder)
        writes = iter(range(1, 100))

        def die(what: str, *, writes: object = writes, at: int = at) -> None:
            if what not in ("read", "status") and next(writes) >= at:  # type: ignore[call-overload]
                raise DeadError

        stage.touch = die
        try:
            stage.promote()
        except DeadError:
            stage.touch = lambda _: None
        else:
            break
        was = stage.config().model(NAME).labels
        noted = stage.cluster.get(_deployment()) or {}
        follows = "config-followed" in str(noted)

        apply_that_fails(stage)

        expected = was if follows else {"stable": 1}
        assert stage.config().model(NAME).labels == expected, f"after a death at write {at}"
        kept += follows
        stage.stage.clock.sleep(LEASE_S + 1)
    assert kept >= 1, "between the note on the Deployment and the record"


def _deployment() -> ObjectRef:
    return ObjectRef(api_version="apps/v1", kind="Deployment", namespace="serving", name=NAME)
