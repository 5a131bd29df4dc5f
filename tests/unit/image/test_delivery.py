from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.registry import Habits, RegistryInMemory, basic, digest_of, error
from tests.unit.image.pushing import (
    CHUNK_BYTES,
    LAYER_BYTES,
    TARGET,
    LoginsOf,
    Pushing,
    blob,
    login,
    model,
    put_base,
)
from tfk8s.errors import InputError, RegistryError, Tfk8sError
from tfk8s.image.answer import Answer, LostError
from tfk8s.ports import BaseImage, ModelImage, Progress


@pytest.fixture
def registry() -> RegistryInMemory:
    registry = RegistryInMemory()
    put_base(registry)
    return registry


@pytest.fixture
def pushing(registry: RegistryInMemory) -> Pushing:
    return Pushing(registry)


@pytest.fixture
def image(pushing: Pushing, tmp_path: Path) -> ModelImage:
    return pushing.built(model(tmp_path))


def _layer(registry: RegistryInMemory, image: ModelImage, repository: str = "model") -> bytes:
    return registry.blobs[repository, image.layers[0]]


def _is_named(registry: RegistryInMemory) -> bool:
    return ("model", "v1") in registry.manifests


def test_the_image_is_there_with_all_it_consists_of(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage
) -> None:
    delivery = pushing.deliver(image)

    assert delivery.digest == image.digest == digest_of(registry.manifests["model", "v1"])
    assert _layer(registry, image) == b"".join(image.blobs[0].chunks())
    assert delivery.sent_bytes == registry.sent_bytes() == image.size_bytes + len(image.config)


def test_the_tag_is_given_last(registry: RegistryInMemory, pushing: Pushing, image: ModelImage) -> None:
    pushing.deliver(image)

    writes = [(seen.method, seen.path) for seen in registry.requests("POST|PATCH|PUT")]
    assert writes[-1] == ("PUT", "/v2/model/manifests/v1")
    assert [path for _, path in writes].count("/v2/model/manifests/v1") == 1


def test_a_large_layer_goes_in_pieces_and_each_says_its_place(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage
) -> None:
    pushing.deliver(image)

    ranges = [seen.headers["content-range"] for seen in registry.requests("PATCH")]
    last = image.size_bytes - 1
    assert ranges == [
        *(f"{start}-{start + CHUNK_BYTES - 1}" for start in range(0, last - CHUNK_BYTES, CHUNK_BYTES)),
        f"{last - last % CHUNK_BYTES}-{last}",
    ]


def test_a_second_push_sends_nothing(registry: RegistryInMemory, pushing: Pushing, image: ModelImage) -> None:
    first = pushing.deliver(image)
    registry.seen.clear()

    second = pushing.deliver(image)

    assert (second.sent_bytes, registry.sent_bytes()) == (0, 0)
    assert second.reused_bytes == first.sent_bytes + first.reused_bytes
    assert registry.requests("PUT|POST|PATCH") == []


def test_under_another_tag_only_the_manifest_is_sent(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage
) -> None:
    pushing.deliver(image)
    registry.seen.clear()

    delivery = pushing.deliver(replace(image, reference="registry.test/model:v2"))

    assert delivery.sent_bytes == 0
    assert [seen.path for seen in registry.requests("PUT")] == ["/v2/model/manifests/v2"]


def test_the_bases_layers_are_mounted_where_the_registry_is_the_same(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage
) -> None:
    delivery = pushing.deliver(image)

    mounts = [seen.query for seen in registry.requests("POST") if "mount" in seen.query]
    assert [query["from"] for query in mounts] == ["base"]
    assert delivery.reused_bytes == 2500


def test_a_mount_that_is_not_done_becomes_an_upload_of_the_layer(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage
) -> None:
    registry.habits = Habits(mounts=False)

    delivery = pushing.deliver(image)

    assert _is_named(registry)
    assert delivery.sent_bytes == 2500 + image.size_bytes + len(image.config)
    begun = [seen for seen in registry.requests("POST") if seen.path.endswith("/uploads/")]
    assert len(begun) == 3  # the answer to the question for the mount is the upload


@pytest.mark.parametrize("answer", [error(403, "DENIED"), error(405, "UNSUPPORTED"), LostError("broken")])
def test_a_mount_that_is_refused_becomes_an_upload_of_the_layer(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage, answer: Answer | Exception
) -> None:
    registry.answers.extend([("POST", "", answer)] * (1 if isinstance(answer, Answer) else 5))

    assert pushing.deliver(image).sent_bytes >= 2500
    assert _is_named(registry)


def test_the_bases_layers_pass_through_from_another_registry(registry: RegistryInMemory, tmp_path: Path) -> None:
    target = RegistryInMemory(host="target.test")
    reader, writer = Pushing(registry), Pushing(target)
    base = reader.base()
    image = reader.built(model(tmp_path), base=base, reference="target.test/model:v1")

    writer.deliver(image, base=base)

    assert target.blobs["model", base.blobs[0].digest] == bytes(range(250)) * 10
    assert ("model", "v1") in target.manifests
    assert not [seen for seen in target.requests("POST") if "mount" in seen.query]


