"""A version goes out in an image that the real cosign has signed in a real registry, and in no other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.contract.registry.desk import Desk
from tests.registry.signing import KeyPair, key_pair, with_cosign
from tests.unit.app.add_stage import SPEC, Stage
from tfk8s.app.image_admission import admission_of
from tfk8s.app.image_sign import SigningWish, sign_image
from tfk8s.app.versions_request import AddWorld
from tfk8s.cli.wiring.images import registry_store
from tfk8s.errors import UnverifiedError
from tfk8s.image import ModelImageBuilder
from tfk8s.image.cosign import CosignSignatures
from tfk8s.ports import ByKey

pytestmark = pytest.mark.contract


class Registered(Stage):
    """The service of a fake cluster, whose images are in the desk's registry and have to be signed."""

    def __init__(self, desk: Desk) -> None:
        image = f"image:\n  base: {desk.base}\n  repository: {desk.repository}\n  digest: sha256:{'1' * 64}\n"
        folder = desk.folder / "service"
        folder.mkdir()
        super().__init__(folder, spec=f"{SPEC}{image}  verify: {{key: ours.pub}}\n")
        self.admit = admission_of(self.spec(), folder=desk.folder, signatures=CosignSignatures, reporter=self.told)

    def world(self) -> AddWorld:
        return replace(
            super().world(), images=registry_store, builder=ModelImageBuilder(), signatures=CosignSignatures()
        )


@pytest.fixture
def keys(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> tuple[KeyPair, KeyPair]:
    """A key that the spec asks for, and one of somebody else."""
    pairs = key_pair(desk.folder, name="ours"), key_pair(desk.folder, name="others")
    for name, value in desk.environment_with(with_cosign({})).items():  # last: programs are looked for at home
        monkeypatch.setenv(name, value)
    return pairs


def test_an_unsigned_image_goes_to_its_registry_and_no_further_until_cosign_has_signed_it(
    desk: Desk, keys: tuple[KeyPair, KeyPair]
) -> None:
    stage, (ours, _) = Registered(desk), keys
    before = stage.live(), stage.file.read_text()

    with pytest.raises(UnverifiedError, match="no signature by the key") as refused:
        stage.add()

    image = str(refused.value.hint).partition("tfk8s image sign ")[2].partition("`")[0]
    assert (stage.live(), stage.file.read_text()) == before
    sign_image(image, key=ByKey(reference=str(ours.private)), signatures=CosignSignatures())
    assert stage.add().image == image
    assert image in str(stage.deployment())


def test_the_command_signs_it_itself_and_a_key_of_others_lets_nothing_in(
    desk: Desk, keys: tuple[KeyPair, KeyPair]
) -> None:
    stage, (ours, others) = Registered(desk), keys
    before = stage.live()

    with pytest.raises(UnverifiedError):
        stage.add(signing=SigningWish(key=ByKey(reference=str(others.private))))
    assert stage.live() == before
    added = stage.add(signing=SigningWish(key=ByKey(reference=str(ours.private))))

    assert str(added.image) in str(stage.deployment())
