"""The choice between the two ways to the cluster."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Final

from tests.testbed import engine, versions
from tests.testbed.process import succeeds
from tests.testbed.progress import SetupError, say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

VARIABLE: Final = "TFK8S_TESTBED"
_PROBE_TIMEOUT_S = 15.0


class Way(enum.Enum):
    """Where the cluster's parts come from."""

    PUBLIC = "public"
    PACKAGES = "packages"


def choose(
    environ: Mapping[str, str],
    *,
    daemon_is_ours: Callable[[], bool] = engine.is_ours,
    docker_answers: Callable[[], bool] = engine.answers,
    registry_answers: Callable[[], bool] | None = None,
) -> tuple[Way, str]:
    """Return the way and the reason for it; cheap questions come first, and the network's only when it matters.

    Raises:
        SetupError: TFK8S_TESTBED holds something else than a way.
    """
    named = environ.get(VARIABLE, "")
    if named:
        try:
            return Way(named), f"{VARIABLE} says so"
        except ValueError:
            raise SetupError(f"{VARIABLE} is {named!r}", hint="it is `public` or `packages`") from None
    if daemon_is_ours():
        return Way.PACKAGES, "the Docker daemon was started by the testbed"
    if not docker_answers():
        return Way.PACKAGES, "no Docker daemon answers"
    if not (registry_answers or _registry_answers)():
        return Way.PACKAGES, f"no image registry serves {versions.PUBLIC_NODE_IMAGE} to this machine"
    return Way.PUBLIC, "Docker and an image registry answer"


def chosen(environ: Mapping[str, str]) -> Way:
    """Choose, and say what was chosen and why."""
    way, reason = choose(environ)
    say(f"way: {way.value}, because {reason}")
    return way


def _registry_answers() -> bool:
    """Ask the registry, through Docker's own client, for a manifest; that transfers a few kilobytes."""
    return succeeds(["docker", "manifest", "inspect", versions.PUBLIC_NODE_IMAGE], timeout_s=_PROBE_TIMEOUT_S)
