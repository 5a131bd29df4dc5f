"""`versions add` where `image.verify` asks for a signature: the image goes first, and nothing else without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.app.add_stage import SPEC, Stage
from tfk8s.app.image_admission import admission_of
from tfk8s.app.image_sign import SigningWish
from tfk8s.app.journal import read_journal
from tfk8s.app.service import ServiceName
from tfk8s.app.versions_add import foresee_add
from tfk8s.app.versions_prepare import prepare_add
from tfk8s.app.versions_request import Added
from tfk8s.errors import InputError, PreconditionError, UnverifiedError
from tfk8s.ports import ByKey
from tfk8s.rollout.journal import unfinished

OLD, NEW = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
IMAGE = f"example.test/resnet@{NEW}"
PINNED = f"image:\n  repository: example.test/resnet\n  digest: {OLD}\n  verify: {{key: cosign.pub}}\n"


class Signed(Stage):
    """Its spec asks for the signature of a key, which the fake takes for both of its halves."""

    def __init__(self, folder: Path, *, image: str = PINNED) -> None:
        super().__init__(folder, spec=SPEC + image)
        self.key = ByKey(reference=str(folder / "cosign.pub"))
        self.provider.digest = NEW
        self.admit = admission_of(self.spec(), folder=folder, signatures=lambda: self.signatures, reporter=self.told)

    def seen(self) -> tuple[object, ...]:
        """Whatever a version changes, but for the registry."""
        name = ServiceName.of(self.spec())
        begun = unfinished(read_journal(name, cluster=self.cluster))
        return self.live(), self.directories(), self.file.read_text(), begun, self.cluster.writes

    def add_signed(self) -> Added:
        return self.add(signing=SigningWish(key=self.key))


@pytest.mark.parametrize("trial", [True, False])
def test_without_its_signature_the_image_is_sent_and_the_service_stays_as_it_is(tmp_path: Path, trial: bool) -> None:
    stage = Signed(tmp_path)
    before = stage.seen()

    with pytest.raises(UnverifiedError) as caught:
        stage.add(trial=trial)

    assert stage.seen() == before
    assert caught.value.exit_code == 14
    assert len(stage.provider.done) == 1, "a signature lies beside the image, which has to be there for it"
    assert "it was sent to its registry, and the service is as it was" in caught.value.message
    assert f"`tfk8s image sign {IMAGE}`, and run this again" in (caught.value.hint or "")


def test_once_it_is_signed_the_same_command_goes_on(tmp_path: Path) -> None:
    stage = Signed(tmp_path)
    with pytest.raises(UnverifiedError):
        stage.add()

    stage.signatures.sign(IMAGE, key=stage.key)
    added = stage.add()

    assert added.image == IMAGE
    assert IMAGE in str(stage.deployment())
    assert stage.spec().image.digest == NEW


def test_it_is_signed_when_that_is_asked_for_and_once(tmp_path: Path) -> None:
    stage = Signed(tmp_path)

    assert stage.add_signed().image == IMAGE
    assert stage.add_signed().was_done

    assert stage.signatures.signed == [(NEW, stage.key)]


def test_a_signature_of_another_key_than_the_spec_names_lets_nothing_in(tmp_path: Path) -> None:
    stage = Signed(tmp_path)
    before = stage.seen()

    with pytest.raises(UnverifiedError):
        stage.add(signing=SigningWish(key=ByKey(reference="another.key")))

    assert stage.seen() == before


def test_an_image_is_signed_too_where_the_spec_asks_for_nothing(tmp_path: Path) -> None:
    stage = Signed(tmp_path, image="image:\n  repository: example.test/resnet\n")
    stage.provider.images.add(str(prepare_add(stage.request(), world=stage.world(), store=stage.keeper).image))

    stage.add_signed()

    assert stage.signatures.signed == [(NEW, stage.key)], "also where the registry has it, by the digest that it has"


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ("image:\n  repository: example.test/resnet\n  verify: {key: cosign.pub}\n", "is a tag"),
        ("image:\n  verify: {key: cosign.pub}\n", "lies beside the image in its registry"),
    ],
)
def test_an_image_that_no_signature_would_let_in_is_not_sent(tmp_path: Path, image: str, words: str) -> None:
    stage = Signed(tmp_path, image=image)

    with pytest.raises(InputError, match=words):
        stage.add_signed()

    assert (stage.provider.built, stage.signatures.signed) == ([], [])


def test_without_cosign_nothing_is_sent(tmp_path: Path) -> None:
    stage = Signed(tmp_path)
    stage.signatures.missing = PreconditionError("the program cosign is not on the PATH", hint="install it")

    with pytest.raises(PreconditionError):
        stage.add()

    assert stage.provider.built == []


def test_a_dry_run_says_that_a_signature_is_asked_for(tmp_path: Path) -> None:
    stage = Signed(tmp_path)
    plan = prepare_add(stage.request(), world=stage.world(), store=stage.keeper)

    foresee_add(stage.request(), plan, world=stage.world())

    assert "image.verify lets the image in once it is signed: --sign signs it" in stage.notes()
