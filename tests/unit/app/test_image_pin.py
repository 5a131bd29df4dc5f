"""`tfk8s image pin`: which image is asked about, what is written, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.image_lookup import FakeImageLookup
from tests.unit.model.savedmodels import Version
from tfk8s.app.image_pin import PinRequest, as_json, find_pin, write_pin
from tfk8s.errors import InputError, PreconditionError, RegistryError, Tfk8sError
from tfk8s.manifest.registry_answer import ImageAnswer, ImageState
from tfk8s.spec import load_spec

DIGEST, OTHER = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
HEAD = "apiVersion: tfk8s.dev/v1\nname: half\n"
BUCKET = HEAD + "model: {source: pvc://models/half}\n"
BAKED = HEAD + "model: {source: ./half}\nimage:\n  repository: r.example/half  # ours\n"


class _Lookup(FakeImageLookup):
    """Every image has the one digest, and an index a second one below it."""

    def look_up(self, image: str) -> ImageAnswer:
        return super().look_up(image)._replace(digests=(DIGEST, OTHER))


def _request(folder: Path, text: str, *, environment: str | None = None) -> PinRequest:
    file = folder / "tfk8s.yaml"
    file.write_text(text)
    return PinRequest(spec=load_spec(file, environment=environment), file=file, environment=environment)


def test_the_server_is_pinned_beside_its_tag_and_the_file_keeps_the_rest(tmp_path: Path) -> None:
    request, lookup = _request(tmp_path, BUCKET), _Lookup()

    pin = find_pin(request, lookup=lookup)
    write_pin(pin, request)

    assert lookup.asked == ["tensorflow/serving:2.20.0"]
    assert request.file.read_text() == BUCKET + f'image:\n  base: "tensorflow/serving:2.20.0@{DIGEST}"\n'
    assert as_json(pin)["changed"] is True
    again = find_pin(_request(tmp_path, request.file.read_text()), lookup=lookup)
    assert (lookup.asked[-1], again.is_new) == ("tensorflow/serving:2.20.0", False)


def test_an_image_with_a_model_is_asked_for_by_the_name_of_its_contents(tmp_path: Path) -> None:
    Version().write(tmp_path / "half" / "1")
    request, lookup = _request(tmp_path, BAKED), _Lookup()

    write_pin(find_pin(request, lookup=lookup), request)

    assert lookup.asked[0].startswith("r.example/half:model-")
    assert request.file.read_text() == BAKED + f'  digest: "{DIGEST}"\n'
    moved = _request(tmp_path, request.file.read_text().replace(DIGEST, OTHER))
    assert find_pin(moved, lookup=lookup).is_new
    assert lookup.asked[1] == lookup.asked[0]


def test_nothing_is_written_where_it_stands_already(tmp_path: Path) -> None:
    request = _request(tmp_path, BUCKET + f"image: {{base: tensorflow/serving:2.20.0@{DIGEST}}}\n")
    request.file.chmod(0o400)
    before = request.file.stat().st_mtime_ns

    write_pin(find_pin(request, lookup=_Lookup()), request)

    assert request.file.stat().st_mtime_ns == before


def test_an_image_that_is_only_in_nodes_has_no_digest_to_name(tmp_path: Path) -> None:
    request = _request(tmp_path, HEAD + "model: {source: ./half}\n")

    with pytest.raises(PreconditionError, match="in no registry") as caught:
        find_pin(request, lookup=_Lookup())

    assert "image.repository" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("state", "error", "hint"),
    [
        (ImageState.ABSENT, PreconditionError, "tfk8s image push"),
        (ImageState.DENIED, RegistryError, "log in"),
        (ImageState.UNANSWERED, RegistryError, "again later"),
    ],
)
def test_a_registry_that_does_not_say_ends_it_before_a_byte_is_written(
    tmp_path: Path, state: ImageState, error: type[Tfk8sError], hint: str
) -> None:
    Version().write(tmp_path / "half" / "1")
    request = _request(tmp_path, BAKED)

    class Silent(FakeImageLookup):
        def look_up(self, image: str) -> ImageAnswer:
            return ImageAnswer(image=image, state=state, words="so it says")

    with pytest.raises(error, match="so it says") as caught:
        find_pin(request, lookup=Silent())

    assert hint in (caught.value.hint or "")


def test_an_environment_with_an_image_of_its_own_is_not_pinned_by_another(tmp_path: Path) -> None:
    text = BUCKET + "environments: {prod: {image: {base: r.example/server:2.20.0}}}\n"
    request = _request(tmp_path, text, environment="prod")

    with pytest.raises(InputError, match=r"environment prod of .* has an image.base of its own"):
        write_pin(find_pin(request, lookup=_Lookup()), request)

    assert request.file.read_text() == text


def test_a_file_that_cannot_be_edited_stays_and_the_way_by_hand_is_told(tmp_path: Path) -> None:
    request = _request(tmp_path, BUCKET)
    pin = find_pin(request, lookup=_Lookup())
    request.file.write_text("[")

    with pytest.raises(InputError) as caught:
        write_pin(pin, request)

    assert caught.value.hint == f"set image.base to tensorflow/serving:2.20.0@{DIGEST} by hand"
