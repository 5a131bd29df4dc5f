"""A command in every region of the spec that is meant: one document for programs, prefixed lines for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

import click

from tfk8s.cli.cluster_options import DEFAULT_SPEC, Aim
from tfk8s.cli.output import Format, prefixed, present, tell
from tfk8s.cli.spec_file import chosen_environment

if TYPE_CHECKING:
    from tfk8s.app.regions import Outcome
    from tfk8s.errors import Tfk8sError
    from tfk8s.manifest import JsonObject, JsonValue

T = TypeVar("T")
Way: TypeAlias = Literal["in turn", "at once"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a command has to show.

    Attributes:
        document: for programs.
        text: for people; made only when it is asked for.
        error: what is wrong with what is shown, told after it.
    """

    document: JsonValue
    text: Callable[[], str]
    error: Tfk8sError | None = None


def show(shown: Shown, *, output: Format) -> None:
    """Show it.

    Raises:
        Tfk8sError: the error that it has.
    """
    present(shown.document, output=output, text=shown.text)
    if shown.error is not None:
        raise shown.error


def in_regions(aim: Aim, run: Callable[[Aim], Shown], *, way: Way, output: Format, words: tuple[str, ...] = ()) -> None:
    """Run a command where the command line means it, and show what came of it.

    Args:
        aim: the spec and the cluster; a service without regions is run as it is.
        run: the command in one region.
        way: region by region, where a failure keeps the next from being begun; or all at the same time.
        output: how it is shown.
        words: arguments of the command, for the text that says how to go on.

    Raises:
        Tfk8sError: of the first region that failed; its text names them all, and what to run next.
    """
    aims = aim.in_regions()
    if not aims:
        show(run(aim), output=output)
        return
    show_outcomes(run_in(aims, run, way=way), output=output, again=again(aim, *words))


def run_in(aims: tuple[Aim, ...], run: Callable[[Aim], T], *, way: Way) -> tuple[Outcome[T], ...]:
    """Run a command in these regions.

    Raises:
        KeyboardInterrupt: see `run_all`.
    """
    return run_all({aim.region or "": partial(run, aim) for aim in aims}, way=way)


def run_all(work: Mapping[str, Callable[[], T]], *, way: Way) -> tuple[Outcome[T], ...]:
    """Do the work of each region.

    Raises:
        KeyboardInterrupt: after a line that says what is done and what is not.
    """
    from tfk8s.app.regions import at_once, in_turn

    done: list[str] = []
    ctx = click.get_current_context()

    def piece(region: str, work: Callable[[], T]) -> T:
        with ctx.scope(cleanup=False):  # contexts are of a thread
            value = work()
        done.append(region)
        return value

    pieces = {region: partial(piece, region, each) for region, each in work.items()}
    try:
        return in_turn(pieces) if way == "in turn" else at_once(pieces)
    except KeyboardInterrupt:
        left = [region for region in work if region not in done]
        tell(f"interrupted: {', '.join(done) or 'no region'} done, {', '.join(left)} not to its end")
        raise


def again(aim: Aim, *words: str) -> str:
    """The command as it would be typed again, for `--region` to follow."""
    return command_for(aim, " ".join((click.get_current_context().command_path, *words)))


def command_for(aim: Aim, command: str) -> str:
    """A command with the options that say which spec is meant."""
    parts = [command]
    if aim.spec_file != DEFAULT_SPEC:
        parts += ["-f", str(aim.spec_file)]
    environment = chosen_environment()
    return " ".join([*parts, "--env", environment] if environment else parts)


def show_outcomes(outcomes: tuple[Outcome[Shown], ...], *, output: Format, again: str) -> None:
    """Show what came of each region.

    Raises:
        Tfk8sError: see `in_regions`.
    """
    from tfk8s.app.regions import failure_of

    document: JsonObject = {"regions": {outcome.region: _document(outcome) for outcome in outcomes}}
    present(document, output=output, text=lambda: "\n".join(map(_text, outcomes)))
    told = tuple(map(_with_error, outcomes))
    failure = failure_of(told, again=again)
    if failure is not None:
        raise failure


def _with_error(outcome: Outcome[Shown]) -> Outcome[Shown]:
    from dataclasses import replace

    if outcome.value is None or outcome.value.error is None:
        return outcome
    return replace(outcome, state="failed", error=outcome.value.error)


def _document(outcome: Outcome[Shown]) -> JsonObject:
    told = _with_error(outcome)
    error: JsonObject | None = None
    if told.error is not None:
        error = {"message": told.error.message, "hint": told.error.hint, "exitCode": told.error.exit_code}
    result = outcome.value.document if outcome.value is not None else None
    return {"state": told.state, "result": result, "error": error}


def _text(outcome: Outcome[Shown]) -> str:
    if outcome.value is not None:
        return prefixed(outcome.value.text(), f"{outcome.region}: ")
    return f"{outcome.region}: {outcome.state}" + (f": {outcome.error.message}" if outcome.error is not None else "")
