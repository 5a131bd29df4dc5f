"""A server that follows the newest version, beside a run that publishes one and is killed again and again."""

from __future__ import annotations

import os
import shutil
import signal
from typing import TYPE_CHECKING

import pytest

from tests.contract.modelserver.asking import answer, states
from tests.contract.publication.dying import started
from tests.modelserver.running import eventually, stays
from tfk8s.app.directory_store import DirectoryStore
from tfk8s.app.publication import local_version
from tfk8s.ports import SilentReporter

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.modelserver.conftest import StartServer

pytestmark = pytest.mark.contract

MODEL = "m"


def test_a_server_that_polls_never_tries_what_a_killed_run_left(
    start_server: StartServer, made_models: Path, tmp_path: Path
) -> None:
    for number in (1, 2):
        shutil.copytree(made_models / "half_plus" / str(number), tmp_path / f"export-{number}")
    store = DirectoryStore(tmp_path / "models", place="./models")
    store.publish(store.stage(local_version(tmp_path / "export-1", number=1), reporter=SilentReporter()))
    server = start_server("--model_name=m", f"--model_base_path={tmp_path / 'models'}")

    for touch in (5, 6, 8, 9):
        _, status = os.waitpid(started("directory", tmp_path, number=2, touch=touch), 0)
        assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
        assert not (tmp_path / "models" / "2").exists(), "killed too late to show anything"
        assert list((tmp_path / "models").glob(".tfk8s-incoming-2-*"))
        assert stays(lambda: states(server, MODEL) == {1: "AVAILABLE"}, for_s=1.2)

    _, status = os.waitpid(started("directory", tmp_path, number=2, touch=0), 0)
    assert os.waitstatus_to_exitcode(status) == 0
    eventually(lambda: answer(server, MODEL) == 4.0, timeout_s=60)
    assert states(server, MODEL)[2] == "AVAILABLE"
