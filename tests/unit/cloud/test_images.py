from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cloud.machine import Machine
from tests.unit.image.images import base_image
from tfk8s.cloud.kind.images import KindImageStore, name_in_node
from tfk8s.errors import CloudError, RegistryError
from tfk8s.image import Descriptor, ImageDocuments, ModelImageBuilder
from tfk8s.image.archive import oci_layout
from tfk8s.image.descriptor import OCI_INDEX, OCI_MANIFEST, digest_of, encode
from tfk8s.manifest import JsonValue
from tfk8s.ports import BaseImage, ModelContent, ModelImage, SilentReporter

BASE = base_image()
NAME = "docker.io/tensorflow/serving:2.20.0"
SILENT = SilentReporter()


@pytest.fixture
def machine() -> Machine:
    machine = Machine()
    machine.add_cluster("demo", nodes=2)
    return machine


@pytest.fixture
def store(machine: Machine) -> KindImageStore:
    return KindImageStore(machine, cluster="demo")


@pytest.fixture
def model(tmp_path: Path) -> ModelContent:
    for number in ("1", "2"):
        (tmp_path / number).mkdir()
        (tmp_path / number / "saved_model.pb").write_bytes(number.encode())
    return ModelContent(name="m", root=tmp_path, versions=((1, tmp_path / "1"), (2, tmp_path / "2")))


def _archive(base: BaseImage, *, name: str = NAME) -> bytes:
    documents = ImageDocuments(manifest=base.manifest, config=base.config)
    return b"".join(oci_layout(documents, (), reference=name, without=frozenset()))


def _build(model: ModelContent, *, versions: int = 2) -> ModelImage:
    content = ModelContent(name=model.name, root=model.root, versions=model.versions[:versions])
    return ModelImageBuilder().build([content], base=BASE, reference=f"tfk8s.local/m:{versions}")


def test_a_base_that_every_node_has_is_read_without_touching_docker(machine: Machine, store: KindImageStore) -> None:
    for node in machine.clusters["demo"]:
        node.take(_archive(BASE))

    assert store.base("tensorflow/serving:2.20.0", reporter=SILENT) == BASE
    assert machine.changes() == []


def test_a_base_that_docker_has_is_loaded_into_the_nodes_that_lack_it(machine: Machine, store: KindImageStore) -> None:
    machine.clusters["demo"][0].take(_archive(BASE))
    machine.docker_images["tensorflow/serving:2.20.0"] = _archive(BASE)

    assert store.base("tensorflow/serving:2.20.0", reporter=SILENT) == BASE

    assert [len(node.imports) for node in machine.clusters["demo"]] == [1, 1]
    assert not any("pull" in words for words in machine.commands)


def test_a_base_that_is_nowhere_here_is_pulled(machine: Machine, store: KindImageStore) -> None:
    machine.published["tensorflow/serving:2.20.0"] = _archive(BASE)

    assert store.base("tensorflow/serving:2.20.0", reporter=SILENT) == BASE
    assert ("docker", "pull", "--platform=linux/amd64", "tensorflow/serving:2.20.0") in machine.commands


def test_a_base_that_does_not_exist_is_one_clear_error(store: KindImageStore) -> None:
    with pytest.raises(RegistryError, match=r"tensorflow/serving:9 is neither in the cluster nor") as caught:
        store.base("tensorflow/serving:9", reporter=SILENT)

    assert caught.value.details == ("Error response from daemon: manifest unknown",)


def test_of_an_image_for_several_platforms_ours_is_taken(machine: Machine, store: KindImageStore) -> None:
    arm = base_image(architecture="arm64")
    entries: list[JsonValue] = [
        {
            **Descriptor.of(image.manifest, media_type=OCI_MANIFEST).as_json(),
            "platform": {"os": "linux", "architecture": architecture},
        }
        for image, architecture in ((arm, "arm64"), (BASE, "amd64"))
    ]
    index = encode({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries})
    for node in machine.clusters["demo"]:
        for content in (index, arm.manifest, arm.config, BASE.manifest, BASE.config):
            node.contents[digest_of(content)] = content
        node.images[NAME] = digest_of(index)

    assert store.base("tensorflow/serving:2.20.0", reporter=SILENT) == BASE


