"""Traffic that is made: a shape between two rates, with noise where it is asked for.

The language: `SHAPE:LOW,HIGH,TIME`, and after that `noise=SHARE`, `seed=NUMBER`, `repeat=TIMES` and `every=TIME`, each
behind a comma. Rates are requests a second, times have a unit: `90s`, `5m`, `2h`, `7d`. The same text gives the same
traffic.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from random import Random
from typing import Final, NamedTuple, TypeAlias

from tfk8s.autoscale.trace import MAX_LENGTH_S, MAX_RATE, MAX_SAMPLES, Trace
from tfk8s.errors import InputError

Shape: TypeAlias = Callable[[float], float]
"""From the part of the trace that is over, from 0 up to 1, to the part of the way from the low to the high rate."""

_TEETH: Final = 4
_SPIKE: Final = (0.4, 0.5)
_QUIETEST_H: Final = 4
_PLAIN: Final = 3
_OPTIONS: Final = ("noise", "seed", "repeat", "every")
_SHOWN: Final = 80
_TIME: Final = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?)(?P<unit>[smhd])\Z")
_UNITS_S: Final = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_DAY_S: Final = _UNITS_S["d"]


class _Kind(NamedTuple):
    shape: Shape
    summary: str


def _day(part: float) -> float:
    return (1 - math.cos(2 * math.pi * (part - _QUIETEST_H / 24))) / 2


SHAPES: Final[dict[str, _Kind]] = {
    "steady": _Kind(lambda _: 1.0, "the high rate all the time"),
    "step": _Kind(lambda part: float(1 / 3 <= part < 2 / 3), "low, high and low again, a third of the time each"),
    "ramp": _Kind(lambda part: 1 - abs(2 * part - 1), "evenly up for half of the time, and down again"),
    "spike": _Kind(lambda part: float(_SPIKE[0] <= part < _SPIKE[1]), "low, but for a tenth of the time in the middle"),
    "sawtooth": _Kind(lambda part: part * _TEETH % 1.0, f"{_TEETH} times evenly up, and down at once"),
    "day": _Kind(_day, f"a curve over each 24 hours, lowest at {_QUIETEST_H} o'clock; TIME may be many days"),
    "night": _Kind(lambda part: float(not 1 / 3 <= part < 2 / 3), "high, low for the middle third, and high again"),
}

_HINT: Final = (
    f"write SHAPE:LOW,HIGH,TIME, as in step:10,200,30m or day:20,400,7d,noise=0.1,seed=3; shapes: {', '.join(SHAPES)}"
)


class _Wish(NamedTuple):
    shape: Shape
    low: float
    high: float
    period_s: float
    length_s: float
    noise: float
    seed: int
    every_s: float


def generate(text: str) -> Trace:
    """Make traffic.

    Raises:
        InputError: The text is none of the language.
    """
    wish = _checked(_wish(text), text=text)
    dice = Random(wish.seed)  # noqa: S311 - noise in a trace guards nothing
    times, rates = [], []
    for index in range(int(wish.length_s // wish.every_s) + 1):
        time_s = index * wish.every_s
        rate = wish.low + (wish.high - wish.low) * wish.shape(time_s % wish.period_s / wish.period_s)
        if wish.noise:
            rate *= max(0.0, 1 + wish.noise * dice.gauss(0, 1))
        times.append(time_s)
        rates.append(min(rate, MAX_RATE))
    return Trace(times_s=tuple(times), rates=tuple(rates))


def _wish(text: str) -> _Wish:
    name, _, rest = text.partition(":")
    kind = SHAPES.get(name.strip())
    words = [word.strip() for word in rest.split(",")]
    if kind is None or len(words) < _PLAIN or any("=" in word for word in words[:_PLAIN]):
        raise InputError(f"{text[:_SHOWN]!r} is no traffic that can be made", hint=_HINT)
    low, high, time = words[:_PLAIN]
    options = _options(words[_PLAIN:], text=text)
    length_s = seconds_of(time, name="the time")
    return _Wish(
        shape=kind.shape,
        low=_number(low, name="the low rate", most=MAX_RATE),
        high=_number(high, name="the high rate", most=MAX_RATE),
        period_s=_DAY_S if name.strip() == "day" else length_s,
        length_s=length_s * int(_number(options.get("repeat", "1"), name="repeat", least=1, most=MAX_SAMPLES)),
        noise=_number(options.get("noise", "0"), name="noise", most=1),
        seed=int(_number(options.get("seed", "0"), name="seed", most=2**32)),
        every_s=seconds_of(options.get("every", "15s"), name="every"),
    )


def _options(words: list[str], *, text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in words:
        key, sign, value = word.partition("=")
        if key not in _OPTIONS or not sign or key in found:
            why = "is said twice" if key in found else f"is none of {', '.join(_OPTIONS)}"
            raise InputError(f"{text[:_SHOWN]!r}: {key[:_SHOWN]!r} {why}", hint=_HINT)
        found[key] = value
    return found


def _checked(wish: _Wish, *, text: str) -> _Wish:
    if wish.low > wish.high:
        raise InputError(
            f"{text[:_SHOWN]!r}: the low rate {wish.low:g} is above the high one {wish.high:g}", hint=_HINT
        )
    if wish.length_s > MAX_LENGTH_S:
        raise InputError(f"{text[:_SHOWN]!r} lasts longer than {MAX_LENGTH_S / _DAY_S:.0f} days", hint=_HINT)
    if wish.length_s / wish.every_s >= MAX_SAMPLES:
        raise InputError(f"{text[:_SHOWN]!r} makes more than {MAX_SAMPLES} samples", hint="give a longer every=")
    return wish


def seconds_of(text: str, *, name: str) -> float:
    """Read a time with its unit.

    Raises:
        InputError: It has no unit, or is nothing; `name` says what it is of.
    """
    match = _TIME.match(text)
    seconds = float(match["number"]) * _UNITS_S[match["unit"]] if match else 0.0
    if not 0 < seconds < math.inf:
        raise InputError(f"{name} {text[:_SHOWN]!r} is no time above 0", hint="write it as 90s, 5m, 2h or 7d")
    return seconds


def _number(text: str, *, name: str, most: float, least: float = 0) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not least <= number <= most:
        raise InputError(f"{name} {text[:_SHOWN]!r} is no number from {least:g} to {most:g}", hint=_HINT)
    return number
