"""A push that is broken off, by the connection, the registry or a kill, goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.registry import Habits, RegistryInMemory, basic, error
from tests.unit.image.pushing import (
    CHUNK_BYTES,
    LoginsOf,
    Pushing,
    is_named,
    layer_in,
    login,
)
from tfk8s.errors import RegistryError
from tfk8s.image.answer import Answer, LostError
from tfk8s.ports import ModelImage


@pytest.mark.parametrize("cut", [0, 1, 300, 999])
def test_an_upload_that_breaks_goes_on_where_the_registry_has_it(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage, cut: int
) -> None:
    base = pushing.base()
    registry.cut_after_bytes = cut

    delivery = pushing.deliver(image, base=base)

    assert layer_in(registry, image) == b"".join(image.blobs[0].chunks())
    # What the registry had taken in when it broke is not sent again; but `0-0` for one byte cannot be told from none.
    twice = 1 + CHUNK_BYTES if cut == 1 else 0
    assert registry.sent_bytes() == image.size_bytes + len(image.config) + twice
    assert delivery.sent_bytes <= image.size_bytes + len(image.config) + CHUNK_BYTES


def test_an_upload_that_the_registry_forgets_begins_anew(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage
) -> None:
    registry.habits = Habits(tells_status=False)
    registry.cut_after_bytes = 999

    pushing.deliver(image)

    assert layer_in(registry, image) == b"".join(image.blobs[0].chunks())


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_an_answer_that_gets_lost_costs_no_byte(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage, method: str
) -> None:
    registry.lose_next_answer_of = method

    pushing.deliver(image)

    assert is_named(registry)
    assert registry.sent_bytes() == image.size_bytes + len(image.config)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_registry_in_passing_trouble_gets_the_rest_later(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage, status: int
) -> None:
    for method in ("POST", "PATCH", "PATCH", "PUT", "HEAD", "GET"):
        registry.answers.append((method, "/model/", Answer(status=status, headers={})))

    pushing.deliver(image)

    assert layer_in(registry, image) == b"".join(image.blobs[0].chunks())
    assert is_named(registry)


def test_a_registry_that_stays_in_trouble_is_given_up_and_names_nothing(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage
) -> None:
    base = pushing.base()
    registry.answers.extend([("PATCH", "", Answer(status=503, headers={}))] * 100)

    with pytest.raises(RegistryError, match=r"refused the upload of sha256:\w+ with HTTP 503"):
        pushing.deliver(image, base=base)

    assert not is_named(registry)
    assert len(registry.requests("PATCH")) == 5


def test_a_connection_that_breaks_every_time_but_goes_forward_comes_to_its_end(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage
) -> None:
    lost = LostError("broken")
    for _ in range(4):
        registry.answers.append(("PATCH", "", lost))

    pushing.deliver(image)

    assert is_named(registry)


def test_a_run_that_was_killed_is_gone_on_with_by_the_next(
    registry: RegistryInMemory, image: ModelImage, tmp_path: Path
) -> None:
    class KilledError(Exception):
        """Nothing handles it, like a signal."""

    first, second = (Pushing(registry, state=tmp_path / "state") for _ in range(2))
    base = first.base()
    done = 0

    def chunks() -> Iterator[bytes]:
        nonlocal done
        for piece in image.blobs[0].chunks():
            yield piece
            done += len(piece)
            if done > 2 * CHUNK_BYTES:
                raise KilledError

    dying = replace(image, blobs=(replace(image.blobs[0], chunks=chunks),))
    with pytest.raises(KilledError):
        first.deliver(dying, base=base)
    before = registry.sent_bytes()
    assert not is_named(registry)

    delivery = second.deliver(image, base=base)

    assert is_named(registry)
    assert before >= CHUNK_BYTES
    assert delivery.sent_bytes == image.size_bytes + len(image.config) - before
    assert list((tmp_path / "state").iterdir()) == []


def test_an_upload_of_an_earlier_run_that_held_something_else_is_sent_again(
    registry: RegistryInMemory, image: ModelImage, tmp_path: Path
) -> None:
    pushing = Pushing(registry, state=tmp_path / "state")
    base = pushing.base()
    registry.answers.extend([("PATCH", "", LostError("broken"))] * 5)
    with pytest.raises(RegistryError):
        pushing.deliver(image, base=base)
    (upload,) = registry.uploads
    registry.uploads[upload] += b"something else"

    pushing.deliver(image, base=base)

    assert layer_in(registry, image) == b"".join(image.blobs[0].chunks())


def test_an_expired_token_is_renewed_in_the_midst_of_an_upload(registry: RegistryInMemory, image: ModelImage) -> None:
    pushing = Pushing(registry, logins=LoginsOf({"registry.test": login("u", "p")}))
    registry.token = basic("u", "p")
    base = pushing.base()
    count = 0

    def tokens(_: object) -> Answer:
        nonlocal count
        count += 1
        registry.token = f"Bearer t{count}"
        return Answer(status=200, headers={}, body=json.dumps({"token": f"t{count}"}).encode())

    registry.token, registry.token_answer = "Bearer none", tokens
    registry.answers.append(("PATCH", "", error(401, "UNAUTHORIZED", **{"www-authenticate": registry._challenge()})))

    pushing.deliver(image, base=base)

    assert is_named(registry)
    shown = [seen.headers["authorization"] for seen in registry.requests("PATCH")]
    assert shown[0] != shown[1]
    assert len(set(shown[1:])) == 1
