"""Fields of an object, read strictly: one that is not as the API server takes it is an error that names its path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tfk8s.errors import InputError
from tfk8s.spec.quantity import parse_quantity

if TYPE_CHECKING:
    from tfk8s.manifest import JsonValue
    from tfk8s.spec.quantity import Quantity

_INT32_MAX: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Field:
    """A value, and where it is.

    Attributes:
        value: As in the object; `None`: not there, or null, which the API server takes alike.
        owner: The object, for errors: `HorizontalPodAutoscaler resnet`.
        path: As in `spec.metrics[0].resource`.
    """

    value: JsonValue
    owner: str
    path: str = ""

    @property
    def is_there(self) -> bool:
        """Whether something is written."""
        return self.value is not None

    def at(self, *keys: str) -> Field:
        """Return the field below, which may not be there."""
        found = self
        for key in keys:
            if found.value is not None and not isinstance(found.value, dict):
                raise found.error("is no object")
            value = found.value.get(key) if isinstance(found.value, dict) else None
            found = Field(value, self.owner, f"{found.path}.{key}" if found.path else key)
        return found

    def items(self) -> tuple[Field, ...]:
        """Return the items of a list; none where nothing is written."""
        if self.value is None:
            return ()
        if not isinstance(self.value, list):
            raise self._wrong("a list")
        return tuple(Field(item, self.owner, f"{self.path}[{index}]") for index, item in enumerate(self.value))

    def text(self, *, default: str | None = None) -> str:
        """Return text."""
        if self.value is None and default is not None:
            return default
        if not isinstance(self.value, str):
            raise self._wrong("text")
        return self.value

    def whole(self, *, least: int = 0, most: int = _INT32_MAX, default: int | None = None) -> int:
        """Return a whole number within bounds."""
        if self.value is None and default is not None:
            return default
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self._wrong("a whole number")
        if not least <= self.value <= most:
            raise self.error(f"is {self.value}; it can be {least} to {most}")
        return self.value

    def milli(self) -> int:
        """Return a quantity above zero in thousandths, rounded up as the controller does."""
        milli = self._quantity().milli
        if milli <= 0:
            raise self.error("is 0; a target is more")
        return milli

    def number(self) -> float:
        """Return a quantity as a float."""
        return float(self._quantity().value)

    def error(self, why: str, *, hint: str | None = None) -> InputError:
        """Return an error about this field."""
        return InputError(f"{self.owner}: {self.path or 'it'} {why}", hint=hint)

    def _quantity(self) -> Quantity:
        if isinstance(self.value, bool) or not isinstance(self.value, str | int | float):
            raise self._wrong("a quantity")
        try:
            return parse_quantity(self.value)
        except ValueError as error:
            raise self.error(f"cannot be read: {error}") from error

    def _wrong(self, what: str) -> InputError:
        return self.error("is missing" if self.value is None else f"is not {what}")
