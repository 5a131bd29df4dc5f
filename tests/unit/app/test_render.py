from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.render.specs import model, spec
from tfk8s.app.render import RenderRequest, read_model_info, render_service
from tfk8s.errors import InputError
from tfk8s.model import to_json
from tfk8s.render import RenderOptions


def request(tmp_path: Path, **fields: object) -> RenderRequest:
    return RenderRequest(spec=spec(**fields), base=tmp_path, infos={"resnet": model()})


def test_a_model_directory_that_does_not_exist_is_refused_before_anything_is_rendered(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="models/resnet"):
        render_service(RenderRequest(spec=spec(), base=tmp_path))


def test_a_version_directory_given_for_the_model_is_refused_with_the_right_one(tmp_path: Path) -> None:
    version = tmp_path / "models" / "resnet"
    version.mkdir(parents=True)
    (version / "saved_model.pb").write_bytes(b"")

    with pytest.raises(InputError):
        render_service(RenderRequest(spec=spec(), base=tmp_path))


def test_what_is_known_of_a_model_stands_for_its_directory(tmp_path: Path) -> None:
    assert render_service(request(tmp_path)).manifests


def test_a_given_image_is_used_as_it_is(tmp_path: Path) -> None:
    image = "registry.example.com/m@sha256:" + "0" * 64
    options = RenderOptions(image=image)

    rendered = render_service(RenderRequest(spec=spec(), base=tmp_path, infos={"resnet": model()}, options=options))

    assert any(f'image: "{image}"' in rendered.text_of(manifest) for manifest in rendered.manifests)
    assert rendered.warnings == ()


def test_strict_turns_a_warning_into_a_refusal(tmp_path: Path) -> None:
    strict = RenderRequest(
        spec=spec(resources={"memory": "1Gi"}),
        base=tmp_path,
        infos={"resnet": model(size_mib=1000, tensorflow="2.21.0")},
        strict=True,
    )

    with pytest.raises(InputError, match=r"resources\.memory is 1Gi") as caught:
        render_service(strict)
    assert any("2.21.0" in detail for detail in caught.value.details)


def test_what_inspect_wrote_is_read_back(tmp_path: Path) -> None:
    file = tmp_path / "model.json"
    file.write_text(json.dumps(to_json(model(1, 2))))

    assert read_model_info(file) == model(1, 2)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"name": "resnet"}', '{"name": 1, "path": "", "versions": 3}'])
def test_anything_else_is_refused_with_the_command_that_writes_it(tmp_path: Path, text: str) -> None:
    file = tmp_path / "model.json"
    file.write_text(text)

    with pytest.raises(InputError, match=r"model\.json") as caught:
        read_model_info(file)
    assert caught.value.hint == "write it with: tfk8s inspect MODEL_DIR -o json"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read"):
        read_model_info(tmp_path / "none.json")
