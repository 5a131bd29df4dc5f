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
# In CI the examples follow from the test alone, so that one commit has one verdict; elsewhere every run tries new ones.
settings.register_profile("tfk8s", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("tfk8s")

pytest_plugins = [
    "tests.picking",
    "tests.testbed.sharing",
    "tests.testbed.fixtures",
    "tests.testbed.edge.fixtures",
    "tests.testbed.scaling.fixtures",
]

ROOT = Path(__file__).resolve().parent.parent


NOT_OURS_TO_INSTALL = "no real SavedModels"
"""The one skip that `make test` accepts outside CI: another project's models, which no script brings."""


def must_run(reason: str) -> bool:
    """Whether a test that was skipped for this reason has failed: always in CI, in `make test` but for one reason."""
    if os.environ.get("CI"):
        return True
    return bool(os.environ.get("TFK8S_NO_SKIP")) and NOT_OURS_TO_INSTALL not in reason


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure that says why the test could not run."""
    del item
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if must_run(reason):
            report.outcome = "failed"
            report.longrepr = f"this test must run here, but was skipped: {reason}"
    return report


@pytest.fixture(scope="session")
def real_models() -> Path:
    """SavedModels of the TensorFlow Serving project, read where they are and never copied into the tree."""
    named = os.environ.get("TFK8S_SAVEDMODELS")
    folder = Path(named) if named else ROOT.parent / "shared" / "savedmodels"
    if not folder.is_dir():
        pytest.skip(f"{NOT_OURS_TO_INSTALL} at {folder}; set TFK8S_SAVEDMODELS to their folder")
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
