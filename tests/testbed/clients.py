"""The two programs that a user of a kind cluster calls, kind and kubectl, under one folder for the PATH."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.testbed import versions
from tests.testbed.gobuild import build, find_program, missing
from tests.testbed.gomodules import client_modules
from tests.testbed.layout import Layout, layout
from tests.testbed.progress import SetupError
from tests.testbed.way import Way

_NAMES = ("kind", "kubectl")
_HINT = (
    f"install kind v{versions.KIND} and kubectl (their release pages have single binaries), "
    "or Go 1.26: then the testbed builds both"
)


def client(name: str, *, where: Layout | None = None) -> Path:
    """Return the path of a program that `ensure` provided."""
    return (where or layout()).path / name


def ensure(way: Way, *, layout: Layout) -> None:
    """Provide the programs: built ones in the packages way, the machine's own first in the public way.

    Raises:
        SetupError: The machine has one of them not, and no Go to build it.
    """
    found = {name: shutil.which(name) if way is Way.PUBLIC else None for name in _NAMES}
    absent = [name for name, path in found.items() if not path]
    if absent and missing(client_modules(), layout=layout) and shutil.which("go") is None:
        raise SetupError(f"not on the PATH: {', '.join(absent)}", hint=_HINT)
    if absent:
        build(client_modules(), layout=layout)
    layout.path.mkdir(parents=True, exist_ok=True)
    for name, path in found.items():
        _link(layout.path / name, Path(path) if path else find_program(client_modules(), name, layout=layout))


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    if target == link:
        return  # the user has our own folder on the PATH
    partial = link.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    partial.symlink_to(target)
    partial.replace(link)
