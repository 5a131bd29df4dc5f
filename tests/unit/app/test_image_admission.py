"""`image.verify`: an image without the signature is let in nowhere, and nothing was written when it was refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.image_signatures import FakeSignatures
from tests.fakes.service import small_service
from tests.unit.app import test_trial, test_up
from tests.unit.app.apply_stage import Nowhere, Stage
from tests.unit.model.savedmodels import Version
from tfk8s.app.apply import ApplyOptions, apply_service
from tfk8s.app.canary_live import make_canary
from tfk8s.app.carry_out import World
from tfk8s.app.image_admission import Admission, admission_of, images_of
from tfk8s.app.preparation import UpRequest
from tfk8s.app.reach import ClusterReach
from tfk8s.app.trial import TrialRequest, trial_load
from tfk8s.app.up import up
from tfk8s.app.wait import ServerAccess
from tfk8s.errors import InputError, UnverifiedError
from tfk8s.manifest import Manifests
from tfk8s.ports import ByKey, Note
from tfk8s.rollout.canary_record import CanaryRecord
from tfk8s.spec import ImageSpec
from tfk8s.spec.image import VerifySpec

DIGEST = f"sha256:{'a' * 64}"
IMAGE = f"example.test/server@{DIGEST}"


def _admission(stage: Stage, signatures: FakeSignatures, *, folder: Path, verify: VerifySpec | None) -> Admission:
    spec = test_up.spec_of(None, source="pvc://models/m")
    spec = spec.model_copy(update={"image": ImageSpec(base="example.test/server:2.20.0", verify=verify)})
    return admission_of(spec, folder=folder, signatures=lambda: signatures, reporter=stage.told)


def _apply(stage: Stage, admit: Admission, *, image: str = IMAGE) -> None:
    apply_service(
        small_service(image=image),
        world=World(cluster=stage.cluster, clock=stage.clock, reporter=stage.told, admit=admit),
        access=ServerAccess(reach=ClusterReach(stage.cluster, dialer=Nowhere()), servers=stage.server),
        options=ApplyOptions(),
    )


def test_an_unsigned_image_is_refused_before_the_first_write(tmp_path: Path) -> None:
    stage, signatures = Stage(), FakeSignatures()
    admit = _admission(stage, signatures, folder=tmp_path, verify=VerifySpec(key="cosign.pub"))

    with pytest.raises(UnverifiedError):
        _apply(stage, admit)

    assert stage.cluster.writes == []


def test_a_signed_image_is_let_in_and_asked_about_once(tmp_path: Path) -> None:
    stage = Stage()
    signatures = FakeSignatures(signed=[(DIGEST, ByKey(reference=str(tmp_path / "cosign.pub")))])
    admit = _admission(stage, signatures, folder=tmp_path, verify=VerifySpec(key="cosign.pub"))

    _apply(stage, admit)
    _apply(stage, admit)

    assert signatures.verified == [IMAGE]
    told = [event.message for event in stage.told.events if isinstance(event, Note) and "signed" in event.message]
    assert told == [f"{IMAGE} is signed by the key {tmp_path}/cosign.pub"]


def test_a_tag_is_refused_since_nodes_may_pull_another_image_than_was_verified(tmp_path: Path) -> None:
    stage, signatures = Stage(), FakeSignatures()
    admit = _admission(stage, signatures, folder=tmp_path, verify=VerifySpec(key="cosign.pub"))

    with pytest.raises(InputError, match="is a tag") as caught:
        _apply(stage, admit, image="example.test/server:1")

    assert "tfk8s image pin" in (caught.value.hint or "")
    assert (signatures.verified, stage.cluster.writes) == ([], [])


def test_without_image_verify_nobody_is_asked(tmp_path: Path) -> None:
    stage, signatures = Stage(), FakeSignatures()

    _apply(stage, _admission(stage, signatures, folder=tmp_path, verify=None), image="example.test/server:1")

    assert signatures.verified == []


def _refuse(manifests: Manifests) -> None:
    raise UnverifiedError(f"{images_of(manifests)} is not verified", hint="sign it")


def test_up_refuses_it_before_a_cluster_is_made(tmp_path: Path) -> None:
    world = test_up.World()
    Version().write(tmp_path / "m" / "1")
    request = UpRequest(spec=test_up.spec_of(test_up.KIND), base=tmp_path, wait=False)

    with pytest.raises(UnverifiedError):
        up(request, world=replace(world.parts(), admit=_refuse))

    assert (world.provider.done, world.connected) == ([], [])


def test_a_canary_and_a_trial_are_held_to_the_same() -> None:
    stage, trial = Stage(), test_trial.Stage()
    world = World(cluster=stage.cluster, clock=stage.clock, reporter=stage.told, admit=_refuse)
    service = small_service(image=IMAGE)

    with pytest.raises(UnverifiedError, match=IMAGE):
        make_canary(service.manifests, CanaryRecord.__new__(CanaryRecord), name=service.name, world=world)
    with pytest.raises(UnverifiedError, match=r"tfk8s\.local/resnet"):
        trial_load(
            TrialRequest(trial=trial.trial(), timeout_s=1),
            world=World(cluster=trial.cluster, clock=trial.clock, reporter=trial.told, admit=_refuse),
            servers=trial.server,
        )

    assert (stage.cluster.writes, trial.cluster.writes) == ([], [])
