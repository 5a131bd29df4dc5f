from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.fakes.registry import Habits, RegistryInMemory, basic, digest_of, error
from tests.unit.image.pushing import BASE, OCI, LoginsOf, Pushing, config, content, encoded, index, login, put_base
from tfk8s.errors import RegistryError
from tfk8s.image.answer import Answer, LostError
from tfk8s.ports import Note

LAYER = bytes(range(250)) * 10


def _layer(registry: RegistryInMemory) -> bytes:
    (blob,) = Pushing(registry).base().blobs
    return b"".join(blob.chunks())


def test_a_base_is_read_with_its_layers_as_streams(registry: RegistryInMemory) -> None:
    pushing = Pushing(registry)

    base = pushing.base()

    assert (base.reference, base.manifest, base.config) == (BASE, registry.manifests["base", "1"], config())
    assert [blob.size_bytes for blob in base.blobs] == [len(LAYER)]
    assert registry.requests("GET", digest_of(LAYER)) == []  # not before it is asked for
    assert b"".join(base.blobs[0].chunks()) == LAYER
    assert pushing.told.events == [Note(message=f"reading {BASE}")]


def test_an_index_leads_to_the_image_for_our_platform(registry: RegistryInMemory) -> None:
    """K07.1."""
    arm = put_base(registry, architecture="arm64", tag="arm")
    ours = registry.manifests["base", "1"]
    newer = put_base(registry, tag="v3")
    registry.put_manifest(
        "base", index((arm, "linux/arm64"), (newer, "linux/amd64/v3"), (ours, "linux/amd64")), tag="1"
    )

    assert Pushing(registry).base().manifest == ours


def test_an_index_without_our_platform_names_those_it_has(registry: RegistryInMemory) -> None:
    arm = put_base(registry, architecture="arm64", tag="arm")
    entries = index((arm, "linux/arm64"), (arm, "windows/amd64"), (arm, "unknown/unknown"))
    registry.put_manifest("base", entries, tag="1")

    with pytest.raises(RegistryError, match=r"does not exist for linux/amd64, only for linux/arm64, windows/amd64$"):
        Pushing(registry).base()


def test_an_image_for_another_platform_is_refused(registry: RegistryInMemory) -> None:
    """K07.1."""
    put_base(registry, architecture="arm64")

    with pytest.raises(RegistryError, match="is for linux/arm64, not for linux/amd64"):
        Pushing(registry).base()


def test_an_index_whose_image_is_missing_is_refused(registry: RegistryInMemory) -> None:
    registry.put_manifest("base", index((b"{}", "linux/amd64")), tag="1")

    with pytest.raises(RegistryError, match="that its registry does not have"):
        Pushing(registry).base()


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (b"<html>", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"[]", "it is no JSON object"),
        (b'{"schemaVersion": 1}', "old form"),
        (b'{"schemaVersion": 2}', "names no config"),
        (b'{"mediaType": "application/vnd.cncf.helm"}', "of the type application/vnd.cncf.helm"),
        (b'{"config": {}, "layers": []}', "no media type, size or SHA-256 digest"),
        (b'{"config": {"digest": "md5:1", "size": 1, "mediaType": "x"}, "layers": []}', "no media type, size or SHA"),
        (b'{"config": {"digest": "sha256:../../x", "size": 1, "mediaType": "x"}, "layers": []}', "no media type, size"),
    ],
)
def test_what_is_no_image_is_refused_by_name(registry: RegistryInMemory, document: bytes, words: str) -> None:
    registry.put_manifest("base", document, tag="1")

    with pytest.raises(RegistryError) as caught:
        Pushing(registry).base()

    assert words in caught.value.message
    assert BASE in caught.value.message
    assert caught.value.hint


def test_other_bytes_than_the_digest_names_are_refused(registry: RegistryInMemory) -> None:
    digest = digest_of(registry.manifests["base", "1"])
    other = put_base(registry, tag="other").replace(b"2,", b"2 ,")
    registry.manifests["base", digest] = other

    with pytest.raises(RegistryError, match=f"gave other bytes than {digest} names"):
        Pushing(registry).base(f"registry.test/base@{digest}")


