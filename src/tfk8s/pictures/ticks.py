"""Where an axis has its ticks, and how values are written beside them."""

from __future__ import annotations

import math
from typing import Final

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86_400
_UNITS: Final = ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"), (1, "s"))
_STEPS_S: Final = (
    *(1, 2, 5, 10, 15, 30),
    *(count * _MINUTE for count in (1, 2, 5, 10, 15, 30)),
    *(count * _HOUR for count in (1, 2, 3, 6, 12)),
    *(count * _DAY for count in (1, 2, 7, 14, 28)),
)


def seconds_ticks(low: float, high: float, *, most: int = 9) -> list[float]:
    """Choose round times between two, at most so many: whole minutes, hours or days where the span has several.

    Args:
        low: Seconds.
        high: Seconds, not below `low`.
        most: Number of ticks that are readable beside each other.
    """
    span = high - low
    step = next((float(step) for step in _STEPS_S if span / step < most), _whole(span / most, _STEPS_S[-1]))
    if 0 < span < _STEPS_S[0] * 2:
        step = _round_up(span / most)
    first = math.ceil(low / step - 1e-9)
    count = math.floor(high / step + 1e-9) - first + 1
    # Neighbours fall together where the span is at the end of what a number can tell apart.
    return sorted({(first + index) * step for index in range(count)})


def _whole(value: float, unit: float) -> float:
    return math.ceil(value / unit) * unit


def _round_up(value: float) -> float:
    """Return the next of 1, 2 and 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= value * (1 - 1e-9))


def seconds_text(seconds: float) -> str:
    """Write a time in its two largest units: `90 s` is `1 min 30 s`."""
    sign, rest = ("−" if seconds < 0 else ""), abs(seconds)
    parts: list[str] = []
    for size, unit in _UNITS[:-1]:
        count = int(rest // size)
        rest -= count * size
        if count and len(parts) < 2:
            parts.append(f"{count} {unit}")
    if len(parts) < 2 and (rest or not parts):
        parts.append(f"{number_text(rest)} s" if rest or parts else "0")
    return sign + " ".join(parts)


def number_text(value: float) -> str:
    """Write a number with groups of thousands, as exactly as six digits do."""
    if not math.isfinite(value):
        return str(value)
    size = abs(value)
    if size and (size >= 1e9 or size < 1e-4):
        return f"{value:.3g}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e").replace("-", "−")
    decimals = max(0, 5 - math.floor(math.log10(size))) if size else 0
    text = f"{value:,.{min(decimals, 9)}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", "−")
