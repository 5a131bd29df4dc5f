"""What needs no question to the server; `tests/integration/control_plane` holds it against a real one."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.fakes.cluster import FakeCluster
from tests.fakes.service import config_map, deployment, small_service
from tfk8s.manifest import JsonObject, Manifest
from tfk8s.plan.settled import is_settled


def live_of(manifest: Manifest) -> JsonObject:
    cluster = FakeCluster()
    cluster.apply(manifest)
    found = cluster.get(manifest.ref)
    assert found is not None
    return found


@pytest.mark.parametrize("manifest", small_service(replicas=None).manifests, ids=lambda item: item.ref.kind)
def test_what_was_applied_is_settled(manifest: Manifest) -> None:
    assert is_settled(manifest, live_of(manifest))


def test_another_value_a_new_field_and_one_that_went_are_not() -> None:
    live = live_of(config_map("a", x="1", y="1"))

    assert not is_settled(config_map("a", x="2", y="1"), live)
    assert not is_settled(config_map("a", x="1", y="1", z="1"), live)
    assert not is_settled(config_map("a", x="1"), live)


def test_a_value_that_somebody_else_wrote_is_not() -> None:
    manifest = config_map("a", x="1")
    live: Any = copy.deepcopy(live_of(manifest))
    live["data"]["x"] = "2"

    assert not is_settled(manifest, live)


def test_what_others_add_beside_ours_does_not_matter() -> None:
    manifest = config_map("a", x="1")
    live: Any = copy.deepcopy(live_of(manifest))
    live["data"]["of-others"] = "2"

    assert is_settled(manifest, live)


@pytest.mark.parametrize(
    ("wanted", "live", "settled"),
    [
        (["a", "b"], ["a", "b"], True),
        (["a", "b"], ["a", "x", "b"], True),
        (["a", "b"], ["b", "a"], False),
        (["a", "b"], ["a"], False),
        (["a"], ["a"], False),
    ],
)
def test_entries_with_keys_may_stand_among_others_but_in_their_order(
    wanted: list[str], live: list[str], settled: bool
) -> None:
    """The record names the entries a and b, which were applied without the protocol that the server fills in."""

    def port(name: str, **more: str) -> dict[str, str]:
        return {"port": name, **more}

    keys: Any = {f'k:{{"port":"{name}","protocol":"TCP"}}': {".": {}, "f:port": {}} for name in "ab"}
    record: Any = {
        "manager": "tfk8s",
        "operation": "Apply",
        "apiVersion": "v1",
        "fieldsV1": {"f:metadata": {"f:labels": {"f:l": {}}}, "f:ports": keys},
    }
    metadata: Any = {"name": "x", "labels": {"l": "1"}}
    found: Any = {
        "metadata": {**metadata, "managedFields": [record]},
        "ports": [port(name, protocol="TCP") for name in live],
    }
    body: Any = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "ports": [port(name) for name in wanted]}

    assert is_settled(Manifest.of(body), found) is settled


def test_true_is_not_one() -> None:
    live: Any = copy.deepcopy(live_of(deployment(replicas=1)))
    live["spec"]["replicas"] = True

    assert not is_settled(deployment(replicas=1), live)


def test_an_object_that_was_not_applied_or_twice_over_is_asked_about() -> None:
    manifest = config_map("a", x="1")
    live: Any = copy.deepcopy(live_of(manifest))
    entries = live["metadata"]["managedFields"]

    assert not is_settled(manifest, {**live, "metadata": {**live["metadata"], "managedFields": []}})
    assert not is_settled(manifest, {**live, "metadata": {**live["metadata"], "managedFields": [*entries, *entries]}})
