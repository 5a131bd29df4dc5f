"""The entrypoint as process 1 of a container: SIGTERM changes nothing."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.contract.modelserver.asking import answer
from tests.contract.modelserver.entrypoint import Entrypoint
from tests.modelserver.running import Server, eventually, stays
from tests.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.contract.modelserver.entrypoint import Started
    from tests.contract.modelserver.watched import Versions
    from tests.modelserver.running import Launcher

pytestmark = pytest.mark.contract


@pytest.fixture
def first_process(launcher: Launcher, versions: Versions, tmp_path: Path) -> Iterator[tuple[Started, Server]]:
    versions.add(1)
    ports = free_port(), free_port()
    started = Entrypoint(launcher=launcher, script=tmp_path / "tf_serving_entrypoint.sh").start(
        [f"--port={ports[0]}", f"--rest_api_port={ports[1]}"], log=tmp_path / "entrypoint.log", mounts=[tmp_path]
    )
    server = Server(running=started, grpc_port=ports[0], rest_port=ports[1])
    try:
        server.wait_until_open()
        yield started, server
    finally:
        started.kill()


def test_arguments_after_the_entrypoints_own_win_and_sigterm_is_ignored_until_sigkill(
    first_process: tuple[Started, Server],
) -> None:
    started, server = first_process
    assert answer(server, "model") == 3.0

    started.send(signal.SIGTERM)
    assert stays(lambda: answer(server, "model") == 3.0, for_s=1.0)

    started.send(signal.SIGKILL)
    eventually(lambda: not server.is_open(), timeout_s=60)
    assert server.wait_for_exit() != 0
