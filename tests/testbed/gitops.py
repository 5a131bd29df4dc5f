"""The programs that read what `render --format` writes: helm in both lines, and kustomize."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from tests.testbed import gobuild
from tests.testbed.gomodules import gitops_modules
from tests.testbed.layout import Layout, layout
from tests.testbed.process import SHORT_LIVED, exclusive, run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_BUILD_LOCK_S: Final = 2400.0
Line = Literal["helm", "helm3"]


def ensure_programs(where: Layout | None = None) -> None:
    """Build the programs when they are missing.

    Raises:
        SetupError: there is no Go, or the build failed.
    """
    where = where or layout()
    if gobuild.missing(gitops_modules(), layout=where):
        with exclusive(where.cache / "lock", timeout_s=_BUILD_LOCK_S):
            gobuild.build(gitops_modules(), layout=where)
            gobuild.drop_caches_when_done(where)


def program(name: str) -> Path:
    """Return one of the programs: `helm`, `helm3` or `kustomize`.

    Raises:
        SetupError: it is not built.
    """
    for module in gitops_modules():
        if module.name == name:
            return gobuild.find_program((module,), module.programs[0].name, layout=layout())
    raise LookupError(name)


def helm(
    *arguments: str | Path, line: Line = "helm", env: Mapping[str, str] | None = None, timeout_s: float = 300.0
) -> str:
    """Run helm of one line (4 by default) and return what it prints.

    Raises:
        SetupError: it failed; with its message.
    """
    return run([program(line), *arguments], timeout_s=timeout_s, env={**SHORT_LIVED, **(env or {})})


def kustomize(*arguments: str | Path, timeout_s: float = 120.0) -> str:
    """Run kustomize and return what it prints.

    Raises:
        SetupError: it failed; with its message.
    """
    return run([program("kustomize"), *arguments], timeout_s=timeout_s, env=SHORT_LIVED)
