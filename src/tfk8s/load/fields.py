"""Reads objects of JSON strictly: what is missing, unknown or of another kind is told with its path."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from typing import NoReturn, TypeVar

from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, JsonValue

_Text = TypeVar("_Text", bound=str)


class Fields:
    """One object of a document, and where in it the object is."""

    def __init__(self, value: JsonValue, *, path: str, source: str) -> None:
        """`path` is empty for the document itself; `source` names it in messages.

        Raises:
            InputError: it is no object.
        """
        self._path = path
        self._source = source
        if not isinstance(value, dict):
            self._refuse("", f"is {_kind(value)}, not an object")
        self._object: JsonObject = value

    def require_known(self, keys: Collection[str]) -> None:
        """Refuse keys that no reader looks at: a misspelt one would be ignored silently."""
        for key in self._object:
            if key not in keys:
                self._refuse(key, "is not known")

    def text(self, key: str) -> str:
        """A string."""
        value = self._at(key)
        return value if isinstance(value, str) else self._wrong(key, "text")

    def one_of(self, key: str, allowed: tuple[_Text, ...]) -> _Text:
        """One of a few strings."""
        value = self.text(key)
        found = next((text for text in allowed if text == value), None)
        return self._refuse(key, f"is {value!r}, not one of {', '.join(allowed)}") if found is None else found

    def number(self, key: str, *, above: float | None = None) -> float:
        """A finite number, 0 or more, or more than `above`."""
        value = self._at(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            self._wrong(key, "a number")
        if value < 0 or (above is not None and value <= above):
            self._refuse(key, f"is {value}, not {'0 or more' if above is None else f'above {above:g}'}")
        return float(value)

    def number_or_none(self, key: str) -> float | None:
        """The same, or null."""
        return None if self._at(key) is None else self.number(key)

    def count(self, key: str) -> int:
        """A whole number, 0 or more."""
        value = self._at(key)
        if isinstance(value, bool) or not isinstance(value, int):
            self._wrong(key, "a whole number")
        return value if value >= 0 else self._refuse(key, f"is {value}, not 0 or more")

    def count_or_none(self, key: str) -> int | None:
        """The same, or null."""
        return None if self._at(key) is None else self.count(key)

    def flag_or_none(self, key: str) -> bool | None:
        """True, false or null."""
        value = self._at(key)
        return value if value is None or isinstance(value, bool) else self._wrong(key, "true or false")

    def counts(self, key: str) -> Mapping[str, int]:
        """An object of whole numbers."""
        inner = self.inner(key)
        return {name: inner.count(name) for name in inner.names}

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings."""
        return tuple(
            item if isinstance(item, str) else self._refuse(f"{key}[{place}]", f"is {_kind(item)}, not text")
            for place, item in enumerate(self._list(key))
        )

    def pairs(self, key: str) -> tuple[tuple[float, int], ...]:
        """A list of lists of a number and a whole number each."""
        found = []
        for place, item in enumerate(self._list(key)):
            if not isinstance(item, list) or len(item) != 2:
                self._refuse(f"{key}[{place}]", "is no list of a number and a count")
            pair = Fields({"0": item[0], "1": item[1]}, path=f"{self._path_of(key)}[{place}]", source=self._source)
            found.append((pair.number("0"), pair.count("1")))
        return tuple(found)

    def inner(self, key: str) -> Fields:
        """An object."""
        return Fields(self._at(key), path=self._path_of(key), source=self._source)

    def inner_or_none(self, key: str) -> Fields | None:
        """The same, or null."""
        return None if self._at(key) is None else self.inner(key)

    def inners(self, key: str) -> Iterator[Fields]:
        """A list of objects."""
        for place, item in enumerate(self._list(key)):
            yield Fields(item, path=f"{self._path_of(key)}[{place}]", source=self._source)

    @property
    def names(self) -> tuple[str, ...]:
        """Keys of the object, as they come."""
        return tuple(self._object)

    def refuse(self, key: str, why: str) -> NoReturn:
        """Say what is wrong with the value of a key.

        Raises:
            InputError: always.
        """
        self._refuse(key, why)

    def _at(self, key: str) -> JsonValue:
        if key not in self._object:
            self._refuse(key, "is missing")
        return self._object[key]

    def _list(self, key: str) -> list[JsonValue]:
        value = self._at(key)
        return value if isinstance(value, list) else self._wrong(key, "a list")

    def _path_of(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path and key else self._path or key

    def _wrong(self, key: str, wanted: str) -> NoReturn:
        self._refuse(key, f"is {_kind(self._at(key))}, not {wanted}")

    def _refuse(self, key: str, why: str) -> NoReturn:
        raise InputError(
            f"{self._source} is no measurement of tfk8s: {self._path_of(key) or 'it'} {why}",
            hint="write it with tfk8s bench --save FILE, and leave it as it is",
        )


def _kind(value: JsonValue) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return f"the number {value}"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "an object"
