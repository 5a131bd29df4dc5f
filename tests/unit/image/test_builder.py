from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from tests.unit.image.images import base_image, loads
from tfk8s.errors import RegistryError
from tfk8s.image import ModelImageBuilder
from tfk8s.image.descriptor import digest_of
from tfk8s.manifest import JsonObject
from tfk8s.ports import BaseImage, Digest, ModelContent, ModelImage

NOTHING: frozenset[Digest] = frozenset()


@pytest.fixture
def content(tmp_path: Path) -> ModelContent:
    for number in ("1", "2"):
        (tmp_path / number).mkdir()
        (tmp_path / number / "saved_model.pb").write_bytes(b"graph " + number.encode())
    return ModelContent(name="Half_Plus", root=tmp_path, versions=((1, tmp_path / "1"), (2, tmp_path / "2")))


def _build(content: ModelContent, base: BaseImage) -> ModelImage:
    return ModelImageBuilder().build([content], base=base, reference="example.test/half-plus:model-1")


def _members(image: ModelImage, without: frozenset[Digest] = NOTHING) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(b"".join(image.archive(without)))) as tar:
        files = [(entry.name, tar.extractfile(entry)) for entry in tar]
        return {name: handle.read() for name, handle in files if handle is not None}


def _documents(image: ModelImage) -> tuple[JsonObject, JsonObject]:
    members = _members(image)
    manifest = loads(members[_blob(image.digest)])
    config_entry = manifest["config"]
    assert isinstance(config_entry, dict)
    return manifest, loads(members[_blob(str(config_entry["digest"]))])


def _digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _blob(digest: str) -> str:
    return "blobs/" + digest.replace(":", "/")


def test_every_blob_of_the_archive_has_the_name_of_its_bytes(content: ModelContent) -> None:
    members = _members(_build(content, base_image()))

    blobs = {name: data for name, data in members.items() if name.startswith("blobs/sha256/")}

    assert len(blobs) == 4  # manifest, config, two layers
    assert {name for name, data in blobs.items() if not name.endswith(hashlib.sha256(data).hexdigest())} == set()


def test_the_manifest_lists_the_base_layers_then_one_layer_a_version(content: ModelContent) -> None:
    base = base_image(layers=3)
    image = _build(content, base)

    manifest, config = _documents(image)

    layers = manifest["layers"]
    rootfs = config["rootfs"]
    assert isinstance(layers, list)
    assert isinstance(rootfs, dict)
    diff_ids = rootfs["diff_ids"]
    assert isinstance(diff_ids, list)
    assert [layer["digest"] for layer in layers if isinstance(layer, dict)][3:] == list(image.layers)
    assert diff_ids[3:] == [_digest(gzip.decompress(b"".join(blob.chunks()))) for blob in image.blobs]
    assert len(diff_ids) == len(layers) == 5


def test_the_index_names_the_image_and_its_platform(content: ModelContent) -> None:
    image = _build(content, base_image())

    index = loads(_members(image)["index.json"])

    entry = index["manifests"]
    assert isinstance(entry, list)
    assert entry[0] == {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": image.digest,
        "size": len(_members(image)[_blob(image.digest)]),
        "platform": {"os": "linux", "architecture": "amd64"},
        "annotations": {
            "io.containerd.image.name": image.reference,
            "org.opencontainers.image.ref.name": image.reference.rpartition(":")[2],
        },
    }


def test_a_thin_archive_leaves_out_what_the_reader_has(content: ModelContent) -> None:
    image = _build(content, base_image())

    thin = _members(image, frozenset({image.layers[0]}))

    assert _blob(image.layers[0]) not in thin
    assert _blob(image.layers[1]) in thin


def test_the_same_model_on_the_same_base_is_the_same_image(content: ModelContent) -> None:
    assert len({_build(content, base_image()).digest for _ in range(2)}) == 1


