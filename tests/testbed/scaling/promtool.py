"""promtool, which judges and evaluates queries and rules without a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.testbed import gobuild
from tests.testbed.gomodules import prometheus_modules
from tests.testbed.layout import layout
from tests.testbed.process import exclusive

if TYPE_CHECKING:
    from pathlib import Path

_BUILD_LOCK_S: Final = 2400.0


def promtool() -> Path:
    """Return the program, built if need be.

    Raises:
        SetupError: there is no Go, or the build failed.
    """
    where = layout()
    if gobuild.missing(prometheus_modules(), layout=where):
        with exclusive(where.cache / "lock", timeout_s=_BUILD_LOCK_S):
            gobuild.build(prometheus_modules(), layout=where)
            gobuild.drop_caches_when_done(where)
    return gobuild.find_program(prometheus_modules(), "promtool", layout=where)
