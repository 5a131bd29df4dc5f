"""Traffic as Prometheus tells it: the answer of `/api/v1/query_range`.

Form: https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries
"""

from __future__ import annotations

import json
import math
from itertools import pairwise
from statistics import median_low
from typing import TYPE_CHECKING, Final

from tfk8s.autoscale.fields import Field
from tfk8s.autoscale.trace import Collector
from tfk8s.errors import InputError

if TYPE_CHECKING:
    from tfk8s.autoscale.trace import Trace
    from tfk8s.manifest import JsonObject

_HINT: Final = "save what /api/v1/query_range answers to a query of one series, as in sum(rate(requests_total[1m]))"
_PAIR: Final = 2
_NAMED: Final = 5
_IS_GAP: Final = 1.5
"""A pause longer than so many times the usual one lacks a sample: Prometheus answers with even steps."""


def read_range(text: str, *, name: str = "trace") -> Trace:
    """Read one series of a range query. Where it has no sample, or NaN, the rate before is taken to hold.

    Raises:
        InputError: It is no such answer, a failed one, holds no series or several, or no rates that can be.
    """
    root = Field(_json(text, name=name), name)
    status = root.at("status").text(default="")
    if status == "error":
        raise InputError(f"{name}: Prometheus answered: {root.at('error').text(default='error')[:300]}", hint=_HINT)
    if status != "success":
        raise root.at("status").error("is not success", hint=_HINT)
    kind = root.at("data", "resultType").text()
    if kind != "matrix":
        raise root.at("data", "resultType").error(f"is {kind[:40]}, not matrix", hint=_HINT)
    series = _one(root.at("data", "result"), name=name)
    found, gaps = Collector(), 0
    for sample in series.at("values").items():
        time_s, rate = _sample(sample)
        if math.isnan(rate):
            gaps += 1
        else:
            found.add(time_s, rate, place=f"{name}, {sample.path}")
    trace = found.trace(name=name, hint=_HINT)
    return found.trace(name=name, hint=_HINT, notes=_notes(trace.times_s, unknown=gaps))


def _json(text: str, *, name: str) -> JsonObject:
    try:
        found = json.loads(text)
    except RecursionError:
        raise InputError(f"{name} is nested too deep for an answer of Prometheus", hint=_HINT) from None
    except ValueError as error:
        place = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise InputError(f"{name}{place} is no JSON: {getattr(error, 'msg', error)}", hint=_HINT) from error
    if not isinstance(found, dict):
        raise InputError(f"{name} is no answer of Prometheus: it holds no object", hint=_HINT)
    return found


def _one(result: Field, *, name: str) -> Field:
    series = result.items()
    if not series:
        raise InputError(f"{name}: the query found nothing", hint=_HINT)
    if len(series) > 1:
        named = tuple(_labels(item) for item in series[:_NAMED])
        more = (f"and {len(series) - _NAMED} more",) if len(series) > _NAMED else ()
        raise InputError(
            f"{name} holds {len(series)} series, and traffic is one",
            hint="ask for their sum: sum(...)",
            details=(*named, *more),
        )
    if not series[0].at("values").items():
        raise series[0].at("values").error("holds no sample", hint=_HINT)
    return series[0]


def _labels(series: Field) -> str:
    labels = series.at("metric").value
    pairs = labels.items() if isinstance(labels, dict) else ()
    return "{" + ", ".join(f'{key}="{value}"' for key, value in pairs)[:200] + "}"


def _sample(sample: Field) -> tuple[float, float]:
    """Return seconds and rate; no number for one that is not known."""
    pair = sample.items()
    if len(pair) != _PAIR:
        raise sample.error("is no pair of time and value", hint=_HINT)
    return _finite(pair[0]), _rate(pair[1])


def _finite(field: Field) -> float:
    value = field.value
    try:
        found = math.nan if isinstance(value, bool) or not isinstance(value, int | float) else float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise field.error("is no time", hint=_HINT)
    return found


def _rate(field: Field) -> float:
    try:
        found = float(field.text())
    except ValueError:
        raise field.error("is no number", hint=_HINT) from None
    if math.isinf(found):
        raise field.error("is infinite", hint="divide by what cannot be 0, or ask for a rate")
    return found


def _notes(times_s: tuple[float, ...], *, unknown: int) -> tuple[str, ...]:
    pauses = [later - earlier for earlier, later in pairwise(times_s)]
    if not pauses:
        return ()
    usual = median_low(pauses)
    gaps = [pause for pause in pauses if pause > _IS_GAP * usual]
    if not gaps:
        return (f"{unknown} samples are no number: the trace is shorter",) if unknown else ()
    total = sum(gaps) - usual * len(gaps)
    return (
        f"{len(gaps)} gaps of {total:.0f} s in all, the longest {max(gaps) - usual:.0f} s: "
        "the rate before each is taken to hold",
    )
