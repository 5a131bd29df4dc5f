from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.service import NAME, config_map, small_service
from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject, Manifest, ObjectRef
from tfk8s.plan import Inventory, from_config_map, inventory_ref, to_config_map

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
