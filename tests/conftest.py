"""What holds for every tier: where shared models are, and that a skipped test is never silent."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.testbed.gobuild import find_program
from tests.testbed.gomodules import client_modules
from tests.testbed.layout import layout
from tests.testbed.progress import SetupError

# A deadline for each example would fail on a busy machine; pytest-timeout bounds every test as a whole.
settings.register_profile("tfk8s", deadline=None)
settings.load_profile("tfk8s")

pytest_plugins = ["tests.testbed.fixtures"]

ROOT = Path(__file__).resolve().parent.parent


def skips_fail() -> bool:
    """`make test` and CI demand that every test runs."""
    return bool(os.environ.get("CI") or os.environ.get("TFK8S_NO_SKIP"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure that says why the test could not run."""
    del item
    report = yield
    if report.skipped and skips_fail() and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"this test must run here, but was skipped: {reason}"
    return report


@pytest.fixture(scope="session")
def real_models() -> Path:
    """SavedModels of the TensorFlow Serving project, read where they are and never copied into the tree."""
    named = os.environ.get("TFK8S_SAVEDMODELS")
    folder = Path(named) if named else ROOT.parent / "shared" / "savedmodels"
    if not folder.is_dir():
        pytest.skip(f"no real SavedModels at {folder}; set TFK8S_SAVEDMODELS to their folder")
    return folder


@pytest.fixture(scope="session")
def kubectl() -> str:
    """Path of the real kubectl: the testbed's, or the one on the PATH."""
    try:
        return str(find_program(client_modules(), "kubectl", layout=layout()))
    except SetupError:
        found = shutil.which("kubectl")
    if found is None:
        pytest.skip("no kubectl; run `python3 -m tests.testbed binaries`, or put one on the PATH")
    return found
