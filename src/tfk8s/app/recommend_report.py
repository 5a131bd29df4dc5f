"""A recommendation as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tfk8s.app.prices import Prices
from tfk8s.app.recommend import Advice
from tfk8s.app.recommend_checks import Check
from tfk8s.autoscale.arithmetic import number, told
from tfk8s.autoscale.recommend import Outcome
from tfk8s.cost import MONTH_H
from tfk8s.manifest import JsonObject
from tfk8s.manifest.yaml import dump

_MONTH_H = float(MONTH_H)


def advice_lines(advice: Advice) -> list[str]:
    """The recommendation for people: arithmetic, cost, checks, notes, and the change of the spec."""
    width = max(len(line.what) for line in advice.lines)
    values = max(len(line.value) for line in advice.lines)
    lines = [f"{line.what:<{width}}  {line.value:<{values}}  {line.how}" for line in advice.lines]
    lines += _money_lines(advice, width=width)
    lines += ["", *_check_lines(advice.checks)]
    lines += [f"note: {note}" for note in advice.notes]
    if advice.text is None:
        return [*lines, "", dump({"scaling": advice.scaling}).rstrip("\n")]
    return [*lines, "", advice.text.diff.rstrip("\n") or f"{advice.text.file} says so already"]


def advice_json(advice: Advice, *, written: Sequence[str] = ()) -> JsonObject:
    """The stable form of `-o json`."""
    found = advice.found
    return {
        "scaling": advice.scaling,
        "keepsObjective": found.is_kept,
        "arithmetic": [{"what": line.what, "value": line.value, "how": line.how} for line in advice.lines],
        "simulated": _outcome_json(found.best, advice.prices),
        "runnerUp": None if found.runner_up is None else _outcome_json(found.runner_up, advice.prices),
        "tried": len(found.outcomes),
        "keeping": found.keeping,
        "checks": [
            {"name": each.name, "verdict": each.verdict, "text": each.text, "remedy": each.remedy or None}
            for each in advice.checks
        ],
        "notes": [*advice.notes],
        "diff": None if advice.text is None else advice.text.diff,
        "written": [*written],
    }


def money(outcome: Outcome, prices: Prices) -> float | None:
    """What the simulated time costs: by the pod where that has a price, else by the node; None without a price."""
    if prices.pod_hour is not None:
        return outcome.pod_hours * prices.pod_hour
    return None if prices.node_hour is None else outcome.node_hours * prices.node_hour


def _outcome_json(outcome: Outcome, prices: Prices) -> JsonObject:
    chosen = outcome.candidate
    return {
        "target": chosen.target,
        "headroom": chosen.headroom,
        "min": chosen.minimum,
        "max": chosen.maximum,
        "scaleDownWindowSeconds": chosen.window_s,
        "lateShare": outcome.late_share,
        "droppedShare": outcome.dropped_share,
        "flaps": outcome.flaps,
        "hours": outcome.hours,
        "podHours": outcome.pod_hours,
        "nodeHours": outcome.node_hours,
        "mostPods": outcome.most_pods,
        "cost": money(outcome, prices),
    }


def _money_lines(advice: Advice, *, width: int) -> Iterator[str]:
    best, runner, prices = advice.found.best, advice.found.runner_up, advice.prices
    cost = money(best, prices)
    if cost is None:
        return
    if prices.pod_hour is not None:
        how = f"{number(best.pod_hours)} pod-hours x {prices.pod_hour:g}"
    else:
        how = f"{number(best.node_hours)} node-hours x {prices.node_hour:g}"
    other = money(runner, prices) if runner is not None else None
    beside = "" if runner is None or other is None else f"; the next one costs {other:.2f} ({told(runner)})"
    month = f"{cost / best.hours * _MONTH_H:.2f} for {_MONTH_H:.0f} h of such traffic"
    yield f"{'money':<{width}}  {cost:.2f}: {how}; {month}{beside}"


def _check_lines(found: tuple[Check, ...]) -> Iterator[str]:
    marks = {"holds": "ok", "fails": "NOT ok", "unknown": "unknown"}
    for each in found:
        remedy = f"; {each.remedy}" if each.remedy else ""
        yield f"{each.name}: {marks[each.verdict]}: {each.text}{remedy}"
