"""One process of the CNCF distribution registry, on an address and a folder of its own."""

from __future__ import annotations

import json
import socket
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tests.ports import free_port
from tests.testbed import gobuild
from tests.testbed.gomodules import registry_modules
from tests.testbed.layout import Layout, layout
from tests.testbed.process import beside, exclusive, run, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.testbed.certificates import Certificate

LOOPBACK: Final = "127.0.0.1"
_BUILD_LOCK_S: Final = 2400.0
_START_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrySettings:
    """How a registry runs.

    Attributes:
        data: folder of the blobs; two registries may share one, when only one of them writes.
        address: where it listens, and nowhere else.
        auth: the `auth` section of its configuration; anybody may do anything when empty.
        certificate: speak TLS with it; plain HTTP without.
        is_read_only: refuse everything that writes.
    """

    data: Path
    address: str = LOOPBACK
    auth: Mapping[str, object] = field(default_factory=dict)
    certificate: Certificate | None = None
    is_read_only: bool = False


def ensure_programs(where: Layout | None = None) -> None:
    """Build the registry and crane when they are missing.

    Raises:
        SetupError: there is no Go, or the build failed.
    """
    where = where or layout()
    if gobuild.missing(registry_modules(), layout=where):
        with exclusive(where.cache / "lock", timeout_s=_BUILD_LOCK_S):
            gobuild.build(registry_modules(), layout=where)
            gobuild.drop_caches_when_done(where)


@contextmanager
def serving(settings: RegistrySettings, *, folder: Path) -> Iterator[int]:
    """Run a registry while the body runs; yields its port.

    Args:
        settings: how it runs.
        folder: for its configuration and its log, `registry.log`.

    Raises:
        SetupError: it is not built, or does not start.
    """
    ensure_programs()
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port(settings.address)
    config, log = folder / "registry.json", folder / "registry.log"
    config.write_text(json.dumps(configuration(settings, port=port), indent=2))
    program = gobuild.find_program(registry_modules(), "registry", layout=layout())
    # Without this it tries to send traces somewhere.
    command: list[str | Path] = ["env", "OTEL_TRACES_EXPORTER=none", program, "serve", config]
    with beside(command, log=log):
        wait_until(lambda: _accepts(settings.address, port), timeout_s=_START_S, what="the registry", log=log)
        yield port


def configuration(settings: RegistrySettings, *, port: int) -> dict[str, object]:
    """Return the registry's configuration. JSON is YAML."""
    web: dict[str, object] = {"addr": f"{settings.address}:{port}", "secret": "tests"}
    if settings.certificate is not None:
        web["tls"] = {"certificate": str(settings.certificate.certificate), "key": str(settings.certificate.key)}
    return {
        "version": 0.1,
        "log": {"level": "info"},
        "storage": {
            "filesystem": {"rootdirectory": str(settings.data)},
            "delete": {"enabled": True},
            "maintenance": {"uploadpurging": {"enabled": False}, "readonly": {"enabled": settings.is_read_only}},
        },
        "http": web,
        **({"auth": dict(settings.auth)} if settings.auth else {}),
    }


def crane(*arguments: str | Path, env: Mapping[str, str] | None = None, timeout_s: float = 120.0) -> str:
    """Run crane and return what it prints.

    Raises:
        SetupError: it failed; with its message.
    """
    program = gobuild.find_program(registry_modules(), "crane", layout=layout())
    return run([program, *arguments], timeout_s=timeout_s, env=env)


def _accepts(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0
