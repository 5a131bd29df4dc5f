"""A release whose pods follow another configuration than the one it was recorded with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tests.fakes.service import config_map
from tfk8s.manifest import JsonObject, Manifest, ObjectRef
from tfk8s.manifest.ownership import CONFIG_HASH_ANNOTATION
from tfk8s.manifest.server_config import MODELS_FILE, config_hash
from tfk8s.plan import Inventory, Making, caught_up, from_config_map, inventory_ref, to_config_map
from tfk8s.plan.followed import FOLLOWED_ANNOTATION
from tfk8s.plan.moved import moved

OTHER: Final = {"monitoring.config": "on"}
CONFIG = ObjectRef(api_version="v1", kind="ConfigMap", namespace="serving", name="resnet-config")
REF = ObjectRef(api_version="apps/v1", kind="Deployment", namespace="serving", name="resnet")
SECRET = ObjectRef(api_version="v1", kind="Secret", namespace="serving", name="resnet-key")


def hash_of(models: str) -> str:
    return config_hash({MODELS_FILE: models, **OTHER})


def release(models: str) -> tuple[Manifest, ...]:
    template: JsonObject = {"metadata": {"annotations": {CONFIG_HASH_ANNOTATION: hash_of(models)}}, "spec": {}}
    named: JsonObject = {"name": REF.name, "namespace": REF.namespace}
    deployment: JsonObject = {"apiVersion": REF.api_version, "kind": REF.kind, "metadata": named}
    files = {MODELS_FILE: models, **OTHER}
    return (config_map(CONFIG.name, **files), Manifest.of({**deployment, "spec": {"template": template}}))


def seen(models: str, *, started: str = "one", noted: str = "") -> Callable[[ObjectRef], JsonObject | None]:
    """The ConfigMap as it is, and a Deployment whose pods started with one configuration and were moved to another."""
    notes: JsonObject = {FOLLOWED_ANNOTATION: f"{hash_of(started)}={hash_of(noted)}"} if noted else {}
    deployment: JsonObject = {**release(started)[1].body, "metadata": {"name": REF.name, "annotations": notes}}
    objects: dict[ObjectRef, JsonObject] = {CONFIG: release(models)[0].body, REF: deployment}
    return lambda ref: objects.get(ref)


def test_the_configuration_that_all_pods_follow_is_that_of_the_release() -> None:
    assert moved(release("one"), live=seen("two", noted="two")) == release("two")


def test_what_is_written_and_not_seen_to_be_followed_is_not() -> None:
    assert moved(release("one"), live=seen("two")) is None
    assert moved(release("one"), live=seen("three", noted="two")) is None


def test_where_nothing_moved_or_nothing_is_there_the_release_is_as_it_was() -> None:
    assert moved(release("one"), live=seen("one")) is None
    assert moved(release("one"), live=lambda _: None) is None
    assert moved((), live=seen("two", noted="two")) is None


def test_pods_that_were_moved_back_follow_what_they_started_with() -> None:
    assert moved(release("two"), live=seen("one", noted="one")) == release("one")


def test_the_record_gets_a_release_more_and_keeps_the_names_of_secrets() -> None:
    known = Inventory().settled(release("one"), making=Making(spec="a", models=("resnet",)))
    known = replace(known, objects=known.objects | {SECRET})

    after = caught_up(known, live=seen("two", noted="two"))

    assert after.revision is not None
    assert (after.revision.number, after.revision.manifests) == (2, release("two"))
    assert (after.revision.making.models, after.revision.making.spec) == (("resnet",), "")
    assert after.objects == known.objects
    assert [item.number for item in after.releases] == [1, 2]
    assert caught_up(after, live=seen("two", noted="two")) == after


def test_what_was_never_seen_answering_is_no_release_to_move() -> None:
    unproven = Inventory().settled(release("one")).unproven(release("three"))

    assert caught_up(unproven, live=seen("two", noted="two")) == unproven
    assert caught_up(Inventory(), live=seen("two", noted="two")) == Inventory()


def test_how_a_release_was_moved_is_written_down_and_read_again() -> None:
    making = Making(live="label stable of resnet at version 2, on the running pods", is_return=True)
    known = Inventory().settled(release("one"), making=making)

    body = to_config_map(known, ref=inventory_ref(name="resnet", namespace="serving"), labels={}).body

    assert from_config_map(body) == known
