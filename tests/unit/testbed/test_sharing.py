"""Workers: real ones of pytest-xdist, on tests that write down who ran them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

CONFTEST = """\
import pathlib, pytest

pytest_plugins = ["tests.testbed.sharing"]

def tell(what, worker):
    with pathlib.Path(__file__).with_name(f"{what}.workers").open("a") as file:
        file.write(worker + "\\n")

@pytest.fixture(params=["1.30.0", "1.31.0"], scope="session")
def control_plane_version(request):
    return request.param

@pytest.fixture
def version(control_plane_version, worker_id):
    tell(control_plane_version, worker_id)

@pytest.fixture
def control_plane_with_controllers(worker_id):
    tell("controllers", worker_id)

@pytest.fixture
def port(worker_id):
    tell("port", worker_id)
"""
USING = """\
import pytest

def test_version(version): ...
def test_controllers(control_plane_with_controllers): ...

@pytest.mark.xdist_group("port")
def test_port(port): ...
"""


def test_what_is_shared_is_used_by_one_worker_whatever_the_file(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "pytest.ini").touch()
    for name in "abcd":
        (tmp_path / f"test_{name}.py").write_text(USING)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2", "--dist", "loadgroup"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

    done = subprocess.run(
        [*command, "-p", "xdist"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    told = {file.stem: file.read_text().split() for file in tmp_path.glob("*.workers")}
    shared = ("1.30.0", "1.31.0", "controllers", "port")
    assert {what: len(workers) for what, workers in told.items()} == dict.fromkeys(shared, 4)
    assert {what: len({*workers}) for what, workers in told.items()} == dict.fromkeys(told, 1)
    assert len({worker for workers in told.values() for worker in workers}) == 2
