"""`tfk8s image build`: what goes into the image, what it is called, and where it is written."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.image_registry import FakeImageRegistry
from tests.unit.app.image_worlds import BASE, REPOSITORY, ImageParts, request_in, spec_of, with_model
from tests.unit.cloud.machine import Machine
from tests.unit.image.images import base_image
from tests.unit.model.savedmodels import Version
from tfk8s.app.image import baked_image
from tfk8s.app.image_build import Destination, as_json, build_image, delivery_json, foresee_load, load_image
from tfk8s.app.image_request import ImageRequest, OfDirectory, OfSpec
from tfk8s.app.local_run import spec_of_directory
from tfk8s.app.rendering import read_models
from tfk8s.cloud.kind.images import KindImageStore
from tfk8s.errors import InputError, RegistryError
from tfk8s.image import ImageDocuments
from tfk8s.image.archive import oci_layout
from tfk8s.image.descriptor import digest_of
from tfk8s.spec import ImageSpec


@pytest.fixture
def parts() -> ImageParts:
    return ImageParts()


def test_the_image_has_the_name_that_up_and_apply_look_for(parts: ImageParts, tmp_path: Path) -> None:
    request = request_in(tmp_path)

    built, _ = build_image(request, world=parts.world())

    assert built.image.reference == baked_image(spec_of(request), read_models(spec_of(request), base=tmp_path))
    assert built.pinned_reference == f"{REPOSITORY}@{built.image.digest}"
    assert parts.registry.tags == {}
    assert parts.steps() == ["check", "build"]


@pytest.mark.parametrize(("versions", "numbers"), [("latest", [2]), ("all", [1, 2]), ((1,), [1])])
def test_each_version_that_is_served_is_a_layer(
    parts: ImageParts, tmp_path: Path, versions: str, numbers: list[int]
) -> None:
    request = with_model(request_in(tmp_path), versions=versions)

    built, _ = build_image(request, world=parts.world())

    assert [(layer.model, layer.version) for layer in built.layers] == [("m", number) for number in numbers]
    assert [layer.digest for layer in built.layers] == list(built.image.layers)
    assert sum(layer.size_bytes for layer in built.layers) == built.image.size_bytes


def test_the_answer_names_base_digest_and_layers(parts: ImageParts, tmp_path: Path) -> None:
    built, _ = build_image(request_in(tmp_path), world=parts.world())

    (layer,) = built.layers
    assert as_json(built) == {
        "image": built.image.reference,
        "digest": built.image.digest,
        "pinned": f"{REPOSITORY}@{built.image.digest}",
        "base": {"image": BASE, "digest": digest_of(base_image().manifest)},
        "layers": [{"model": "m", "version": 2, "digest": layer.digest, "sizeBytes": layer.size_bytes}],
        "sizeBytes": layer.size_bytes,
    }


def test_repository_base_and_tag_can_differ_from_the_spec(parts: ImageParts, tmp_path: Path) -> None:
    parts.registry.bases = {"example.test/base:1": base_image(layers=2)}
    request = replace(request_in(tmp_path), repository="example.test/team/m", base="example.test/base:1", tag="v1")

    built, _ = build_image(request, world=parts.world())

    assert built.image.reference == "example.test/team/m:v1"
    assert parts.registry.asked == ["example.test/base:1"]


def test_another_base_has_another_tag(parts: ImageParts, tmp_path: Path) -> None:
    parts.registry.bases["example.test/base:1"] = base_image()
    request = request_in(tmp_path)

    names = {
        build_image(replace(request, base=base), world=parts.world())[0].image.reference
        for base in (None, "example.test/base:1")
    }

    assert len(names) == 2


def test_a_base_on_this_computer_is_named_by_its_content_not_by_its_folder(parts: ImageParts, tmp_path: Path) -> None:
    parts.registry.bases |= {"oci:here": base_image(), "oci:there": base_image(), "oci:other": base_image(layers=2)}
    request = request_in(tmp_path)

    here, there, other = (
        build_image(replace(request, base=base), world=parts.world())[0].image.reference
        for base in ("oci:here", "oci:there", "oci:other")
    )

    assert here == there != other


def test_the_image_is_written_to_every_place_that_is_named(parts: ImageParts, tmp_path: Path) -> None:
    places = (Destination(form="oci", path=tmp_path / "out"), Destination(form="tar", path=tmp_path / "image.tar"))

    built, deliveries = build_image(request_in(tmp_path), world=parts.world(), destinations=places)

    assert parts.oci.written == [(built.image.digest, tmp_path / "out")]
    assert parts.tar.written == [(built.image.digest, tmp_path / "image.tar")]
    assert [delivery_json(delivery) for delivery in deliveries] == [
        {"sentBytes": built.image.size_bytes, "reusedBytes": 0}
    ] * 2
    assert parts.steps() == ["check", "build", "write", "write"]


def test_a_pinned_digest_does_not_keep_the_image_from_being_built(parts: ImageParts, tmp_path: Path) -> None:
    pinned = f"sha256:{'a' * 64}"
    request = request_in(tmp_path, image=ImageSpec(repository=REPOSITORY, digest=pinned))

    built, _ = build_image(request, world=parts.world())

    assert built.image.reference.startswith(f"{REPOSITORY}:model-")
    assert built.pinned == pinned


def test_a_name_at_gcr_io_is_explained_and_accepted(parts: ImageParts, tmp_path: Path) -> None:
    request = replace(request_in(tmp_path), repository="gcr.io/my-project-1/m", tag="v1")

    built, _ = build_image(request, world=parts.world())

    (warning,) = parts.warnings()
    assert built.image.reference == "gcr.io/my-project-1/m:v1"
    assert "closed for writes since 2025-03-18" in warning.message
    assert "LOCATION-docker.pkg.dev/my-project-1/REPOSITORY/m" in (warning.hint or "")


def test_a_directory_has_the_image_that_a_spec_of_nothing_else_has(parts: ImageParts, tmp_path: Path) -> None:
    request_in(tmp_path)
    (tmp_path / "m").rename(tmp_path / "my model")
    spec = OfSpec(spec=spec_of_directory(tmp_path / "my model"), folder=tmp_path)
    directory = OfDirectory(directory=tmp_path / "my model")

    by_spec, by_directory = (
        build_image(ImageRequest(models=models), world=parts.world())[0] for models in (spec, directory)
    )

    assert as_json(by_directory) == as_json(by_spec)
    assert by_directory.layers[0].model == "my_model"
    assert by_directory.image.reference.startswith("tfk8s.local/my-model:model-")


@pytest.mark.parametrize("name", ["two words", "modèle-日本", "m/", "link"])
@pytest.mark.parametrize("is_named_by_a_spec", [False, True])
def test_a_directory_of_any_name_goes_into_an_image(
    parts: ImageParts, tmp_path: Path, name: str, is_named_by_a_spec: bool
) -> None:
    """K39.1."""
    real = tmp_path / ("real directory" if name == "link" else name)
    Version().write(real / "1")
    if name == "link":
        (tmp_path / "link").symlink_to(real)
    request = ImageRequest(models=OfDirectory(directory=tmp_path / name))
    if is_named_by_a_spec:
        request = with_model(request_in(tmp_path, numbers=()), source=name)

    built, _ = build_image(request, world=parts.world())

    (layer,) = built.layers
    (blob,) = built.image.blobs
    with tarfile.open(fileobj=io.BytesIO(b"".join(blob.chunks())), mode="r:gz") as tar:
        assert f"models/{layer.model}/1/saved_model.pb" in tar.getnames()


def test_a_directory_that_cannot_be_served_is_refused(parts: ImageParts, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=str(tmp_path)):
        build_image(ImageRequest(models=OfDirectory(directory=tmp_path)), world=parts.world())


def test_a_spec_without_a_directory_has_nothing_to_build(parts: ImageParts, tmp_path: Path) -> None:
    request = with_model(request_in(tmp_path), source="gs://bucket/m")

    with pytest.raises(InputError, match="nothing to put into an image") as caught:
        build_image(request, world=parts.world())

    assert "stopped in step 'check'" in caught.value.details[-1]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"repository": "example.test/m:v1"}, "is no image repository"),
        ({"repository": "Upper/Case"}, "is no image repository"),
        ({"tag": "v 1"}, "is no tag"),
        ({"tag": ""}, "is no tag"),
    ],
)
def test_a_name_that_is_none_is_refused_before_anything_is_read(
    parts: ImageParts, tmp_path: Path, changes: dict[str, str], text: str
) -> None:
    request = request_in(tmp_path, numbers=())

    with pytest.raises(InputError, match=text):
        build_image(replace(request, repository=changes.get("repository"), tag=changes.get("tag")), world=parts.world())


def test_a_base_that_is_nowhere_ends_the_build_with_what_was_done(parts: ImageParts, tmp_path: Path) -> None:
    parts.registry.bases.clear()

    with pytest.raises(RegistryError, match=f"{BASE} does not exist") as caught:
        build_image(request_in(tmp_path), world=parts.world())

    assert caught.value.details == ("stopped in step 'build'; done before it: check (m can be served)",)


def test_loading_builds_on_the_base_of_the_nodes(parts: ImageParts, tmp_path: Path) -> None:
    nodes = FakeImageRegistry(bases={BASE: base_image(media="docker")})
    parts.nodes["demo"] = nodes
    request = request_in(tmp_path, image=ImageSpec())

    before = foresee_load(request, cluster="demo", world=parts.world())
    built, delivery = load_image(request, cluster="demo", world=parts.world())

    assert built.image.reference.startswith("tfk8s.local/svc:model-")
    assert built.base_digest == digest_of(base_image(media="docker").manifest)
    assert nodes.tags == {built.image.reference: built.image.digest}
    assert delivery.sent_bytes == built.image.size_bytes
    assert before == (built.image.reference, False)
    assert foresee_load(request, cluster="demo", world=parts.world()) == (built.image.reference, True)
    assert parts.registry.asked == []


def test_every_node_of_a_kind_cluster_gets_the_image_and_a_second_load_sends_nothing(
    parts: ImageParts, tmp_path: Path
) -> None:
    machine = Machine()
    documents = ImageDocuments(manifest=base_image().manifest, config=base_image().config)
    name = "docker.io/tensorflow/serving:2.20.0"
    archive = b"".join(oci_layout(documents, (), reference=name, without=frozenset()))
    for node in machine.add_cluster("demo", nodes=2):
        node.take(archive)
    parts.nodes["demo"] = KindImageStore(machine, cluster="demo")
    request = request_in(tmp_path, image=ImageSpec())

    built, delivery = load_image(request, cluster="demo", world=parts.world())
    _, again = load_image(request, cluster="demo", world=parts.world())

    assert delivery.sent_bytes == 2 * built.image.size_bytes
    assert (again.digest, again.sent_bytes) == (built.image.digest, 0)
    assert foresee_load(request, cluster="demo", world=parts.world()) == (built.image.reference, True)
