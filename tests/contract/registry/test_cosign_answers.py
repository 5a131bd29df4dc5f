"""What cosign is asked, and what its answers come to; a script stands in its place.

`test_signatures` runs the real one.
"""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from tests.contract.registry.programs import child_of, put, wait_for_the_end_of
from tfk8s.errors import InputError, PreconditionError, UnverifiedError
from tfk8s.image.cosign import CosignSignatures
from tfk8s.ports import ByIdentity, ByKey, Signatory

pytestmark = pytest.mark.contract

DIGEST, OTHER = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
IMAGE = f"r.example/half@{DIGEST}"
KEY = ByKey(reference="cosign.pub")
PASSWORD = "hunter2"  # noqa: S105  it opens nothing


def _cosign(programs: Path, script: str) -> None:
    put(programs, "cosign", f'echo "$@" > {programs}/asked\n{script}')


def _asked(programs: Path) -> str:
    return (programs / "asked").read_text().strip()


def _answer(*digests: str) -> str:
    entries = [{"critical": {"image": {"docker-manifest-digest": digest}}} for digest in digests]
    return f"echo '{json.dumps(entries)}'"


@pytest.mark.parametrize(
    ("signatory", "options"),
    [
        (KEY, "--key=cosign.pub --insecure-ignore-tlog=true"),
        (ByKey(reference="gcpkms://p", in_log=True), "--key=gcpkms://p"),
        (
            ByIdentity(identity="a@b.example", issuer="https://i.example"),
            "--certificate-identity=a@b.example --certificate-oidc-issuer=https://i.example",
        ),
    ],
)
def test_it_is_asked_for_the_signatory_that_is_meant(programs: Path, signatory: Signatory, options: str) -> None:
    _cosign(programs, _answer(DIGEST, DIGEST))

    assert CosignSignatures().verify(IMAGE, signatory=signatory) == DIGEST
    assert _asked(programs) == f"verify --output=json {options} {IMAGE}"


@pytest.mark.parametrize(
    ("key", "options"),
    [
        (ByKey(reference="cosign.key"), "--key=cosign.key --tlog-upload=false --use-signing-config=false "),
        (ByKey(reference="cosign.key", in_log=True), "--key=cosign.key "),
        (None, ""),
    ],
)
def test_a_key_signs_without_the_public_log_unless_that_is_asked_for(
    programs: Path, key: ByKey | None, options: str
) -> None:
    _cosign(programs, "exit 0")

    CosignSignatures(plain_http=["r.example"]).sign(IMAGE, key=key)

    assert _asked(programs) == f"sign --yes {options}--allow-http-registry {IMAGE}"


@pytest.mark.parametrize(
    "script",
    ["exit 1", "exit 12", _answer(OTHER), _answer(DIGEST, OTHER), _answer(), "echo no JSON", "echo {}", "true"],
)
def test_whatever_is_no_clear_yes_for_this_image_is_a_no(programs: Path, script: str) -> None:
    _cosign(programs, script)

    with pytest.raises(UnverifiedError, match="is not verified"):
        CosignSignatures().verify(IMAGE, signatory=KEY)


def test_its_words_are_shown_and_no_password(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COSIGN_PASSWORD", PASSWORD)
    said = "echo WARNING: not so >&2; echo Error: none found >&2; echo error during command execution: none found >&2"
    _cosign(programs, f'test "$COSIGN_PASSWORD" = hunter2 && {{ {said}; }}; exit 10')

    with pytest.raises(UnverifiedError, match="was found: none found") as caught:
        CosignSignatures().verify(IMAGE, signatory=KEY)
    with pytest.raises(PreconditionError, match="did not sign"):
        CosignSignatures().sign(IMAGE, key=KEY)

    assert caught.value.details == ("WARNING: not so",)
    assert PASSWORD not in _asked(programs) + str(caught.value) + "".join(caught.value.details)


def test_without_it_the_way_to_it_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(PreconditionError, match="cosign is not on the PATH") as caught:
        CosignSignatures().require()

    assert "install cosign 2.6 or newer" in (caught.value.hint or "")


def test_a_tag_is_not_signed_and_a_key_itself_is_no_argument(programs: Path) -> None:
    _cosign(programs, "exit 0")

    with pytest.raises(InputError, match="a tag is not signed"):
        CosignSignatures().sign("r.example/half:1", key=None)
    with pytest.raises(InputError, match="this is the key itself") as caught:
        CosignSignatures().sign(IMAGE, key=ByKey(reference="-----BEGIN PRIVATE KEY-----"))

    assert "BEGIN" not in str(caught.value)
    assert not (programs / "asked").exists()


def test_one_that_does_not_end_is_ended_with_all_that_it_started(programs: Path) -> None:
    child = child_of(programs)
    _cosign(programs, f"{shlex.join(child)} & wait")

    with pytest.raises(PreconditionError, match="did not end within"):
        CosignSignatures(timeout_s=1).verify(IMAGE, signatory=KEY)

    wait_for_the_end_of(child)
