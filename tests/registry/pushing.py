"""Model images made and pushed by our own client, in this process."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.clock import FakeClock
from tests.fakes.events import Recorder
from tests.registry.running import RunningRegistry
from tfk8s.clock import Clock
from tfk8s.image.builder import ModelImageBuilder
from tfk8s.image.registry_options import RegistryOptions
from tfk8s.image.registry_store import RegistryImageStore
from tfk8s.manifest.registry_answer import ImageAnswer
from tfk8s.ports import BaseImage, Delivery, ModelContent, ModelImage
from tfk8s.ports.registry import Login

LAYER_BYTES = 600_000
CHUNK_BYTES = 200_000
SOURCE = "the login of this test"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginsOf:
    """Implements `tfk8s.ports.Logins`: one login for each host."""

    known: dict[str, Login] = field(repr=False)

    def login(self, host: str) -> Login | None:
        """The login for the host."""
        return self.known.get(host)


@dataclass(slots=True, kw_only=True)
class Client:
    """What somebody who pushes has; every call of it is a run of its own, with new connections and no memory.

    Attributes:
        registries: with their logins.
        state: directory of the uploads under way; None for none.
        clock: does not wait.
        told: what progress was reported.
    """

    registries: tuple[RunningRegistry, ...]
    state: Path | None = None
    clock: Clock = field(default_factory=FakeClock)
    told: Recorder = field(default_factory=Recorder)
    chunk_bytes: int = CHUNK_BYTES

    def base(self, reference: str) -> BaseImage:
        """Read a base image."""
        with self._store() as store:
            return store.base(reference, reporter=self.told)

    def build(self, content: ModelContent, *, base: BaseImage, reference: str) -> ModelImage:
        """Work an image out."""
        return ModelImageBuilder().build([content], base=base, reference=reference)

    def push(self, image: ModelImage, *, base: str) -> Delivery:
        """Read the base, and push."""
        with self._store() as store:
            return store.deliver(image, base=store.base(base, reporter=self.told), reporter=self.told)

    def holds(self, reference: str, *, base: str) -> bool:
        """Whether the image need not be built again."""
        with self._store() as store:
            return store.holds(reference, base=base)

    def look_up(self, image: str) -> ImageAnswer:
        """Ask about an image."""
        with self._store() as store:
            return store.look_up(image)

    def _store(self) -> RegistryImageStore:
        logins = LoginsOf(known={each.host: _sourced(each.login) for each in self.registries if each.login})
        ca_file = next((each.ca_file for each in self.registries if each.ca_file), None)
        options = RegistryOptions(ca_file=ca_file, chunk_bytes=self.chunk_bytes, timeout_s=60)
        return RegistryImageStore(logins, state=self.state, options=options, clock=self.clock)


def model(folder: Path, *, versions: tuple[int, ...] = (1,), layer_bytes: int = LAYER_BYTES) -> ModelContent:
    """Write a model directory with the same random bytes every time; nobody loads it."""
    for version in versions:
        directory = folder / "half" / str(version)
        (directory / "variables").mkdir(parents=True, exist_ok=True)
        (directory / "saved_model.pb").write_bytes(b"graph of version %d" % version)
        (directory / "variables" / "variables.data-00000-of-00001").write_bytes(
            random.Random(version).randbytes(layer_bytes)  # noqa: S311  no secret
        )
    root = folder / "half"
    return ModelContent(name="half", root=root, versions=tuple((number, root / str(number)) for number in versions))


def _sourced(login: Login) -> Login:
    return Login(username=login.username, secret=login.secret, identity_token=login.identity_token, source=SOURCE)
