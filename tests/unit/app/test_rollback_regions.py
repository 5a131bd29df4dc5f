"""Which regions go back together, and which spec all of them are of afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.service import small_service
from tfk8s.app.git_change import SpecChange
from tfk8s.app.rollback import Target, choose_release
from tfk8s.app.rollback_regions import Restored, Stand, one_spec, reached, stand_of
from tfk8s.errors import InputError
from tfk8s.plan import Inventory, Making, Revision
from tfk8s.spec import load_spec

NAMED = small_service().name


def region(*specs: str, at: Sequence[int], restores: int | None = None) -> Inventory:
    """Releases of these specs, each made in a minute of an hour; the last one may be a return."""
    inventory = Inventory()
    for position, (spec, minute) in enumerate(zip(specs, at, strict=True)):
        back = restores if position == len(specs) - 1 else None
        making = Making(spec=spec, time=f"2026-11-29T01:{minute:02d}:00Z", restores=back)
        inventory = inventory.settled(small_service(config=spec).manifests, making=making)
    return inventory


def tried(inventory: Inventory, spec: str) -> Inventory:
    return inventory.joined(small_service(config=spec).manifests)


def target_of(inventory: Inventory) -> Target:
    return choose_release(inventory, number=None, name=NAMED)


def stands(**regions: Inventory) -> list[Stand]:
    return [stand_of(name, each, target=lambda each=each: target_of(each)) for name, each in regions.items()]  # type: ignore[misc]


def went(**regions: Inventory) -> set[str]:
    return set(reached(stands(**regions)))


def test_what_came_to_all_is_taken_back_in_all() -> None:
    assert went(europe=region("good", "bad", at=(1, 5)), us=region("good", "bad", at=(2, 6))) == {"europe", "us"}


def test_a_region_that_the_change_never_came_to_stays() -> None:
    assert went(europe=region("older", "good", "bad", at=(0, 1, 5)), us=region("older", "good", at=(0, 2))) == {
        "europe"
    }
    assert went(europe=region("good", "bad", at=(1, 5)), us=region("older", at=(0,))) == {"europe"}


def test_a_region_in_which_the_newest_change_changed_nothing_stays() -> None:
    assert went(europe=region("first", at=(1,)), us=region("first", "of us", at=(2, 7))) == {"us"}


def test_where_one_region_failed_to_go_back_only_that_one_is_left() -> None:
    back = region("good", "bad", "good", at=(1, 5, 9), restores=1)
    failed = region("good", "bad", at=(2, 6))
    unreached = region("older", "good", at=(0, 2))

    assert went(europe=back, us=failed, asia=unreached) == {"europe", "us"}
    assert target_of(back).is_current
    assert target_of(failed).release.number == 1


def test_all_that_are_back_stay_back() -> None:
    back, stayed = region("good", "bad", "good", at=(1, 5, 9), restores=1), region("older", "good", at=(0, 2))

    assert went(europe=back, us=stayed) == {"europe"}
    assert target_of(back).is_current


def test_what_was_tried_and_never_seen_answering_is_newer_than_all_that_was() -> None:
    good, timed_out = region("older", "good", at=(0, 1)), tried(region("older", "good", at=(0, 2)), "bad")

    assert went(europe=timed_out, us=good) == {"europe"}


def test_what_answers_in_one_region_and_never_did_in_the_next_is_taken_back_in_both() -> None:
    proven, timed_out = region("good", "bad", at=(1, 5)), tried(region("good", at=(2,)), "bad")

    assert went(europe=proven, us=timed_out) == {"europe", "us"}
    assert [target_of(each).release.making.spec for each in (proven, timed_out)] == ["good", "good"]


def test_a_return_that_was_killed_is_no_newer_change() -> None:
    killed = tried(region("good", "bad", at=(1, 5)), "good")

    assert went(europe=killed, us=region("good", "bad", at=(2, 6))) == {"europe", "us"}


def test_a_label_that_moved_on_running_pods_is_one_change_though_the_specs_differ() -> None:
    europe, us = region("first", "first, moved", at=(1, 5)), region("of us", "of us, moved", at=(2, 6))

    def moved(inventory: Inventory) -> Inventory:
        assert inventory.revision is not None
        making = replace(inventory.revision.making, live="label stable of resnet at version 2")
        return replace(inventory, revision=replace(inventory.revision, making=making))

    assert went(europe=europe, us=us) == {"us"}
    assert went(europe=moved(europe), us=moved(us)) == {"europe", "us"}


def test_what_the_spec_does_not_tell_apart_is_told_by_whoever_knows() -> None:
    europe, us = region("a", "b", at=(1, 5)), region("b", at=(2,))
    told = [replace(stand, change=change) for stand, change in zip(stands(europe=europe, us=us), "ab", strict=True)]

    assert reached(told) == {"europe"}
    assert reached([]) == frozenset()


SPEC = """\
apiVersion: tfk8s.dev/v1
name: resnet
model: {source: "gs://models/resnet"}
serviceAccount: {googleServiceAccount: none}
resources: {cpu: 100m, memory: 1Gi}
"""


def restored(text: str) -> Restored:
    spec = SpecChange(file=Path("tfk8s.yaml"), text=text, spec=load_spec(SPEC))
    return Restored(release=Revision(number=1, manifests=(), making=Making(spec=text)), spec=spec)


def test_the_spec_that_says_what_all_of_them_have_is_written() -> None:
    two = {"europe": restored("first"), "us": restored("of us")}

    chosen = one_spec(two, says_the_same=lambda text, region, _: (text, region) == ("of us", "europe"))

    assert chosen is not None
    assert chosen.text == "of us"
    assert one_spec({"europe": restored("a"), "us": restored("a")}, says_the_same=_never) == restored("a").spec
    assert one_spec({}, says_the_same=_never) is None


def test_specs_that_no_file_can_say_together_are_refused() -> None:
    with pytest.raises(InputError, match="the releases of europe, us were made from specs that differ") as refused:
        one_spec({"europe": restored("a"), "us": restored("b")}, says_the_same=_never)

    assert "--no-write" in (refused.value.hint or "")


def _never(text: str, region: str, release: Revision) -> bool:
    return False
