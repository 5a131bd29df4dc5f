"""Fixtures with a real registry, for the conftest of a folder to import."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.registry.running import NAMES, Kind, RunningRegistry, running_registry
from tests.testbed.certificates import Certificate, authority, server_certificate

StartRegistry = Callable[[Kind], RunningRegistry]


@pytest.fixture(scope="session")
def registry_authority(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Signs the registries' certificate and the tokens."""
    return authority(tmp_path_factory.mktemp("authority"), name="tfk8s test authority")


@pytest.fixture(scope="session")
def registry_certificate(registry_authority: Certificate) -> Certificate:
    """The registries' certificate."""
    return server_certificate(registry_authority, names=NAMES)


@pytest.fixture
def start_registry(
    registry_authority: Certificate,
    registry_certificate: Certificate,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[StartRegistry]:
    """Starts empty registries that end with the test; Artifact Registry's name leads there in this process too."""
    with ExitStack() as stack:

        def start(kind: Kind) -> RunningRegistry:
            folder = tmp_path / f"registry-{kind.value}"
            started = stack.enter_context(
                running_registry(kind, folder=folder, authority=registry_authority, server=registry_certificate)
            )
            for name, value in started.way().items():
                monkeypatch.setenv(name, value)
            return started

        yield start


@pytest.fixture
def registry(start_registry: StartRegistry) -> RunningRegistry:
    """An empty registry that anybody may fill, over plain HTTP."""
    return start_registry(Kind.ANONYMOUS)


@pytest.fixture
def basic_registry(start_registry: StartRegistry) -> RunningRegistry:
    """As `registry`, with user name and password."""
    return start_registry(Kind.BASIC)


@pytest.fixture
def token_registry(start_registry: StartRegistry) -> RunningRegistry:
    """As `registry`, with a token server."""
    return start_registry(Kind.TOKEN)


@pytest.fixture
def tls_registry(start_registry: StartRegistry) -> RunningRegistry:
    """As `registry`, over TLS."""
    return start_registry(Kind.TLS)


@pytest.fixture
def artifact_registry(start_registry: StartRegistry) -> RunningRegistry:
    """With TLS and a token server, under the name of Artifact Registry; met through the proxy of its `environment`."""
    return start_registry(Kind.ARTIFACT_REGISTRY)


@pytest.fixture(params=list(Kind), ids=lambda kind: kind.value)
def any_registry(request: pytest.FixtureRequest, start_registry: StartRegistry) -> RunningRegistry:
    """Each kind in turn."""
    kind: Kind = request.param
    return start_registry(kind)
