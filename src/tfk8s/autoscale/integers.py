"""Go's fixed-width integers, where the controller's arithmetic shows them."""

from __future__ import annotations

import math
from typing import Final

INT32_MAX: Final = 2**31 - 1
INT32_MIN: Final = -(2**31)
_INT64_MAX: Final = 2**63 - 1
_INT64_MIN: Final = -(2**63)


def to_int64(value: int) -> int:
    """Wrap as an `int64` does: memory in milli-bytes times 100 reaches its end at some thousand big pods."""
    return value if _INT64_MIN <= value <= _INT64_MAX else _wrapped(value, bits=64)


def to_int32(value: int) -> int:
    """Keep the lowest 32 bits, as Go's conversion of an `int64` does."""
    return value if INT32_MIN <= value <= INT32_MAX else _wrapped(value, bits=32)


def ceil_to_int32(value: float) -> int:
    """Round up to an `int32`; what does not fit becomes the smallest one, as the conversion on amd64 does."""
    if not math.isfinite(value):
        return INT32_MIN
    rounded = math.ceil(value)
    return rounded if INT32_MIN <= rounded <= INT32_MAX else INT32_MIN


def quotient(dividend: int, divisor: int) -> int:
    """Divide as Go does: towards zero, where Python's `//` rounds down."""
    if dividend >= 0 and divisor > 0:
        return dividend // divisor
    result = abs(dividend) // abs(divisor)
    return result if (dividend < 0) == (divisor < 0) else -result


def _wrapped(value: int, *, bits: int) -> int:
    half = 1 << (bits - 1)
    return (value + half) % (2 * half) - half
