"""What real registries of each kind say of an image that is there, that is not, and that may not be read."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.registry.images import push_base
from tests.registry.pushing import Client
from tests.registry.running import RunningRegistry
from tfk8s.manifest.registry_answer import ImageState

pytestmark = pytest.mark.contract

_BOUND_S = 15.0


def test_an_image_is_told_from_one_that_is_not_there(any_registry: RunningRegistry, tmp_path: Path) -> None:
    there = push_base(any_registry, tmp_path)
    client = Client(registries=(any_registry,))

    found, other, elsewhere = (
        client.look_up(image) for image in (there, any_registry.image("base", "2"), any_registry.image("other"))
    )

    assert (found.state, found.platforms) == (ImageState.PRESENT, ("linux/amd64",))
    assert found.digests == (there.partition("@")[2],)
    assert other.state is ImageState.ABSENT
    assert "MANIFEST_UNKNOWN" in other.words
    assert elsewhere.state is ImageState.ABSENT
    assert not any_registry.traffic.exchanges("PUT|POST|PATCH|DELETE", path="/v2/project/")


def test_without_a_login_it_is_a_denial_that_names_what_was_tried(
    any_registry: RunningRegistry, tmp_path: Path
) -> None:
    there = push_base(any_registry, tmp_path)
    stranger = Client(registries=(replace(any_registry, login=None),))

    found = stranger.look_up(there)

    if any_registry.login is None:
        assert found.state is ImageState.PRESENT
    else:
        assert found.state is ImageState.DENIED
        assert "tried: no login" in found.words


def test_a_login_without_the_right_to_read_is_a_denial(artifact_registry: RunningRegistry, tmp_path: Path) -> None:
    there = push_base(artifact_registry, tmp_path)
    assert artifact_registry.tokens is not None
    artifact_registry.tokens.deny("pull")

    found = Client(registries=(artifact_registry,)).look_up(there)

    assert found.state is ImageState.DENIED
    assert artifact_registry.login is not None
    assert artifact_registry.login.secret not in found.words


def test_a_registry_that_is_not_there_gives_no_answer_and_takes_no_time(registry: RunningRegistry) -> None:
    started = time.monotonic()

    found = Client(registries=(registry,)).look_up("127.0.0.1:9/half:1")

    assert found.state is ImageState.UNANSWERED
    assert time.monotonic() - started < _BOUND_S
