from __future__ import annotations

from pathlib import Path

import pytest

from tfk8s.app.image import baked_contents, baked_image
from tfk8s.errors import InputError
from tfk8s.model import GraphInfo, ModelInfo, ModelVersion
from tfk8s.spec import ImageSpec, ModelSpec, ServiceSpec, Versions

GRAPH = GraphInfo(tags=("serve",), signatures=(), operations=(), tensorflow_version="2.21.0", has_variables=False)


def write_model(root: Path, *, directories: tuple[str, ...] = ("1", "2")) -> ModelInfo:
    versions = []
    for directory in directories:
        path = root / directory
        path.mkdir(parents=True)
        (path / "saved_model.pb").write_bytes(b"graph " + str(int(directory)).encode())
        versions.append(
            ModelVersion(number=int(directory), directory=directory, path=path, size_bytes=7, graphs=(GRAPH,))
        )
    return ModelInfo(path=root, name=root.name, versions=tuple(versions), findings=())


def spec_of(*, source: str = "./m", versions: Versions = "latest", image: ImageSpec | None = None) -> ServiceSpec:
    return ServiceSpec(
        api_version="tfk8s.dev/v1",
        name="svc",
        model=ModelSpec(name="m", source=source, versions=versions),
        image=image or ImageSpec(),
    )


def test_the_same_content_has_the_same_name_wherever_it_is(tmp_path: Path) -> None:
    here = baked_image(spec_of(), {"m": write_model(tmp_path / "a")})
    there = baked_image(spec_of(source="/elsewhere"), {"m": write_model(tmp_path / "b", directories=("01", "00002"))})

    assert here == there
    assert here is not None
    assert here.startswith("tfk8s.local/svc:model-")


def test_content_of_the_same_size_has_another_name(tmp_path: Path) -> None:
    info = write_model(tmp_path)
    before = baked_image(spec_of(), {"m": info})
    (tmp_path / "2" / "saved_model.pb").write_bytes(b"graph 3")

    assert baked_image(spec_of(), {"m": info}) != before


def test_a_version_that_is_not_served_does_not_count(tmp_path: Path) -> None:
    info = write_model(tmp_path)
    before = baked_image(spec_of(), {"m": info})
    (tmp_path / "1" / "saved_model.pb").write_bytes(b"graph 9")

    assert baked_image(spec_of(), {"m": info}) == before


def test_another_base_has_another_name(tmp_path: Path) -> None:
    info = write_model(tmp_path)
    names = {
        baked_image(spec_of(image=ImageSpec(base=base)), {"m": info})
        for base in ("tensorflow/serving:2.19.0", "tensorflow/serving:2.20.0")
    }

    assert len(names) == 2


def test_the_repository_of_the_spec_is_used(tmp_path: Path) -> None:
    name = baked_image(spec_of(image=ImageSpec(repository="example.test/team/m")), {"m": write_model(tmp_path)})

    assert name is not None
    assert name.startswith("example.test/team/m:model-")


@pytest.mark.parametrize(("versions", "numbers"), [("latest", [2]), ("all", [1, 2]), ((1,), [1]), ((1, 2), [1, 2])])
def test_only_the_versions_that_are_served_go_into_the_image(
    tmp_path: Path, versions: Versions, numbers: list[int]
) -> None:
    contents = baked_contents(spec_of(versions=versions), {"m": write_model(tmp_path)})

    assert [number for content in contents for number, _ in content.versions] == numbers


def test_a_model_that_is_no_directory_is_not_baked() -> None:
    spec = spec_of(source="pvc://claim/m")

    assert baked_image(spec, {}) is None
    assert baked_contents(spec, {}) == ()


def test_a_pinned_digest_stays_what_it_is(tmp_path: Path) -> None:
    image = ImageSpec(repository="example.test/m", digest=f"sha256:{'a' * 64}")

    assert baked_image(spec_of(image=image), {"m": write_model(tmp_path)}) is None


def test_a_version_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="7"):
        baked_image(spec_of(versions=(7,)), {"m": write_model(tmp_path)})