def test_other_bytes_than_the_registry_announces_are_refused(registry: RegistryInMemory) -> None:
    told = {"docker-content-digest": "sha256:" + "c" * 64}
    registry.answers.append(("GET", "/manifests/", Answer(status=200, headers=told, body=b"{}")))

    with pytest.raises(RegistryError, match="gave other bytes"):
        Pushing(registry).base()


def test_a_damaged_config_is_refused(registry: RegistryInMemory) -> None:
    registry.blobs["base", digest_of(config())] = config().replace(b"amd64", b"arm64")

    with pytest.raises(RegistryError, match="gave other bytes"):
        Pushing(registry).base()


def test_a_config_that_is_no_config_is_not_read(registry: RegistryInMemory) -> None:
    settings = {**content(b"x", f"{OCI}.config.v1+json"), "size": 1 << 40}
    registry.put_manifest("base", encoded({"schemaVersion": 2, "config": settings, "layers": []}), tag="1")

    with pytest.raises(RegistryError, match=rf"the config of {BASE} is no config: it has {1 << 40} bytes") as caught:
        Pushing(registry).base()

    assert "name another one" in (caught.value.hint or "")
    assert registry.requests("GET", "/blobs/") == []


@pytest.mark.parametrize("damaged", [LAYER[:-1], LAYER + b"x", LAYER[:-1] + b"x", b""])
def test_a_damaged_layer_is_noticed_at_its_end(registry: RegistryInMemory, damaged: bytes) -> None:
    registry.blobs["base", digest_of(LAYER)] = damaged

    with pytest.raises(RegistryError, match="gave other bytes"):
        _layer(registry)


@pytest.mark.parametrize("takes_ranges", [True, False])
def test_a_download_that_breaks_goes_on_where_it_was(registry: RegistryInMemory, takes_ranges: bool) -> None:
    def broken() -> Iterator[bytes]:
        yield LAYER[:1500]
        raise LostError("broken")

    first = Answer(status=200, headers={}, chunks=broken)
    registry.answers.append(("GET", digest_of(LAYER), first))
    if not takes_ranges:
        whole = Answer(status=200, headers={}, chunks=lambda: iter([LAYER[:1000], LAYER[1000:]]))
        registry.answers.append(("GET", digest_of(LAYER), whole))

    assert _layer(registry) == LAYER
    assert registry.requests("GET", digest_of(LAYER))[-1].headers["range"] == "bytes=1500-"


def test_a_layer_may_be_stored_elsewhere(registry: RegistryInMemory) -> None:
    registry.habits = Habits(storage="storage.test")
    registry.token = basic("u", "p")
    pushing = Pushing(registry, logins=LoginsOf({"registry.test": login("u", "p")}))

    assert b"".join(pushing.base().blobs[0].chunks()) == LAYER


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (404, "MANIFEST_UNKNOWN", f"{BASE} does not exist"),
        (404, "NAME_UNKNOWN", "the repository registry.test/base does not exist"),
        (404, "", f"{BASE} does not exist"),
        (403, "DENIED", "does not let you pull from registry.test/base"),
        (401, "UNAUTHORIZED", f"does not accept the login for the reading of {BASE}; tried: no login"),
        (500, "", f"refused the reading of {BASE} with HTTP 500"),
    ],
)
def test_a_refusal_says_what_is_wrong(registry: RegistryInMemory, status: int, code: str, words: str) -> None:
    registry.answers.extend([("GET", "/manifests/", error(status, code))] * 2)

    with pytest.raises(RegistryError) as caught:
        Pushing(registry).base()

    assert words in caught.value.message
    assert caught.value.hint


def test_media_types_of_docker_are_taken(registry: RegistryInMemory) -> None:
    document = json.loads(registry.manifests["base", "1"])
    document["mediaType"] = "application/vnd.docker.distribution.manifest.v2+json"
    child = encoded(document)
    listed = json.loads(index((child, "linux/amd64")))
    listed["mediaType"] = "application/vnd.docker.distribution.manifest.list.v2+json"
    registry.put_manifest("base", child)
    registry.put_manifest("base", encoded(listed), tag="1")

    assert Pushing(registry).base().manifest == child
    asked = registry.requests("GET", "/manifests/1")[0].headers["accept"]
    assert "manifest.list.v2+json" in asked
    assert "image.index.v1+json" in asked
