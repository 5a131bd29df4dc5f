"""A command that shows what it would take away and asks, once for all regions that are meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import click

from tfk8s.cli.cluster_options import Aim
from tfk8s.cli.output import Format, tell
from tfk8s.cli.regional import Shown, again, run_all, show, show_outcomes

if TYPE_CHECKING:
    from tfk8s.app.regions import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What would be done in one place.

    Attributes:
        shown: what that is.
        is_empty: whether it is nothing.
        question: that is asked before.
        carry_out: does it.
    """

    shown: Shown
    is_empty: bool
    question: str
    carry_out: Callable[[], Shown]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How a command asks.

    Attributes:
        yes: nothing is asked.
        dry_run: nothing is done.
        tells_first: what would be done is told too where nothing is asked.
        warning: what is said behind the question, "" for nothing.
    """

    yes: bool
    dry_run: bool
    tells_first: bool = True
    warning: str = "nothing of this can be undone"


def ask_and_carry_out(aim: Aim, intend: Callable[[Aim], Intent], *, asking: Asking, output: Format) -> None:
    """Show what would be done, ask, and do it, at the same time in all regions that are meant.

    Raises:
        Tfk8sError: see `in_regions`.
    """
    aims = aim.in_regions()
    if aims:
        places = {there.region or "": partial(intend, there) for there in aims}
        ask_in_regions(places, asking=asking, output=output, again=again(aim))
    else:
        ask_once(intend(aim), asking=asking, output=output)


def ask_once(intent: Intent, *, asking: Asking, output: Format) -> None:
    """The same in one place.

    Raises:
        Tfk8sError: what carrying it out raises.
    """
    if asking.dry_run or intent.is_empty:
        show(intent.shown, output=output)
        return
    if asking.tells_first or not asking.yes:
        tell(intent.shown.text())
    if not asking.yes:
        click.confirm(intent.question, abort=True, err=True)
    show(intent.carry_out(), output=output)


def ask_in_regions(places: Mapping[str, Callable[[], Intent]], *, asking: Asking, output: Format, again: str) -> None:
    """The same in several regions; one that cannot be looked at does not keep the others.

    Raises:
        Tfk8sError: see `in_regions`.
    """
    show_outcomes(asked_in_regions(places, asking=asking), output=output, again=again)


def asked_in_regions(places: Mapping[str, Callable[[], Intent]], *, asking: Asking) -> tuple[Outcome[Shown], ...]:
    """The same, for whoever has something to do before what came of it is shown."""
    from tfk8s.app.regions import mapped

    looked = run_all(places, way="at once")
    intents = {outcome.region: outcome.value for outcome in looked if outcome.value is not None}
    busy = [name for name, intent in intents.items() if not intent.is_empty]
    shown = {outcome.region: mapped(outcome, lambda intent: intent.shown) for outcome in looked}
    if not asking.dry_run and busy:
        if asking.tells_first or not asking.yes:
            for name in busy:
                tell(intents[name].shown.text(), prefix=f"{name}: ")
        if not asking.yes:
            click.confirm(f"go on in {', '.join(busy)}? {asking.warning}".rstrip(), abort=True, err=True)
        done = run_all({name: intents[name].carry_out for name in busy}, way="at once")
        shown |= {outcome.region: outcome for outcome in done}
    return tuple(shown.values())
