"""promtool, which judges and evaluates queries and rules without a server; and the build of both programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.testbed import gobuild
from tests.testbed.gomodules import prometheus_modules
from tests.testbed.layout import layout
from tests.testbed.process import exclusive, run

if TYPE_CHECKING:
    from pathlib import Path

_BUILD_LOCK_S: Final = 2400.0


def ensure_programs() -> None:
    """Build Prometheus and promtool when they are missing.

    Raises:
        SetupError: there is no Go, or the build failed.
    """
    where = layout()
    if gobuild.missing(prometheus_modules(), layout=where):
        with exclusive(where.cache / "lock", timeout_s=_BUILD_LOCK_S):
            gobuild.build(prometheus_modules(), layout=where)
            gobuild.drop_caches_when_done(where)


def promtool(*arguments: str | Path, timeout_s: float = 60.0) -> str:
    """Run promtool and return what it prints.

    Raises:
        SetupError: it is not built, or failed; with its message.
    """
    program = gobuild.find_program(prometheus_modules(), "promtool", layout=layout())
    return run([program, *arguments], timeout_s=timeout_s)
