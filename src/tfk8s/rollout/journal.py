"""Who moved which version of a model, when, from where to where: one JSON line each, newest last. Pure.

It stands in the service's record, under a key of its own. A line that says `begun` is of a run that is at work, or was
ended in the middle: whoever comes next sees by `seen` and `host` which of the two, and goes on or waits its turn.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Final, Literal, TypeAlias, cast

from tfk8s.clock import rfc3339
from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.json_text import parse_json

JOURNAL_KEY: Final = "versions"
"""In the ConfigMap of the service's record."""

KEPT_ENTRIES: Final = 100
LEASE_S: Final = 30.0
"""A run that has not been seen for so long is dead; one that works is seen every few seconds."""

State: TypeAlias = Literal["begun", "done", "aborted"]
_STATES: Final = ("begun", "done", "aborted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is moved: a label of a model, or without one the version that clients get.

    Attributes:
        action: `add`, `promote`, `rollback`, or one of a canary.
        model: its name in the URL.
        label: "" where clients use none.
        target: the version that it is to lead to; None for nothing.
    """

    action: str
    model: str
    label: str
    target: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """Who is at work: a name for this run alone, and the process that it is."""

    run: str
    host: str
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line.

    Attributes:
        time: when it was begun, RFC 3339 in UTC.
        who: as the cluster knows the user.
        origin: the version before; None when there was none.
        digest: of the target version's content, "" when it is not known.
        state: `begun` until it has ended.
        note: why it ended so, and what else is to be known.
        runner: whose it is while it is begun.
        seen: when that run was last seen at work.
    """

    time: str
    who: str
    change: Change
    origin: int | None = None
    digest: str = ""
    state: State = "begun"
    note: str = ""
    runner: Runner = Runner(run="", host="", pid=0)
    seen: str = ""

    def as_json(self) -> JsonObject:
        """The stable form, for `-o json` and for the record."""
        change = self.change
        return {
            "time": self.time,
            "who": self.who,
            "action": change.action,
            "model": change.model,
            "label": change.label,
            "from": self.origin,
            "to": change.target,
            "digest": self.digest,
            "state": self.state,
            "note": self.note,
        }

    def __str__(self) -> str:
        """In a few words."""
        change = self.change
        what = f"label {change.label} of {change.model}" if change.label else change.model
        return f"{change.action} of {what} from {self.origin} to {change.target}, begun by {self.who} at {self.time}"


Journal: TypeAlias = "tuple[Entry, ...]"


def read_journal(text: str) -> Journal:
    """Read the lines.

    Raises:
        PreconditionError: somebody edited it so that it cannot be read.
    """
    try:
        return tuple(_entry(parse_json(line)) for line in text.splitlines() if line.strip())
    except (ValueError, KeyError, TypeError) as error:
        raise PreconditionError(
            f"the history of versions cannot be read ({type(error).__name__}: {error})",
            hint=f"repair or remove the key {JOURNAL_KEY} of the service's inventory ConfigMap",
        ) from error


def write_journal(journal: Journal) -> str:
    """Write the newest lines."""
    return "".join(f"{json.dumps(_line(entry), sort_keys=True)}\n" for entry in journal[-KEPT_ENTRIES:])


def unfinished(journal: Journal) -> Entry | None:
    """The change that was begun and has not ended; there is one at most."""
    return next((entry for entry in reversed(journal) if entry.state == "begun"), None)


def begun(journal: Journal, entry: Entry) -> Journal:
    """With the change begun: an unfinished one that is the same goes on, another one is told as left."""
    left = unfinished(journal)
    if left is not None and left.change == entry.change:
        again = replace(left, runner=entry.runner, seen=entry.seen, digest=entry.digest or left.digest)
        return tuple(again if item is left else item for item in journal)
    ended = (
        replace(item, state="aborted", note=_noted(item.note, "left unfinished")) if item.state == "begun" else item
        for item in journal
    )
    return cast("Journal", (*ended, entry))[-KEPT_ENTRIES:]


def seen(journal: Journal, runner: Runner, *, now: datetime) -> Journal | None:
    """With the run seen at work; None when the change is no longer this run's."""
    return _changed(journal, runner, seen=rfc3339(now))


def released(journal: Journal, runner: Runner) -> Journal | None:
    """With the run's change left to whoever comes next, at once; None when it is no longer this run's."""
    return _changed(journal, runner, seen="")


def ended(journal: Journal, runner: Runner, *, state: State, note: str = "") -> Journal | None:
    """With the run's change ended; None when it is no longer this run's."""
    return _changed(journal, runner, state=state, note=note)


def is_held(entry: Entry, runner: Runner, *, now: datetime, is_running: bool) -> bool:
    """Whether another run is at work on it.

    Args:
        entry: an unfinished change.
        runner: who asks.
        now: by the clock of who asks.
        is_running: whether a process of the entry's number runs here; it says something of this host alone.
    """
    if entry.runner.run == runner.run or not entry.seen:
        return False
    if entry.runner.host == runner.host and not is_running:
        return False
    return now - _moment(entry.seen) < timedelta(seconds=LEASE_S)


def return_of(journal: Journal, *, model: str, label: str, now_at: int | None) -> int | None:
    """The version to which going back leads: where the label was before it was last moved to where it is.

    What was fled from is never brought back: a return counts as being where it returned to, so a second one goes
    further back. None when nothing earlier is known.
    """
    trail: list[int] = []
    for entry in journal:
        change = entry.change
        if entry.state != "done" or (change.model, change.label) != (model, label) or change.target is None:
            continue
        if change.action == "rollback" and change.target in trail:
            del trail[trail.index(change.target) + 1 :]
            continue
        if entry.origin is not None and (not trail or trail[-1] != entry.origin):
            trail.append(entry.origin)
        if trail[-1:] != [change.target]:
            trail.append(change.target)
    if now_at is not None and now_at in trail:
        at = len(trail) - 1 - trail[::-1].index(now_at)
        return trail[at - 1] if at > 0 else None
    return trail[-1] if trail else None


def _changed(journal: Journal, runner: Runner, **fields: object) -> Journal | None:
    mine = unfinished(journal)
    if mine is None or mine.runner.run != runner.run:
        return None
    changed = replace(mine, **fields)  # type: ignore[arg-type]  # by name, from the two functions above
    return tuple(changed if item is mine else item for item in journal)


def _noted(note: str, more: str) -> str:
    return f"{note}; {more}" if note else more


def _line(entry: Entry) -> JsonObject:
    line = entry.as_json()
    if entry.state == "begun":
        runner = entry.runner
        line |= {"run": runner.run, "host": runner.host, "pid": runner.pid, "seen": entry.seen}
    return line


def _entry(line: JsonValue) -> Entry:
    if not isinstance(line, dict):
        raise TypeError("a line is no object")
    state = line["state"]
    if state not in _STATES:
        raise ValueError(f"no such state: {state}")
    return Entry(
        time=_text(line, "time"),
        who=_text(line, "who"),
        change=Change(
            action=_text(line, "action"),
            model=_text(line, "model"),
            label=_text(line, "label"),
            target=_number(line, "to"),
        ),
        origin=_number(line, "from"),
        digest=_text(line, "digest"),
        state=cast("State", state),
        note=_text(line, "note"),
        runner=Runner(run=_text(line, "run"), host=_text(line, "host"), pid=_number(line, "pid") or 0),
        seen=_text(line, "seen"),
    )


def _text(line: JsonObject, key: str) -> str:
    value = line.get(key, "")
    if not isinstance(value, str):
        raise TypeError(f"{key} is no text")
    return value


def _number(line: JsonObject, key: str) -> int | None:
    value = line.get(key)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise TypeError(f"{key} is no number")
    return value


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
