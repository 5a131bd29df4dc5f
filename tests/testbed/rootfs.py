"""Debian root file systems, as tar files in the cache; what each holds is part of its name."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING, Final

from tests.testbed import versions
from tests.testbed.process import run
from tests.testbed.progress import SetupError, step

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.testbed.layout import Layout

# Mounts made under this prefix vanish with the last process, and the processes with the first: nothing is left behind.
ISOLATED: Final = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
_UNWANTED = (
    "var/cache/apt",
    "var/lib/apt/lists",
    "usr/share/doc",
    "usr/share/man",
    "usr/share/locale",
)


def debian(name: str, packages: Sequence[str], *, layout: Layout) -> Path:
    """Return the tar file of a minimal Debian with some packages; make it when it is not in the cache.

    Args:
        name: Says what it is for.
        packages: Debian packages beside the minimal set.
        layout: The cache.

    Raises:
        SetupError: debootstrap failed, or no Debian mirror is configured.
    """
    content = hashlib.sha256(f"{versions.DEBIAN} {sorted(packages)}".encode()).hexdigest()[:8]
    target = layout.roots / f"{name}-{content}.tar"
    if target.exists():
        return target
    work = layout.work / f"rootfs-{name}"
    tree, archive = work / "tree", work / "tree.tar"
    with step(f"Debian root file system for {name}"):
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        arguments = ("--variant=minbase", f"--include={','.join(packages)}", versions.DEBIAN)
        run([*ISOLATED, "debootstrap", *arguments, tree, _mirror()], timeout_s=900)
        for folder in _UNWANTED:
            shutil.rmtree(tree / folder, ignore_errors=True)
            (tree / folder).mkdir(parents=True)
        run(["tar", "--numeric-owner", "--one-file-system", "-C", tree, "-cf", archive, "."], timeout_s=300)
        target.parent.mkdir(parents=True, exist_ok=True)
        archive.replace(target)
        shutil.rmtree(work)
    return target


def unpack(archive: Path, *, into: Path) -> None:
    """Unpack a root file system into a folder, which is emptied first."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    run(["tar", "--numeric-owner", "-C", into, "-xpf", archive], timeout_s=300)


def _mirror() -> str:
    """Return the Debian mirror that this machine's apt uses."""
    sites = run(["apt-get", "indextargets", "--format", "$(SITE) $(RELEASE)", "Created-By: Packages"], timeout_s=60)
    for line in sites.splitlines():
        site, _, release = line.partition(" ")
        if release.strip() == versions.DEBIAN:
            return site
    raise SetupError(
        f"apt knows no mirror for Debian {versions.DEBIAN}", hint="the packages way needs a Debian 12 machine as root"
    )
