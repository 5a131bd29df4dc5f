"""pytest plugin: tests that share something costly, or something that only one can have, run in one worker.

For `--dist loadgroup`. Control planes group by themselves; other groups have the mark `xdist_group`.
"""

from __future__ import annotations

from typing import Final

import pytest
from _pytest.nodeid import NodeId

CONTROLLERS: Final = "controllers"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    """Let one worker run what shares a control plane: each start of one costs seconds."""
    if not config.pluginmanager.hasplugin("xdist"):
        return
    for item in items:
        plane = control_plane_of(item)
        if plane and not any(item.iter_markers("xdist_group")):
            item.add_marker(pytest.mark.xdist_group(plane))
        if getattr(config.option, "loadgroup", False):  # in a worker
            _tell_group(item)


def control_plane_of(item: pytest.Item) -> str:
    """Name the control plane that a test uses, or nothing: its release, or that it has controllers."""
    parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    if "control_plane_version" in parameters:
        return str(parameters["control_plane_version"])
    names = item.fixturenames if isinstance(item, pytest.Function) else []
    return CONTROLLERS if "control_plane_with_controllers" in names else ""


def _tell_group(item: pytest.Item) -> None:
    """Write the group where the scheduler looks for it.

    pytest-xdist 3.8 writes it where pytest no longer reads it since 9.2, and then groups nothing:
    https://github.com/pytest-dev/pytest-xdist/issues/1386
    """
    for mark in item.iter_markers("xdist_group"):
        item._id = NodeId.parse(f"{item.nodeid}@{mark.args[0]}")
