"""Signatures of the real cosign in a real registry: whose are taken, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.registry.desk import Desk, desk_at
from tests.contract.registry.inside import answer_of, run_inside
from tests.registry.running import RunningRegistry
from tests.registry.signing import PASSWORD, KeyPair, key_pair, with_cosign

pytestmark = pytest.mark.contract

FORMS = ("spdx", "cyclonedx")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[KeyPair, KeyPair]:
    """A key that signs, and one of somebody else."""
    folder = tmp_path_factory.mktemp("keys")
    return key_pair(folder, name="ours"), key_pair(folder, name="others")


def test_a_signed_image_is_verified_and_another_key_and_an_altered_image_are_refused(
    basic_registry: RunningRegistry, tmp_path: Path, keys: tuple[KeyPair, KeyPair], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = desk_at(basic_registry, tmp_path)
    desk.environment = with_cosign(desk.environment)
    ours, others = keys
    signed = run_inside(desk, monkeypatch, "push", "--tag", "v1", "--sign", "--key", str(ours.private), "-o", "json")
    image = f"{desk.repository}:v1"

    verified = run_inside(desk, monkeypatch, "verify", image, "--key", str(ours.public))
    by_others = run_inside(desk, monkeypatch, "verify", image, "--key", str(others.public))
    desk.write_model(versions=(2,))
    run_inside(desk, monkeypatch, "push", "--tag", "v1")
    altered = run_inside(desk, monkeypatch, "verify", image, "--key", str(ours.public))

    assert verified.stdout.strip() == answer_of(signed)["pinned"]
    assert (by_others.exit_code, altered.exit_code) == (14, 14)
    assert "no signatures found" in altered.stderr
    assert PASSWORD not in signed.output + verified.output + by_others.output


def test_the_spec_says_who_signs_and_the_image_that_it_pins_is_the_one_that_is_signed(
    desk: Desk, keys: tuple[KeyPair, KeyPair], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.environment = with_cosign(desk.environment)
    ours, _ = keys
    (desk.folder / "ours.pub").write_bytes(ours.public.read_bytes())
    text = (desk.folder / "tfk8s.yaml").read_text().replace("image: {", "image: {verify: {key: ours.pub}, ")
    (desk.folder / "tfk8s.yaml").write_text(text)
    pushed = answer_of(run_inside(desk, monkeypatch, "push", "--sbom", "spdx", "-o", "json"))
    run_inside(desk, monkeypatch, "pin")

    before = run_inside(desk, monkeypatch, "verify")
    signed = run_inside(desk, monkeypatch, "sign", "--key", str(ours.private))
    after = run_inside(desk, monkeypatch, "verify")

    run_inside(desk, monkeypatch, "push", "--sbom", "cyclonedx")
    bills = [run_inside(desk, monkeypatch, "sbom", "--format", form, "--from", pushed["pinned"]) for form in FORMS]

    assert before.exit_code == 14, before.output
    assert [bill.exit_code for bill in bills] == [0, 0], "the signature stays beside bills, and bills beside it"
    assert run_inside(desk, monkeypatch, "verify").exit_code == 0
    assert signed.stdout.strip() == after.stdout.strip() == pushed["pinned"], signed.output + after.output


def test_a_wrong_password_signs_nothing_and_says_where_it_is_read(
    desk: Desk, keys: tuple[KeyPair, KeyPair], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.environment = with_cosign(desk.environment)
    run_inside(desk, monkeypatch, "push", "--tag", "v1")

    refused = run_inside(
        desk,
        monkeypatch,
        "sign",
        f"{desk.repository}:v1",
        "--key",
        str(keys[0].private),
        COSIGN_PASSWORD="wrong",  # noqa: S106  it opens nothing
    )

    assert refused.exit_code == 4
    assert "COSIGN_PASSWORD" in refused.stderr
