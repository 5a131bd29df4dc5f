"""A push that is disturbed goes on where it was, and nothing half-made ever has the tag."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.traffic import UPLOADS
from tests.registry.images import push_base
from tests.registry.pushing import CHUNK_BYTES, Client, model
from tests.registry.running import RunningRegistry
from tests.testbed.process import wait_until
from tests.testbed.progress import SetupError
from tests.unit.model.savedmodels import Version
from tfk8s.errors import RegistryError
from tfk8s.ports import ModelImage

pytestmark = pytest.mark.contract

CUT = 450_000
"""Into the third piece of the one large layer."""


@pytest.fixture
def half(registry: RunningRegistry, tmp_path: Path) -> Half:
    return Half(registry, tmp_path)


class Half:
    """An image that is ready to be pushed to a registry that has its base."""

    def __init__(self, registry: RunningRegistry, folder: Path) -> None:
        self.registry, self.clock = registry, FakeClock()
        self.base = push_base(registry, folder)
        self.client = Client(registries=(registry,), state=folder / "state", clock=self.clock)
        self.image: ModelImage = self.client.build(
            model(folder), base=self.client.base(self.base), reference=registry.image("half")
        )
        registry.traffic.forget()
        self.whole = self.image.size_bytes + len(self.image.config)

    def push(self) -> int:
        """Push; returns the bytes that the client says it sent."""
        return self.client.push(self.image, base=self.base).sent_bytes

    def is_there(self) -> bool:
        """Whether the tag names the whole image."""
        self.registry.crane("validate", "--remote", self.image.reference)
        return self.registry.crane("digest", self.image.reference).strip() == self.image.digest


def test_a_connection_that_breaks_costs_no_byte_that_had_arrived(half: Half) -> None:
    half.registry.traffic.cut(after_bytes=CUT % CHUNK_BYTES, method="PATCH")

    half.push()

    assert half.is_there()
    assert half.registry.traffic.blob_bytes() == half.whole


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
def test_an_answer_that_is_lost_is_found_out(half: Half, method: str) -> None:
    half.registry.traffic.lose_answer(method=method, path=UPLOADS)

    half.push()

    assert half.is_there()
    assert half.registry.traffic.blob_bytes() == half.whole


def test_a_lost_answer_to_the_manifest_is_asked_for_again(half: Half) -> None:
    half.registry.traffic.lose_answer(method="PUT", path="/manifests/")

    half.push()

    assert half.is_there()
    assert len(half.registry.traffic.exchanges("PUT", path="/manifests/")) == 2


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_passing_trouble_is_waited_for_as_long_as_the_registry_asks(half: Half, status: int) -> None:
    half.registry.traffic.answer(status, method="PATCH", path=UPLOADS, times=2, headers={"Retry-After": "7"})

    half.push()

    assert half.is_there()
    assert half.clock.monotonic_s() >= 14
    assert half.registry.traffic.blob_bytes() == half.whole


def test_trouble_that_does_not_pass_ends_the_push_without_the_tag(half: Half) -> None:
    half.registry.traffic.answer(503, method="PATCH", path=UPLOADS, times=1000)

    with pytest.raises(RegistryError) as caught:
        half.push()

    assert caught.value.exit_code == 9
    assert "503" in str(caught.value) + str(caught.value.details)
    with pytest.raises(SetupError, match="MANIFEST_UNKNOWN"):
        half.is_there()


def test_a_push_that_died_is_gone_on_with_by_the_next_one(half: Half) -> None:
    half.registry.traffic.cut(after_bytes=CUT - 2 * CHUNK_BYTES, method="PATCH", path=UPLOADS, times=1000)
    with pytest.raises(RegistryError):
        half.push()
    arrived = half.registry.traffic.blob_bytes()
    with pytest.raises(SetupError, match="MANIFEST_UNKNOWN"):
        half.is_there()
    half.registry.traffic.forget()

    sent = half.push()

    assert half.is_there()
    assert arrived > 0
    assert half.registry.traffic.blob_bytes() == sent == half.whole - arrived


def test_a_push_that_was_killed_is_gone_on_with_by_the_next_one(registry: RunningRegistry, tmp_path: Path) -> None:
    weights = random.Random(1).randbytes(3 << 20)  # noqa: S311  no secret
    Version(files={"assets/weights": weights}).write(tmp_path / "half" / "1")
    base, name = push_base(registry, tmp_path), registry.image("half")
    target = ["--repository", name.rpartition(":")[0], "--tag", "1", "--base", base]
    command = [sys.executable, "-m", "tfk8s", "image", "push", str(tmp_path / "half"), *target]
    environment = {**os.environ, **registry.environment(), "XDG_STATE_HOME": str(tmp_path / "state")}
    held = registry.traffic.hold(after_bytes=1 << 20)
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as killed:
        try:
            assert held.reached.wait(60)
        finally:
            killed.kill()
            held.release.set()
    wait_until(lambda: all(each.is_over for each in registry.traffic.exchanges()), timeout_s=60, what="the proxy")
    arrived = registry.traffic.blob_bytes()
    registry.traffic.forget()

    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)

    registry.crane("validate", "--remote", name)
    manifest = json.loads(registry.crane("manifest", name))
    whole = manifest["layers"][-1]["size"] + manifest["config"]["size"]
    assert arrived >= 1 << 20
    assert registry.traffic.blob_bytes() == whole - arrived


def test_what_the_registry_forgot_is_begun_anew(half: Half) -> None:
    half.registry.traffic.cut(after_bytes=CHUNK_BYTES // 2, method="PATCH", path=UPLOADS, times=1000)
    with pytest.raises(RegistryError):
        half.push()
    half.registry.traffic.forget()
    for upload in half.registry.data.rglob("_uploads/*"):
        upload.rename(half.registry.folder / upload.name)

    half.push()

    assert half.is_there()
    assert half.registry.traffic.blob_bytes() == half.whole


def test_a_token_that_runs_out_in_the_middle_is_renewed(token_registry: RunningRegistry, tmp_path: Path) -> None:
    half = Half(token_registry, tmp_path)
    tokens = token_registry.tokens
    assert tokens is not None
    traffic = token_registry.traffic
    held = traffic.hold(after_bytes=1000, method="PATCH")

    def let_the_token_run_out() -> None:
        assert held.reached.wait(60)
        traffic.expired.add(traffic.exchanges("PATCH")[-1].authorization)
        held.release.set()

    running_out = threading.Thread(target=let_the_token_run_out, daemon=True)
    running_out.start()

    half.push()

    running_out.join(60)
    assert half.is_there()
    assert half.registry.traffic.blob_bytes() >= half.whole
    refused = [each for each in traffic.exchanges("PATCH|PUT") if each.status == 401]
    assert {each.authorization for each in refused} == traffic.expired
    taken = {each.authorization for each in traffic.exchanges("PATCH|PUT") if each.status in (201, 202)}
    assert taken > traffic.expired  # the piece under way was taken, and what came after the renewal
    assert len(tokens.calls) >= 2