@pytest.mark.parametrize("what", ["model", "base", "name", "versions"])
def test_any_other_content_is_another_image(content: ModelContent, what: str) -> None:
    before = _build(content, base_image()).digest
    base = base_image(created="2026-01-02T00:00:00Z") if what == "base" else base_image()
    if what == "model":
        (content.root / "1" / "saved_model.pb").write_bytes(b"another graph")
    changed = ModelContent(
        name="Other" if what == "name" else content.name,
        root=content.root,
        versions=content.versions[1:] if what == "versions" else content.versions,
    )

    assert _build(changed, base).digest != before


def test_several_models_each_have_their_folder_and_none_is_the_default(content: ModelContent) -> None:
    other = ModelContent(name="other", root=content.root, versions=content.versions[:1])
    image = ModelImageBuilder().build([content, other], base=base_image(), reference="example.test/both:1")

    _, config = _documents(image)

    run = config["config"]
    assert isinstance(run, dict)
    assert run["Env"] == ["PATH=/usr/bin", "MODEL_BASE_PATH=/models", "MODEL_NAME=model"]
    labels = run["Labels"]
    assert isinstance(labels, dict)
    assert labels["dev.tfk8s.models"] == "Half_Plus,other"
    assert len(image.layers) == 3


def test_the_image_keeps_what_the_base_runs_and_names_the_model(content: ModelContent) -> None:
    _, config = _documents(_build(content, base_image()))

    run = config["config"]
    assert isinstance(run, dict)
    assert run["Entrypoint"] == ["/usr/bin/tf_serving_entrypoint.sh"]
    assert run["Env"] == ["PATH=/usr/bin", "MODEL_BASE_PATH=/models", "MODEL_NAME=Half_Plus"]
    labels = run["Labels"]
    assert isinstance(labels, dict)
    assert labels["maintainer"] == "someone"
    assert labels["dev.tfk8s.models"] == "Half_Plus"


def test_the_history_has_a_line_for_every_layer(content: ModelContent) -> None:
    _, config = _documents(_build(content, base_image(layers=2)))

    history = config["history"]
    assert isinstance(history, list)
    assert history[2:] == [
        {"created_by": "tfk8s: /models/Half_Plus/1"},
        {"created_by": "tfk8s: /models/Half_Plus/2"},
    ]


def test_a_docker_base_becomes_an_oci_image(content: ModelContent) -> None:
    manifest, _ = _documents(_build(content, base_image(media="docker")))

    assert "vnd.docker" not in json.dumps(manifest)


def test_annotations_say_which_base_it_was_built_on(content: ModelContent) -> None:
    base = base_image()
    manifest, _ = _documents(_build(content, base))

    annotations = manifest["annotations"]
    assert isinstance(annotations, dict)
    assert annotations["org.opencontainers.image.base.name"] == f"docker.io/{base.reference}"
    assert annotations["org.opencontainers.image.base.digest"] == digest_of(base.manifest)


def test_the_platform_is_the_bases_own_and_another_one_is_refused(content: ModelContent) -> None:
    """K07.1."""
    _, config = _documents(_build(content, base_image()))
    assert (config["os"], config["architecture"]) == ("linux", "amd64")

    with pytest.raises(RegistryError, match="is for linux/arm64, not for linux/amd64"):
        _build(content, base_image(architecture="arm64"))


@pytest.mark.parametrize(
    ("manifest", "config"),
    [
        (b"no json", None),
        (b"[]", None),
        (b"{}", None),
        (b'{"layers": [1]}', None),
        (None, b'{"os": "linux", "architecture": "amd64"}'),
        (None, b"\xff"),
    ],
)
def test_a_damaged_base_is_refused_by_name(content: ModelContent, manifest: bytes | None, config: bytes | None) -> None:
    good = base_image()
    base = BaseImage(reference=good.reference, manifest=manifest or good.manifest, config=config or good.config)

    with pytest.raises(RegistryError, match=r"tensorflow/serving:2\.20\.0 is not an image"):
        _build(content, base)
