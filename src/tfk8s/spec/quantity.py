"""Kubernetes quantities: read exactly, written in the one form that the API server writes.

Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_FORM = re.compile(
    r"(?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))(?P<suffix>[numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?\Z"
)
DECIMAL_EXPONENTS = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
BINARY_POWERS = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_MAX = Decimal(2**63 - 1)
_MAX_DIGITS = 40


@dataclass(frozen=True, slots=True, order=True)
class Quantity:
    """An amount in whole units (cores, bytes), exact, and its canonical text; equal when the amounts are equal."""

    value: Decimal
    is_binary: bool = False

    def __eq__(self, other: object) -> bool:
        """Compare amounts; `1Gi` equals `1024Mi` and `1073741824`."""
        return isinstance(other, Quantity) and self.value == other.value

    def __hash__(self) -> int:
        """Follow equality."""
        return hash(self.value)

    def __str__(self) -> str:
        """Canonical text, as the API server writes it: no fraction, the largest suffix that keeps it whole."""
        if self.is_binary and self.value >= 1024 and self.value == self.value.to_integral_value():
            return _binary_text(int(self.value))
        return _decimal_text(self.value)

    @property
    def units(self) -> int:
        """Whole units, rounded up: bytes of memory, cores of CPU."""
        return int(self.value.to_integral_value(rounding="ROUND_CEILING"))

    @property
    def milli(self) -> int:
        """Thousandths, rounded up: millicores of CPU."""
        return int((self.value * 1000).to_integral_value(rounding="ROUND_CEILING"))


def parse_quantity(text: str | int | float) -> Quantity:
    """Read a quantity; a number counts whole units.

    Raises:
        ValueError: not a quantity, negative, finer than 1n, or beyond 2^63-1.
    """
    match = _FORM.match(str(text))  # True and False match nothing
    if match is None or len(match["number"]) > _MAX_DIGITS:
        raise ValueError(f'"{text}" is no quantity: write a number such as 2, 500m or 4Gi')
    value = Decimal(match["number"]) * _factor(match["suffix"] or "", text)
    if value < 0:
        raise ValueError(f"{text} is negative")
    if value > _MAX:
        raise ValueError(f"{text} is more than any quantity can be (2^63-1)")
    if value * 10**9 != (value * 10**9).to_integral_value():
        raise ValueError(f"{text} is finer than a quantity can be (1n)")
    return Quantity(value, is_binary=(match["suffix"] or "") in BINARY_POWERS)


def _factor(suffix: str, text: object) -> Decimal:
    if suffix in BINARY_POWERS:
        return Decimal(1024 ** BINARY_POWERS[suffix])
    exponent = DECIMAL_EXPONENTS.get(suffix)
    if exponent is None:
        exponent = int(suffix[1:])
        if abs(exponent) > 18:
            raise ValueError(f"{text} has an exponent beyond 18")
    return Decimal(10) ** exponent


def _binary_text(value: int) -> str:
    for suffix, power in sorted(BINARY_POWERS.items(), key=lambda item: -item[1]):
        if value % 1024**power == 0:
            return f"{value // 1024**power}{suffix}"
    return _decimal_text(Decimal(value))


def _decimal_text(value: Decimal) -> str:
    if value == 0:
        return "0"
    for suffix, exponent in sorted(DECIMAL_EXPONENTS.items(), key=lambda item: -item[1]):
        scaled = value.scaleb(-exponent)
        if scaled == scaled.to_integral_value():
            return f"{int(scaled)}{suffix}"
    raise AssertionError(f"{value} was not checked by parse_quantity")
