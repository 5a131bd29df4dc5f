from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.service import NAME, config_map, small_service
from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject, Manifest, ObjectRef
from tfk8s.manifest.fields import object_at
from tfk8s.plan import Inventory, Making, from_config_map, inventory_ref, to_config_map

REF = inventory_ref(name=NAME, namespace="serving")
NAMES = st.text(alphabet="abcdefgh-.", min_size=1, max_size=20)
REFS = st.builds(
    ObjectRef,
    api_version=st.sampled_from(["v1", "apps/v1", "autoscaling/v2"]),
    kind=st.sampled_from(["ConfigMap", "Deployment"]),
    namespace=st.sampled_from(["", "serving"]),
    name=NAMES,
)


@given(objects=st.frozensets(REFS))
def test_a_record_survives_writing_and_reading(objects: frozenset[ObjectRef]) -> None:
    inventory = Inventory(objects=objects).settled(small_service().manifests)

    inventory = inventory.joined(small_service(config="two").manifests)

    assert from_config_map(to_config_map(inventory, ref=REF, labels={}).body) == inventory


def test_no_record_is_an_empty_one() -> None:
    assert from_config_map(None) == Inventory()


def test_joining_keeps_the_old_and_settling_drops_it() -> None:
    old, new = config_map("old").ref, config_map("new")

    joined = Inventory(objects=frozenset({old})).joined((new,))
    settled = joined.settled((new,))

    assert joined.objects == {old, new.ref}
    assert settled.objects == {new.ref}


def test_the_revision_counts_only_changes() -> None:
    first = Inventory().settled(small_service().manifests)
    same = first.settled(small_service().manifests)
    second = same.settled(small_service(config="two").manifests)

    assert [item.revision.number for item in (first, same, second) if item.revision] == [1, 1, 2]


def test_a_secret_is_recorded_by_name_alone() -> None:
    body: JsonObject = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "namespace": "serving"},
        "stringData": {"key": "hidden"},
    }
    secret = Manifest.of(body)

    inventory = Inventory().settled((secret, config_map("a")))

    assert secret.ref in inventory.objects
    assert inventory.revision is not None
    assert [item.ref.name for item in inventory.revision.manifests] == ["a"]
    assert "hidden" not in json.dumps(to_config_map(inventory, ref=REF, labels={}).body)


@pytest.mark.parametrize(
    "broken",
    [
        {"data": {"objects": "v1 ConfigMap serving"}},
        {"data": {"objects": "", "revision": "one"}, "binaryData": {"manifests": "aaaa"}},
        {"data": {"objects": "", "revision": "1"}, "binaryData": {"manifests": "no base64!"}},
        {"data": {"objects": "", "revision": "1"}, "binaryData": {"manifests": "aGVsbG8="}},
        {"data": {"objects": "", "revision": "1"}, "binaryData": {"manifests": "H4sIAAAAAAACA6tWSlSyUqoFADUkYRMHAAAA"}},
    ],
)
def test_a_record_that_was_edited_is_refused_and_not_guessed_at(broken: JsonObject) -> None:
    with pytest.raises(PreconditionError, match=f"ConfigMap/{NAME}-inventory is not a record"):
        from_config_map({"metadata": {"name": REF.name}, **broken})


def _grown(count: int, *, spec: str = "") -> Inventory:
    """A record of so many releases."""
    inventory = Inventory()
    for number in range(1, count + 1):
        making = Making(time=f"2026-11-29T00:00:{number:02d}Z", author="a", spec=spec, models=(NAME,), restores=None)
        inventory = inventory.settled(small_service(config=str(number)).manifests, making=making)
    return inventory


def test_the_last_ten_releases_are_kept_whole() -> None:
    inventory = _grown(13, spec="name: resnet\n")

    kept = from_config_map(to_config_map(inventory, ref=REF, labels={}).body)

    assert kept == inventory
    assert [item.number for item in kept.releases] == list(range(4, 14))
    assert kept.releases[0].making.time == "2026-11-29T00:00:04Z"
    assert kept.releases[0].manifests == small_service(config="4").manifests


def test_a_record_never_comes_near_the_limit_of_an_object() -> None:
    noise = random.Random(0)  # noqa: S311 - text that cannot be compressed, not secrets
    inventory = Inventory()
    for number in range(10):
        text = noise.randbytes(40_000).hex()
        making = Making(spec=noise.randbytes(40_000).hex())
        manifests = (config_map("big", text=text, number=str(number)),)
        inventory = inventory.settled(manifests, making=making)

    written = to_config_map(inventory, ref=REF, labels={}).body
    kept = from_config_map(written)

    assert len(json.dumps(written)) < 600_000
    assert kept.revision == inventory.revision
    assert 0 < len(kept.earlier) < 9
    assert kept.earlier[-1] == inventory.earlier[-1]


def test_a_last_release_that_is_too_large_by_itself_keeps_its_manifests_and_loses_its_spec() -> None:
    noise = random.Random(0)  # noqa: S311 - text that cannot be compressed, not secrets
    inventory = Inventory().settled((config_map("a"),), making=Making(spec=noise.randbytes(500_000).hex(), author="a"))

    kept = from_config_map(to_config_map(inventory, ref=REF, labels={}).body)

    assert kept.revision is not None
    assert kept.revision.manifests == (config_map("a"),)
    assert (kept.revision.making.spec, kept.revision.making.author) == ("", "a")


def test_a_record_of_before_there_was_a_history_is_read_and_goes_on() -> None:
    written = to_config_map(_grown(1), ref=REF, labels={}).body
    object_at(written, "binaryData").pop("history")

    old = from_config_map(written)
    newer = old.settled(small_service(config="2").manifests)

    assert [(item.number, item.making) for item in old.releases] == [(1, Making())]
    assert [item.number for item in newer.releases] == [1, 2]


def test_what_is_not_seen_answering_is_marked_until_it_is() -> None:
    one, two = small_service(config="1").manifests, small_service(config="2").manifests
    settled = Inventory().settled(one)

    assert settled.joined(two).attempt
    assert settled.unproven(two).attempt == settled.joined(two).attempt
    assert settled.unproven(two).revision == settled.revision
    assert settled.joined(two).settled(two).attempt == ""
    assert settled.joined(one).attempt == ""