def test_a_base_whose_layers_are_nowhere_is_one_clear_error(
    registry: RegistryInMemory, pushing: Pushing, tmp_path: Path
) -> None:
    base = replace(pushing.base(), reference="other.test/base:1", blobs=())
    image = pushing.built(model(tmp_path), base=base)

    with pytest.raises(RegistryError, match=r"of the base image other\.test/base:1 is not at hand"):
        pushing.deliver(image, base=base)

    assert not _is_named(registry)


def test_a_registry_that_takes_no_pieces_gets_the_layer_whole(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage
) -> None:
    registry.habits = Habits(takes_pieces=False)

    delivery = pushing.deliver(image)

    assert _layer(registry, image)
    assert len(registry.requests("PATCH")) == 1
    assert delivery.digest == image.digest


@pytest.mark.parametrize("host", ["us-central1-docker.pkg.dev", "gcr.io"])
def test_google_gets_every_layer_whole(tmp_path: Path, host: str) -> None:
    registry = RegistryInMemory(host=host)
    put_base(registry, repository="p/r/base")
    pushing = Pushing(registry)
    base = pushing.base(f"{host}/p/r/base:1")

    pushing.deliver(pushing.built(model(tmp_path), base=base, reference=f"{host}/p/r/m:1"), base=base)

    assert registry.requests("PATCH") == []
    assert ("p/r/m", "1") in registry.manifests


def test_a_registry_that_counts_wrongly_gets_the_layer_whole(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage
) -> None:
    registry.habits = Habits(counts_right=False)

    pushing.deliver(image)

    assert len(registry.requests("PATCH")) == 1
    assert _is_named(registry)


