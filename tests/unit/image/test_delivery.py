"""What a push sends, in which pieces and order, and what it leaves out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.registry import Habits, RegistryInMemory, digest_of, error
from tests.unit.image.pushing import (
    CHUNK_BYTES,
    TARGET,
    Pushing,
    blob,
    is_named,
    layer_in,
    model,
    put_base,
)
from tfk8s.image.answer import Answer, LostError
from tfk8s.ports import BaseImage, ModelImage, Progress


def test_the_image_is_there_with_all_it_consists_of(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage
) -> None:
    delivery = pushing.deliver(image)

    assert delivery.digest == image.digest == digest_of(registry.manifests["model", "v1"])
    assert layer_in(registry, image) == b"".join(image.blobs[0].chunks())
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

    assert is_named(registry)
    assert delivery.sent_bytes == 2500 + image.size_bytes + len(image.config)
    begun = [seen for seen in registry.requests("POST") if seen.path.endswith("/uploads/")]
    assert len(begun) == 3  # the answer to the question for the mount is the upload


@pytest.mark.parametrize("answer", [error(403, "DENIED"), error(405, "UNSUPPORTED"), LostError("broken")])
def test_a_mount_that_is_refused_becomes_an_upload_of_the_layer(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage, answer: Answer | Exception
) -> None:
    registry.answers.extend([("POST", "", answer)] * (1 if isinstance(answer, Answer) else 5))

    assert pushing.deliver(image).sent_bytes >= 2500
    assert is_named(registry)


def test_the_bases_layers_pass_through_from_another_registry(registry: RegistryInMemory, tmp_path: Path) -> None:
    target = RegistryInMemory(host="target.test")
    reader, writer = Pushing(registry), Pushing(target)
    base = reader.base()
    image = reader.built(model(tmp_path), base=base, reference="target.test/model:v1")

    writer.deliver(image, base=base)

    assert target.blobs["model", base.blobs[0].digest] == bytes(range(250)) * 10
    assert ("model", "v1") in target.manifests
    assert not [seen for seen in target.requests("POST") if "mount" in seen.query]


def test_a_registry_that_takes_no_pieces_gets_the_layer_whole(
    registry: RegistryInMemory, pushing: Pushing, image: ModelImage
) -> None:
    registry.habits = Habits(takes_pieces=False)

    delivery = pushing.deliver(image)

    assert layer_in(registry, image)
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
    assert is_named(registry)


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
    assert is_named(registry)


def test_a_registry_may_ask_for_larger_pieces(registry: RegistryInMemory, pushing: Pushing, image: ModelImage) -> None:
    registry.habits = Habits(least_piece_bytes=3000)

    pushing.deliver(image)

    assert [seen.received_bytes for seen in registry.requests("PATCH")] == [3000, 3000, image.size_bytes - 6000]


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
