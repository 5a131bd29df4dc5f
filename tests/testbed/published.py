"""Files of published packages that are not code of ours: kept in the cache, pinned, never in the project."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from tests.testbed.gobuild import environment
from tests.testbed.process import exclusive, run
from tests.testbed.progress import SetupError, step

if TYPE_CHECKING:
    from tests.testbed.layout import Layout

_TIMEOUT_S = 300.0
_LOCK = "published.lock"  # not the builders': those hold theirs for half an hour


def module_files(module: str, version: str, path: str, *, layout: Layout) -> Path:
    """Return a file or folder of a Go module, from the cache or through Go's own client.

    Raises:
        SetupError: There is no Go, or its proxy does not serve the module.
    """
    target = layout.published / "go" / f"{module}@{version}" / path
    if not target.exists():
        with exclusive(layout.cache / _LOCK, timeout_s=_TIMEOUT_S):  # test workers want the same files at the same time
            if not target.exists():
                _extract(module, version, path, target=target, layout=layout)
    return target


def _extract(module: str, version: str, path: str, *, target: Path, layout: Layout) -> None:
    if shutil.which("go") is None:
        raise SetupError(f"Go is not on the PATH: it fetches {module}", hint="install Go 1.26 or newer")
    with step(f"fetch {path} of {module} {version}"):
        half_made = layout.work / "published"
        shutil.rmtree(half_made, ignore_errors=True)
        half_made.mkdir(parents=True)
        source = PurePosixPath(path)
        with zipfile.ZipFile(_module_zip(module, version, layout=layout)) as archive:
            root = PurePosixPath(f"{module}@v{version}")
            for name in archive.namelist():
                file = PurePosixPath(name).relative_to(root)
                if file.is_relative_to(source):
                    copy = half_made / file.relative_to(source.parent)
                    copy.parent.mkdir(parents=True, exist_ok=True)
                    copy.write_bytes(archive.read(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        (half_made / source.name).replace(target)


def _module_zip(module: str, version: str, *, layout: Layout) -> str:
    # Go fetches a module that wants a newer Go too, and then complains: for files that are no code it is all the same.
    command = ["go", "mod", "download", "-json", f"{module}@v{version}"]
    done = subprocess.run(
        command,
        env={**os.environ, **environment(layout)},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    fetched = json.loads(done.stdout or "{}")
    if "Zip" not in fetched:
        raise SetupError(f"{module} {version} cannot be had: {fetched.get('Error', done.stderr.strip())}")
    return str(fetched["Zip"])


def npm_files(package: str, version: str, *, sha256: str, members: tuple[str, ...], layout: Layout) -> dict[str, str]:
    """Return text files of an npm package by their path in it, from the cache or through npm.

    Raises:
        SetupError: There is no npm, its registry does not serve the package, or what it served is something else.
    """
    target = layout.published / "npm" / f"{package.strip('@').replace('/', '-')}-{version}.tgz"
    if not target.exists():
        with exclusive(layout.cache / _LOCK, timeout_s=_TIMEOUT_S):
            if not target.exists():
                _pack(package, version, sha256=sha256, target=target, layout=layout)
    texts: dict[str, str] = {}
    with tarfile.open(target) as archive:
        for member in members:
            content = archive.extractfile(f"package/{member}")
            if content is None:
                raise SetupError(f"{package} {version} holds no {member}")
            texts[member] = content.read().decode()
    return texts


def _pack(package: str, version: str, *, sha256: str, target: Path, layout: Layout) -> None:
    if shutil.which("npm") is None:
        raise SetupError(f"npm is not on the PATH: it fetches {package}", hint="install Node.js")
    half_made = layout.work / "npm"
    shutil.rmtree(half_made, ignore_errors=True)
    half_made.mkdir(parents=True)
    with step(f"fetch {package} {version}"):
        run(["npm", "pack", "--silent", f"{package}@{version}"], timeout_s=_TIMEOUT_S, cwd=half_made)
        fetched = next(half_made.glob("*.tgz"))
        found = hashlib.sha256(fetched.read_bytes()).hexdigest()
        if found != sha256:
            raise SetupError(f"{package} {version} has sha256 {found}, not {sha256}")
        target.parent.mkdir(parents=True, exist_ok=True)
        fetched.replace(target)
