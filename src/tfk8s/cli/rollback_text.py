"""What `tfk8s rollback` says: of a release, of what would change, and of what was done and how it goes on."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfk8s.app.apply import Applied
    from tfk8s.app.rollback import Target
    from tfk8s.manifest import JsonObject, JsonValue
    from tfk8s.plan import Plan


def release_text(target: Target) -> str:
    """Which release, and why this one."""
    made = f" of {target.release.making.time}" if target.release.making.time else ""
    return f"release {target.release.number}{made}: {target.why}"


def plan_text(plan: Plan) -> Iterator[str]:
    """What would change."""
    from tfk8s.app.apply import summary
    from tfk8s.app.diff import change_lines

    for change in plan.pending:
        yield "\n".join(change_lines(change))
    yield f"plan: {summary(plan)}"


def git_commands(paths: Sequence[str], *, subject: str) -> list[str]:
    """What a person runs to make the files last; () when nothing was written."""
    if not paths:
        return []
    return [f"git add {shlex.join(paths)}", f"git commit -m {shlex.quote(f'Roll back {subject}')}", "git push"]


def as_json(applied: Applied | None, *, subject: str, dry_run: bool) -> JsonObject:
    """The stable form of what was done in the cluster."""
    changed: list[JsonValue] = list(applied.changed) if applied else []
    answers: list[JsonValue] = [str(answer) for answer in applied.answers] if applied else []
    return {
        "subject": subject,
        "dryRun": dry_run,
        "changed": changed,
        "answers": answers,
        "revision": applied.revision if applied else None,
    }


def files_json(paths: Sequence[str], *, written: Sequence[str], subject: str) -> JsonObject:
    """The same of the files: what git is told of, and each file by itself."""
    return {"written": [*written], "commands": [*git_commands(paths, subject=subject)]}


def as_text(applied: Applied, *, subject: str) -> str:
    """What was done in the cluster, in a line."""
    count = len(applied.changed)
    changes = "nothing changed" if not count else "1 change" if count == 1 else f"{count} changes"
    return "; ".join((f"rolled back {subject}: {changes}", *map(str, applied.answers)))


def files_text(paths: Sequence[str], *, written: Sequence[str], subject: str, dry_run: bool) -> Iterator[str]:
    """The files, and how it goes on."""
    verb = "would write" if dry_run else "wrote"
    yield from [f"{verb} {path}" for path in written] or ["no file changes"]
    commands = git_commands(paths, subject=subject)
    if commands and not dry_run:
        yield "go on with:"
        yield from (f"  {command}" for command in commands)
