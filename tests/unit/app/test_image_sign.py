"""Whose signature is asked for, which image is signed, and that a push without cosign sends nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.image_lookup import FakeImageLookup
from tests.fakes.image_signatures import FakeSignatures
from tests.unit.app.image_worlds import ImageParts, request_in
from tfk8s.app.image_push import as_json, push_image
from tfk8s.app.image_sign import SigningWish, by_digest, signatory_of, verify_image
from tfk8s.errors import InputError, PreconditionError, RegistryError, Tfk8sError, UnverifiedError
from tfk8s.manifest.registry_answer import ImageAnswer, ImageState
from tfk8s.ports import ByIdentity, ByKey

DIGEST = f"sha256:{'a' * 64}"
IMAGE = f"r.example/half@{DIGEST}"


def test_a_key_file_is_looked_for_beside_the_spec_and_a_reference_is_left_alone(tmp_path: Path) -> None:
    file = signatory_of(key="keys/cosign.pub", identity=None, issuer=None, folder=tmp_path)
    kms = signatory_of(key="gcpkms://projects/p/x", identity=None, issuer=None, in_log=True, folder=tmp_path)
    absolute = signatory_of(key="/etc/cosign.pub", identity=None, issuer=None, folder=tmp_path)

    assert file == ByKey(reference=str(tmp_path / "keys/cosign.pub"))
    assert kms == ByKey(reference="gcpkms://projects/p/x", in_log=True)
    assert absolute == ByKey(reference="/etc/cosign.pub")


def test_an_identity_needs_its_issuer() -> None:
    assert signatory_of(key=None, identity="a@b", issuer="https://i") == ByIdentity(identity="a@b", issuer="https://i")


@pytest.mark.parametrize(
    ("key", "identity", "issuer"),
    [(None, None, None), ("k", "a", "i"), ("k", "a", None), (None, "a", None), (None, None, "i")],
)
def test_nobody_and_two_of_them_are_refused(key: str | None, identity: str | None, issuer: str | None) -> None:
    with pytest.raises(InputError, match="whose signature"):
        signatory_of(key=key, identity=identity, issuer=issuer)


def test_a_tag_is_signed_as_the_digest_that_it_leads_to() -> None:
    lookup = FakeImageLookup(
        answers={"r.example/half:1": ImageAnswer(image="i", state=ImageState.PRESENT, digests=(DIGEST,))}
    )

    assert by_digest("r.example/half:1", lookup=lookup) == IMAGE
    assert by_digest(IMAGE, lookup=lookup) == IMAGE
    assert lookup.asked == ["r.example/half:1"]


@pytest.mark.parametrize(
    ("state", "error"),
    [
        (ImageState.ABSENT, PreconditionError),
        (ImageState.DENIED, RegistryError),
        (ImageState.UNANSWERED, RegistryError),
    ],
)
def test_a_tag_that_leads_nowhere_is_not_signed(state: ImageState, error: type[Tfk8sError]) -> None:
    lookup = FakeImageLookup(answers={"r.example/half:1": ImageAnswer(image="i", state=state, words="so it says")})

    with pytest.raises(error, match="so it says"):
        by_digest("r.example/half:1", lookup=lookup)


def test_what_was_verified_is_named_by_its_digest() -> None:
    key = ByKey(reference="cosign.pub")
    signatures = FakeSignatures(signed=[(DIGEST, key)])

    assert verify_image(IMAGE, signatory=key, signatures=signatures).image == IMAGE
    with pytest.raises(UnverifiedError):
        verify_image(IMAGE, signatory=ByKey(reference="other.pub"), signatures=signatures)


def test_a_push_signs_the_digest_that_it_pushed_last(tmp_path: Path) -> None:
    parts, key = ImageParts(), ByKey(reference="cosign.key")

    pushed = push_image(
        request_in(tmp_path), create_repository=False, world=parts.world(), signing=SigningWish(key=key)
    )

    assert parts.signatures.signed == [(pushed.built.image.digest, key)]
    assert parts.steps()[-2:] == ["push", "sign"]
    assert as_json(pushed)["signatory"] == "the key cosign.key"


def test_a_push_that_cannot_sign_sends_nothing(tmp_path: Path) -> None:
    parts = ImageParts(signatures=FakeSignatures(missing=PreconditionError("no cosign", hint="install it")))

    with pytest.raises(PreconditionError, match="no cosign"):
        push_image(request_in(tmp_path), create_repository=False, world=parts.world(), signing=SigningWish(key=None))

    assert (parts.registry.asked, parts.registry.tags) == ([], {})
