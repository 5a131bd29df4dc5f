"""Pods that were moved to another configuration without being replaced."""

from __future__ import annotations

from tfk8s.manifest import JsonObject, Manifest, ObjectRef
from tfk8s.manifest.fields import text_at
from tfk8s.manifest.ownership import CONFIG_HASH_ANNOTATION
from tfk8s.plan.followed import (
    FOLLOWED_ANNOTATION,
    Followed,
    config_of,
    followed_of,
    kept,
    now_followed,
    replacing,
    running_config,
)

REF = ObjectRef(api_version="apps/v1", kind="Deployment", namespace="serving", name="resnet")


def body(config_hash: str, *, followed: str = "", revision: str = "") -> JsonObject:
    notes: JsonObject = {}
    if followed:
        notes[FOLLOWED_ANNOTATION] = followed
    if revision:
        notes["deployment.kubernetes.io/revision"] = revision
    template: JsonObject = {"metadata": {"annotations": {CONFIG_HASH_ANNOTATION: config_hash}}, "spec": {}}
    return {"metadata": {"name": "resnet", "annotations": notes}, "spec": {"template": template}}


def desired(config_hash: str) -> Manifest:
    return Manifest(ref=REF, body=body(config_hash))


def value(manifest: Manifest | None) -> str | None:
    if manifest is None:
        return None
    return text_at(manifest.body, "spec", "template", "metadata", "annotations", CONFIG_HASH_ANNOTATION)


def test_pods_that_were_moved_to_the_desired_configuration_keep_the_hash_that_they_have() -> None:
    live = body("one", followed="one=two")

    assert running_config(live) == "two"
    assert value(kept(desired("two"), live)) == "one"


def test_without_a_live_change_nothing_is_kept_and_nothing_is_another() -> None:
    live = body("one")

    assert running_config(live) == "one"
    assert kept(desired("two"), live) is None
    assert kept(desired("one"), live) is None
    assert kept(desired("one"), None) is None
    assert value(replacing(desired("two"), live)) == "two"
    assert value(replacing(desired("one"), None)) == "one"


def test_a_note_about_another_template_says_nothing() -> None:
    live = body("three", followed="one=two")

    assert running_config(live) == "three"
    assert kept(desired("two"), live) is None


def test_a_note_from_before_another_roll_out_says_nothing() -> None:
    """kubectl apply of the old files, twice: the hash is that of the note again, and its pods are new."""
    live = body("one", followed="one=two@3", revision="5")

    assert running_config(live) == "one"
    assert kept(desired("two"), live) is None


def test_the_configuration_that_pods_were_moved_away_from_replaces_them_although_the_hash_is_the_same() -> None:
    live = body("one", followed="one=two")

    made = replacing(desired("one"), live)

    assert value(made) == "one-two"
    assert config_of("one-two") == "one"
    rolled = body("one-two", followed="one=two")
    assert running_config(rolled) == "one"
    assert value(kept(desired("one"), rolled)) == "one-two", "and stays then"


def test_pods_that_were_moved_back_to_what_they_started_with_stay() -> None:
    live = body("one", followed="one=one")

    assert value(replacing(desired("one"), live)) == "one"
    assert running_config(live) == "one"


def test_the_note_is_written_as_it_is_read() -> None:
    live = body("one", revision="7")

    note = now_followed(live, config="two")

    assert str(note) == "one=two@7"
    assert followed_of(body("one", followed=str(note))) == note == Followed(base="one", config="two", revision="7")
    assert str(now_followed(body("one"), config="two")) == "one=two"
    for strange in ("", "one", "=two", "one="):
        assert followed_of(body("one", followed=strange)) is None
