"""Builds the virtual environment with TensorFlow, and the executable that stands for the real binary."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.modelserver.paths import REPOSITORY, Paths
from tests.testbed import versions
from tests.testbed.process import run, succeeds
from tests.testbed.progress import SetupError, step

if TYPE_CHECKING:
    from collections.abc import Iterator

INSTALL_TIMEOUT_S = 900.0


def ensure(paths: Paths) -> Path:
    """The environment's interpreter; built when absent, half-built or made from other pins.

    A virtual environment cannot be moved, so it is built in place and a marker with the digest of the pins is
    written last: without the marker it counts as absent. One process builds, the others wait for it.
    """
    marker = paths.venv / ".complete"
    if not _is_current(marker):
        with locked(paths.cache / "tf-venv.lock"):
            if not _is_current(marker):
                _build(paths.venv)
                marker.write_text(_digest())
    _write_wrapper(paths)
    return paths.venv_python


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds an exclusive lock that the kernel drops when the process dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def find_python() -> str:
    """An interpreter that the TensorFlow wheels cover: this one if it is, else the first found on PATH."""
    if f"{sys.version_info.major}.{sys.version_info.minor}" in versions.TENSORFLOW_PYTHONS:
        return sys.executable
    for version in versions.TENSORFLOW_PYTHONS:
        found = shutil.which(f"python{version}")
        # A version manager's shim may exist for an interpreter that it then refuses to run.
        if found and succeeds([found, "-c", ""], timeout_s=20):
            return found
    raise SetupError(
        f"no Python that TensorFlow {versions.TENSORFLOW} runs on",
        hint=f"install one of Python {', '.join(versions.TENSORFLOW_PYTHONS)}",
    )


def _build(venv: Path) -> None:
    shutil.rmtree(venv, ignore_errors=True)
    run([find_python(), "-m", "venv", venv], timeout_s=120)
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    runtime = [one for one in versions.DOUBLE_REQUIREMENTS if not one.startswith("tensorflow-serving-api")]
    only_without_deps = [one for one in versions.DOUBLE_REQUIREMENTS if one not in runtime]
    with step(f"virtual environment with TensorFlow {versions.TENSORFLOW}"):
        run([*pip, *runtime, *versions.EXPORT_REQUIREMENTS], timeout_s=INSTALL_TIMEOUT_S)
        run([*pip, "--no-deps", *only_without_deps], timeout_s=INSTALL_TIMEOUT_S)


def _write_wrapper(paths: Paths) -> None:
    script = (
        "#!/bin/sh\n"
        "# A test double of TensorFlow Serving's binary, see tests/modelserver/README.md.\n"
        f'PYTHONPATH="{REPOSITORY}" exec "{paths.venv_python}" -m tests.modelserver.server "$@"\n'
    )
    if paths.wrapper.exists() and paths.wrapper.read_text() == script:
        return
    paths.wrapper.parent.mkdir(parents=True, exist_ok=True)
    temporary = paths.wrapper.with_name(f".{paths.wrapper.name}.{os.getpid()}")
    temporary.write_text(script)
    temporary.chmod(0o755)
    temporary.replace(paths.wrapper)


def _is_current(marker: Path) -> bool:
    return marker.exists() and marker.read_text() == _digest()


def _digest() -> str:
    pins = "\n".join((*versions.DOUBLE_REQUIREMENTS, *versions.EXPORT_REQUIREMENTS))
    return hashlib.sha256(pins.encode()).hexdigest()