def test_pieces_get_smaller_until_a_proxy_lets_them_through(
    registry: RegistryInMemory, pushing: Pushing, tmp_path: Path
) -> None:
    registry.habits = Habits(most_bytes=1_000_000)
    pushing.chunk_bytes = 1 << 30
    image = pushing.built(model(tmp_path, size_bytes=9 << 20))

    pushing.deliver(image)

    whole = image.size_bytes
    first, second, *rest = [seen.received_bytes for seen in registry.requests("PATCH")]
    assert (first, second) == (whole, whole // 4)
    assert set(rest[:-1]) == {whole // 4 // 4}
    assert sum(rest) == whole
    assert _is_named(registry)


def test_a_registry_may_ask_for_larger_pieces(registry: RegistryInMemory, pushing: Pushing, image: ModelImage) -> None:
    registry.habits = Habits(least_piece_bytes=3000)

    pushing.deliver(image)

    assert [seen.received_bytes for seen in registry.requests("PATCH")] == [3000, 3000, image.size_bytes - 6000]


@pytest.mark.parametrize("cut", [0, 1, 300, 999])
def test_an_upload_that_breaks_goes_on_where_the_registry_has_it(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage, cut: int
) -> None:
    base = pushing.base()
    registry.cut_after_bytes = cut

    delivery = pushing.deliver(image, base=base)

    assert _layer(registry, image) == b"".join(image.blobs[0].chunks())
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

    assert _layer(registry, image) == b"".join(image.blobs[0].chunks())


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_an_answer_that_gets_lost_costs_no_byte(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage, method: str
) -> None:
    registry.lose_next_answer_of = method

    pushing.deliver(image)

    assert _is_named(registry)
    assert registry.sent_bytes() == image.size_bytes + len(image.config)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_registry_in_passing_trouble_gets_the_rest_later(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage, status: int
) -> None:
    for method in ("POST", "PATCH", "PATCH", "PUT", "HEAD", "GET"):
        registry.answers.append((method, "/model/", Answer(status=status, headers={})))

    pushing.deliver(image)

    assert _layer(registry, image) == b"".join(image.blobs[0].chunks())
    assert _is_named(registry)


def test_a_registry_that_stays_in_trouble_is_given_up_and_names_nothing(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage
) -> None:
    base = pushing.base()
    registry.answers.extend([("PATCH", "", Answer(status=503, headers={}))] * 100)

    with pytest.raises(RegistryError, match=r"refused the upload of sha256:\w+ with HTTP 503"):
        pushing.deliver(image, base=base)

    assert not _is_named(registry)
    assert len(registry.requests("PATCH")) == 5


def test_a_connection_that_breaks_every_time_but_goes_forward_comes_to_its_end(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage
) -> None:
    lost = LostError("broken")
    for _ in range(4):
        registry.answers.append(("PATCH", "", lost))

    pushing.deliver(image)

    assert _is_named(registry)


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
    assert not _is_named(registry)

    delivery = second.deliver(image, base=base)

    assert _is_named(registry)
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

    assert _layer(registry, image) == b"".join(image.blobs[0].chunks())


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

    assert _is_named(registry)
    shown = [seen.headers["authorization"] for seen in registry.requests("PATCH")]
    assert shown[0] != shown[1]
    assert len(set(shown[1:])) == 1


@pytest.mark.parametrize(
    ("method", "path", "status", "code", "words"),
    [
        ("POST", "/uploads/", 403, "DENIED", "does not let you push to registry.test/model"),
        ("PATCH", "/uploads/", 403, "DENIED", "does not let you push to registry.test/model"),
        ("PATCH", "/uploads/", 413, "SIZE_INVALID", "received another number of bytes"),
        ("POST", "/uploads/", 404, "NAME_UNKNOWN", "the repository registry.test/model does not exist"),
        ("PUT", "/uploads/", 400, "DIGEST_INVALID", "received other bytes than the digest names"),
        ("PUT", "/manifests/", 400, "MANIFEST_INVALID", "does not take the image's manifest"),
        ("PUT", "/manifests/", 400, "TAG_INVALID", "does not take the tag v1"),
        ("PUT", "/manifests/", 404, "MANIFEST_BLOB_UNKNOWN", "misses a part of the image"),
        ("HEAD", "/model/blobs/", 403, "", "does not let you push to registry.test/model"),
        ("POST", "/uploads/", 500, "", "refused the upload of sha256:"),
    ],
)
def test_a_refusal_is_one_clear_error_and_names_nothing(
    registry: RegistryInMemory,
    pushing: Pushing,
    tmp_path: Path,
    method: str,
    path: str,
    status: int,
    code: str,
    words: str,
) -> None:
    base = pushing.base()
    image = pushing.built(model(tmp_path), base=base)
    registry.habits = Habits(mounts=False)
    # A mount that is refused is asked for once; the upload meets the second refusal.
    registry.answers.extend([(method, path, error(status, code))] * 2)

    with pytest.raises(RegistryError) as caught:
        pushing.deliver(image, base=base)

    assert words in caught.value.message
    assert caught.value.hint
    assert not _is_named(registry)


def test_a_manifest_that_is_stored_as_another_is_noticed(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage
) -> None:
    other = "sha256:" + "b" * 64
    registry.answers.append(("PUT", "/manifests/", Answer(status=201, headers={"docker-content-digest": other})))

    with pytest.raises(RegistryError, match=f"was stored as {other}"):
        pushing.deliver(image)


def test_a_model_that_changes_while_it_is_pushed_is_not_named(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage, tmp_path: Path
) -> None:
    base = pushing.base()
    (tmp_path / "model" / "1" / "saved_model.pb").write_bytes(b"x" * LAYER_BYTES)

    with pytest.raises(InputError, match="changed while it was read"):
        pushing.deliver(image, base=base)

    assert not _is_named(registry)


def test_progress_counts_what_is_sent_up_to_all_of_it(
    registry: RegistryInMemory, pushing: Pushing, tmp_path: Path
) -> None:
    image = pushing.built(model(tmp_path, size_bytes=17 << 20))
    pushing.chunk_bytes = 1 << 20
    pushing.store.deliver(image, base=pushing.base(), reporter=pushing.told)

    counts = [event for event in pushing.told.events if isinstance(event, Progress)]
    total = image.size_bytes + len(image.config) + 2500
    assert {event.what for event in counts} == {"push"}
    assert {event.total for event in counts} == {total}
    assert counts[-1].done == total
    assert [event.done for event in counts] == sorted(event.done for event in counts)
    assert 30 <= len(counts) <= 101  # a piece is half a MiB, and nobody reads more than a hundred steps


def test_a_push_that_container_registry_refuses_names_artifact_registry(tmp_path: Path) -> None:
    registry = RegistryInMemory(host="gcr.io")
    put_base(registry, repository="p/base")
    pushing = Pushing(registry)
    base = pushing.base("gcr.io/p/base:1")
    image = pushing.built(model(tmp_path), base=base, reference="gcr.io/p/x:1")
    registry.answers.extend([("POST", "", error(403, "DENIED"))] * 2)

    with pytest.raises(Tfk8sError) as caught:
        pushing.deliver(image, base=base)

    assert caught.value.exit_code == 9
    assert "Artifact Registry" in caught.value.message


def test_what_is_there_can_be_asked_for_without_changing_anything(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage
) -> None:
    base = pushing.base()
    registry.seen.clear()

    assert pushing.store.present(image, base=base) == frozenset()
    registry.put_blob("model", b"".join(image.blobs[0].chunks()))
    assert pushing.store.present(image, base=base) == {image.layers[0]}
    pushing.deliver(image, base=base)
    assert image.digest in pushing.store.present(image, base=base)
    assert len(pushing.store.present(image, base=base)) == 4


def test_an_empty_content_is_sent_too(registry: RegistryInMemory, pushing: Pushing) -> None:
    base: BaseImage = pushing.base()
    document = json.loads(base.manifest)
    empty = blob(b"")
    document["layers"] += [{"mediaType": empty.media_type, "digest": empty.digest, "size": 0}]
    manifest = json.dumps(document).encode()
    image = ModelImage(
        reference=TARGET,
        digest=empty.digest,
        layers=(empty.digest,),
        size_bytes=0,
        archive=lambda _: iter(()),
        manifest=manifest,
        config=base.config,
        blobs=(empty,),
    )
    image = replace(image, digest=type(empty.digest)(digest_of(manifest)))

    pushing.deliver(image, base=base)

    assert registry.blobs["model", empty.digest] == b""
