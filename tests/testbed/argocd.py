"""What Argo CD would say of an object: its engine's diff, health and sync wave, without its controller."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.testbed import gobuild
from tests.testbed.gomodules import argocd_modules
from tests.testbed.layout import Layout, layout
from tests.testbed.process import exclusive, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

MANAGER: Final = "argocd-controller"
"""The field manager under which Argo CD applies."""

_BUILD_LOCK_S: Final = 2400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """An object in Git, the same in the cluster, and the API server's answer to a dry run of its apply."""

    desired: dict[str, Any]
    live: dict[str, Any]
    predicted: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What Argo CD makes of it.

    Attributes:
        structured: Differences that it sees in its usual way with server-side apply: merged by itself.
        server_side: Differences that it sees with `ServerSideDiff=true`: merged by the API server.
        health: Its word for it; "" for a kind that its engine does not judge.
        wave: The sync wave.
    """

    structured: list[str]
    server_side: list[str]
    health: str
    wave: int


def ensure_program(where: Layout | None = None) -> None:
    """Build the program when it is missing.

    Raises:
        SetupError: There is no Go, or the build failed.
    """
    where = where or layout()
    if gobuild.missing(argocd_modules(), layout=where):
        with exclusive(where.cache / "lock", timeout_s=_BUILD_LOCK_S):
            gobuild.build(argocd_modules(), layout=where)
            gobuild.drop_caches_when_done(where)


def ask(questions: Sequence[Question], *, openapi: Path) -> list[Answer]:
    """Ask about objects; `openapi` is a file with the API server's `/openapi/v2`.

    Raises:
        SetupError: The program is not built, or could not answer.
    """
    program = gobuild.find_program(argocd_modules(), "argodiff", layout=layout())
    asked = [{"desired": one.desired, "live": one.live, "predicted": one.predicted} for one in questions]
    answers = json.loads(run([program, openapi], timeout_s=60, stdin=json.dumps(asked)))
    return [_answer(answer) for answer in answers]


def _answer(found: dict[str, Any]) -> Answer:
    return Answer(
        structured=_differences(found["structured"]),
        server_side=_differences(found["serverSide"]),
        health=found["health"],
        wave=found["wave"],
    )


def _differences(found: dict[str, Any]) -> list[str]:
    lines = [*_lines(found["predicted"], found["live"], path="")]
    assert bool(lines) == found["modified"], found
    return lines


def _lines(predicted: object, live: object, *, path: str) -> Iterator[str]:
    if isinstance(predicted, dict) and isinstance(live, dict):
        for key in {**predicted, **live}:
            yield from _lines(predicted.get(key), live.get(key), path=f"{path}.{key}")
    elif isinstance(predicted, list) and isinstance(live, list) and len(predicted) == len(live):
        for index, (one, other) in enumerate(zip(predicted, live, strict=True)):
            yield from _lines(one, other, path=f"{path}[{index}]")
    elif predicted != live:
        yield f"{path}: {predicted!r} instead of {live!r}"
