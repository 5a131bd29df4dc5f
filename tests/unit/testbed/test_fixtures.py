from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.testbed.fixtures import namespace_name

LONGEST_LABEL = 63
ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    "test", ["test_apply_twice_changes_nothing", "test_x[1.34.4-Grüße/Ü]", "test_" + "long_" * 40, "test_"]
)
def test_a_namespace_has_a_legal_name_whatever_the_test_is_called(test: str) -> None:
    name = namespace_name(test, process=4194304, number=9999)

    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name)
    assert len(name) <= LONGEST_LABEL


def test_a_namespace_tells_its_test() -> None:
    assert namespace_name("test_apply_twice", process=7, number=1) == "t-apply-twice-7-1"


CONFTEST = """\
import pytest

pytest_plugins = ["tests.testbed.fixtures"]

@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    for item in items:
        print(f"group {item.name}:", *(mark.args[0] for mark in item.iter_markers("xdist_group")))
"""
USING = """\
def test_version(cp_namespace): ...
def test_kinds(kinds_namespace): ...
def test_controllers(cp_controllers_namespace): ...
def test_neither(): ...
"""


def test_what_shares_a_control_plane_is_one_group_for_the_workers_whatever_its_file(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST.replace("fixtures", 'fixtures", "tests.testbed.edge.fixtures'))
    (tmp_path / "test_a.py").write_text(USING)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--collect-only", "-c", os.devnull, "."]

    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    told = dict(re.findall(r"^group (.*):(.*)$", done.stdout, re.MULTILINE))
    releases = {name.partition("[")[2].rstrip("]") for name in told if name.startswith("test_version")}
    expected = {f"{test}[{release}]": f" {release}" for test in ("test_version", "test_kinds") for release in releases}
    assert told == {**expected, "test_controllers": " controllers", "test_neither": ""}
