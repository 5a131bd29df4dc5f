"""`tfk8s image build` and `push` as a user runs them: the real program against a real registry."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.contract.registry.desk import Desk, desk_at
from tests.fakes.artifact_registry import FakeArtifactRegistry
from tests.fakes.google_tokens import google_tokens, service_account
from tests.fakes.traffic import SENDING
from tests.registry.running import RunningRegistry

pytestmark = pytest.mark.contract


def test_push_prints_the_digest_of_a_valid_image_and_how_to_pin_it(desk: Desk) -> None:
    built = desk.run("image", "build", "-o", "json").answer()

    pushed = desk.run("image", "push")

    assert pushed.code == 0, pushed.stderr
    assert pushed.stdout == f"{desk.repository}@{built['digest']}\n"
    assert f"  digest: {built['digest']}\n" in pushed.stderr
    desk.registry.crane("validate", "--remote", str(built["image"]))
    assert desk.registry.crane("digest", str(built["image"])).strip() == built["digest"]


def test_a_pinned_digest_is_what_render_asks_the_nodes_for(desk: Desk) -> None:
    pinned = desk.run("image", "push").stdout.strip()
    text = (desk.folder / "tfk8s.yaml").read_text()
    (desk.folder / "tfk8s.yaml").write_text(text.replace("image: {", f"image: {{digest: {pinned.partition('@')[2]}, "))

    again = desk.run("image", "push", "-o", "json").answer()

    assert again["pinned"] == pinned
    assert f'image: "{pinned}"\n' in desk.run("render").stdout


def test_every_kind_of_registry_is_pushed_to_and_no_secret_is_shown(
    any_registry: RunningRegistry, tmp_path: Path
) -> None:
    desk = desk_at(any_registry, tmp_path)

    pushed = desk.run("-vvv", "image", "push", "-o", "json")

    assert pushed.answer()["image"] is not None
    secrets = [any_registry.login.secret] if any_registry.login else []
    secrets += any_registry.tokens.issued if any_registry.tokens else []
    for secret in secrets:
        assert secret not in pushed.stdout + pushed.stderr


def test_a_second_push_sends_no_blob_and_a_new_version_its_own_layer(desk: Desk) -> None:
    desk.run("image", "push")
    desk.registry.traffic.forget()

    again = desk.run("image", "push", "-o", "json").answer()
    blob_bytes = desk.registry.traffic.blob_bytes()
    desk.write_model(versions=(2,))
    more = desk.run("image", "push", "-o", "json").answer()

    layers = more["layers"]
    assert isinstance(layers, list)
    assert (again["sentBytes"], blob_bytes) == (0, 0)
    assert layers[1]["version"] == 2
    assert desk.registry.traffic.blob_bytes() == more["sentBytes"]
    assert more["sentBytes"] < layers[1]["sizeBytes"] + 10_000  # the layer and the config


def test_a_dry_run_sends_nothing_and_says_what_a_push_will_send(desk: Desk) -> None:
    foreseen = desk.run("image", "push", "--dry-run", "-o", "json").answer()
    text = desk.run("image", "push", "--dry-run").stdout

    assert desk.registry.traffic.exchanges(SENDING) == ()
    assert [line.split()[:3] for line in text.splitlines()[-4:-1]] == [
        ["mount", "base", "layer"],
        ["mount", "base", "layer"],
        ["send", "model", "layer"],
    ]
    pushed = desk.run("image", "push", "-o", "json").answer()
    after = desk.run("image", "push", "--dry-run", "-o", "json").answer()
    sent, foreseen_bytes = pushed["sentBytes"], foreseen["sendsBytes"]
    assert isinstance(sent, int)
    assert isinstance(foreseen_bytes, int)
    assert 0 <= sent - foreseen_bytes < 10_000  # the config
    assert (after["present"], after["sendsBytes"]) == (True, 0)


def test_the_same_files_give_the_same_digest_in_another_folder(desk: Desk, tmp_path: Path) -> None:
    first = desk.run("image", "build", "-o", "json").answer()
    other = Desk(folder=tmp_path / "other", registry=desk.registry, base=desk.base)
    other.folder.mkdir()
    other.write_model()
    other.write_spec()
    os.utime(other.folder / "half" / "1" / "saved_model.pb", (0, 0))

    assert other.run("image", "build", "-o", "json").answer() == first


def test_a_model_directory_needs_no_spec(desk: Desk) -> None:
    (desk.folder / "tfk8s.yaml").unlink()
    options = ("--repository", desk.repository, "--base", desk.base, "--tag", "v1")

    pushed = desk.run("image", "push", "half", *options)

    assert pushed.code == 0, pushed.stderr
    desk.registry.crane("validate", "--remote", f"{desk.repository}:v1")


def test_annotations_say_where_model_and_base_come_from(desk: Desk) -> None:
    source = "org.opencontainers.image.source=https://example.test/model?a=b"
    built = desk.run("image", "push", "--annotation", source, "-o", "json").answer()

    found = json.loads(desk.registry.crane("manifest", str(built["image"])))["annotations"]

    base = built["base"]
    assert isinstance(base, dict)
    assert found["org.opencontainers.image.source"] == "https://example.test/model?a=b"
    assert found["org.opencontainers.image.base.digest"] == base["digest"] == desk.base.partition("@")[2]
    assert found["dev.tfk8s.model-digest"].startswith("sha256:")


def test_an_image_is_written_as_a_layout_and_as_an_archive_and_a_layout_can_be_a_base(desk: Desk) -> None:
    built = desk.run("image", "build", "-o", "oci:out", "-o", "tar:image.tar", "-o", "json").answer()

    desk.registry.crane("validate", "--tarball", desk.folder / "image.tar")
    desk.registry.crane("push", desk.folder / "out", f"{desk.repository}:copied")
    again = desk.run("image", "build", "--base", "oci:out", "--tag", "v2", "-o", "json").answer()

    assert desk.registry.crane("digest", f"{desk.repository}:copied").strip() == built["digest"]
    base = again["base"]
    assert isinstance(base, dict)
    assert base["digest"] == built["digest"]


def test_a_service_account_makes_the_repository_and_pushes(google: Desk, repositories: FakeArtifactRegistry) -> None:
    with google_tokens() as tokens:
        account = service_account(token_uri=tokens.token_uri)
        tokens.public_key = account.public
        key = google.folder / "key.json"
        key.write_text(json.dumps(account.info))
        assert google.registry.tokens is not None
        for token in ("ya29.fake-0", "ya29.fake-1"):
            google.registry.tokens.allow_google(token)
        google.environment |= {
            "GOOGLE_OAUTH_ACCESS_TOKEN": "",
            "GOOGLE_APPLICATION_CREDENTIALS": str(key),
            "TFK8S_ARTIFACT_REGISTRY_ENDPOINT": f"http://{repositories.address}",
        }

        pushed = google.run("-vvv", "image", "push", "--create-repository", "-o", "json")
        again = google.run("image", "push", "--create-repository", "-o", "json")

    answer = pushed.answer()
    path = "projects/project/locations/us-central1/repositories/repository"
    assert list(repositories.repositories) == [path]
    assert answer["repositoryCreated"] is True
    assert (again.answer()["repositoryCreated"], again.answer()["sentBytes"]) == (False, 0)
    google.registry.crane("validate", "--remote", str(answer["image"]))
    for secret in (*tokens.given, *google.registry.tokens.issued, str(account.info["private_key"])):
        assert secret not in pushed.stdout + pushed.stderr