def test_an_image_for_other_platforms_only_is_refused(machine: Machine, store: KindImageStore) -> None:
    index = encode({"manifests": [{"digest": "sha256:1", "platform": {"os": "linux", "architecture": "arm64"}}]})
    for node in machine.clusters["demo"]:
        node.contents[digest_of(index)] = index
        node.images[NAME] = digest_of(index)

    with pytest.raises(RegistryError, match="does not exist for linux/amd64"):
        store.base("tensorflow/serving:2.20.0", reporter=SILENT)


def test_every_node_is_given_the_image_once(machine: Machine, store: KindImageStore, model: ModelContent) -> None:
    image = _build(model)
    assert not store.holds(image.reference, base=BASE.reference)

    store.deliver(image, base=BASE, reporter=SILENT)
    store.deliver(image, base=BASE, reporter=SILENT)

    assert store.holds(image.reference, base=BASE.reference)
    assert [len(node.imports) for node in machine.clusters["demo"]] == [1, 1]


def test_an_image_on_a_base_that_was_replaced_since_is_built_and_delivered_anew(
    machine: Machine, store: KindImageStore, model: ModelContent
) -> None:
    image = _build(model)
    store.deliver(image, base=BASE, reporter=SILENT)
    newer = base_image(created="2026-01-02T00:00:00Z")
    for node in machine.clusters["demo"]:
        node.take(_archive(newer))
    assert not store.holds(image.reference, base=BASE.reference)

    again = ModelImageBuilder().build([model], base=newer, reference=image.reference)
    store.deliver(again, base=newer, reporter=SILENT)

    assert store.holds(image.reference, base=BASE.reference)


def test_only_the_layer_of_the_new_version_is_sent(
    machine: Machine, store: KindImageStore, model: ModelContent
) -> None:
    first, both = _build(model, versions=1), _build(model)
    store.deliver(first, base=BASE, reporter=SILENT)

    delivery = store.deliver(both, base=BASE, reporter=SILENT)

    sent = machine.clusters["demo"][0].imports[1]
    assert f"blobs/{both.layers[1].replace(':', '/')}" in sent
    assert f"blobs/{both.layers[0].replace(':', '/')}" not in sent
    nodes = len(machine.clusters["demo"])
    assert delivery.sent_bytes == nodes * both.blobs[1].size_bytes
    assert delivery.reused_bytes == nodes * both.blobs[0].size_bytes


@pytest.mark.parametrize("state", ["absent", "stopped"])
def test_a_cluster_that_does_not_run_is_said(machine: Machine, store: KindImageStore, state: str) -> None:
    if state == "absent":
        machine.clusters.clear()
    else:
        machine.clusters["demo"][1].running = False

    with pytest.raises(CloudError, match=r"does not run: (it does not exist|its node demo-worker is stopped)"):
        store.holds("tfk8s.local/m:1", base=BASE.reference)


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("busybox", "docker.io/library/busybox:latest"),
        ("busybox:1", "docker.io/library/busybox:1"),
        ("tensorflow/serving:2.20.0", NAME),
        ("localhost/x", "localhost/x:latest"),
        ("localhost:5000/x:2", "localhost:5000/x:2"),
        ("europe-docker.pkg.dev/p/r/x:2", "europe-docker.pkg.dev/p/r/x:2"),
        (f"tensorflow/serving@sha256:{'a' * 64}", "tfk8s.local/base:aaaaaaaaaaaa"),
        (f"tensorflow/serving:2@sha256:{'b' * 64}", "tfk8s.local/base:bbbbbbbbbbbb"),
    ],
)
def test_names_are_completed_as_docker_completes_them(reference: str, name: str) -> None:
    assert name_in_node(reference) == name
