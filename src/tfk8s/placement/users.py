"""Where users are, from a file of comma-separated values."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from typing import Final

from tfk8s.errors import InputError
from tfk8s.names.printable import one_line
from tfk8s.placement.globe import Position

_NEEDED: Final = ("latitude", "longitude", "rate")
_KNOWN: Final = (*_NEEDED, "name")
_HINT: Final = (
    "name the columns in the first line, `latitude,longitude,rate,name`, then write as `52.5,13.4,120,Berlin`"
)
_MOST_RATE: Final = 1e9
_LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Users in one place.

    Attributes:
        position: Where.
        rate: Requests a second that they send, above 0.
        name: What people call it; may be empty.
    """

    position: Position
    rate: float
    name: str = ""


def read_places(text: str, *, name: str) -> tuple[Place, ...]:
    """Read places; rows of one position are added up, rows of no traffic are left out.

    Args:
        text: The first line names the columns: `latitude`, `longitude`, `rate`, and `name`, which may be missing.
            Empty lines and lines that begin with `#` are skipped.
        name: Of the file, for errors.

    Raises:
        InputError: A line is no place, or there is none with traffic.
    """
    rows = csv.reader(text.splitlines(), strict=True)
    columns: dict[str, int] = {}
    found: dict[Position, Place] = {}
    try:
        for row in rows:
            where = f"{name}:{rows.line_num}"
            if not any(cell.strip() for cell in row) or row[0].lstrip("\ufeff ").startswith("#"):
                continue
            if not columns:
                columns = _columns(row, where=where)
                continue
            place = _place(row, columns, where=where)
            before = found.get(place.position)
            if place.rate:
                found[place.position] = place if before is None else _together(before, place)
    except csv.Error as error:
        raise InputError(f"{name}:{rows.line_num}: {error}", hint=_HINT) from error
    if not found:
        raise InputError(f"{name}: holds no place with traffic", hint=_HINT)
    return tuple(found.values())


def _columns(row: list[str], *, where: str) -> dict[str, int]:
    titles = [cell.strip("\ufeff ").lower() for cell in row]
    for title in titles:
        if title not in _KNOWN:
            raise InputError(
                f"{where}: {_shown(title)} is no column that is known: {', '.join(_KNOWN)}",
                hint=_HINT,
            )
        if titles.count(title) > 1:
            raise InputError(f"{where}: the column {title} is there twice", hint=_HINT)
    missing = [title for title in _NEEDED if title not in titles]
    if missing:
        raise InputError(f"{where}: there is no column {' and no '.join(missing)}", hint=_HINT)
    return {title: place for place, title in enumerate(titles)}


def _place(row: list[str], columns: dict[str, int], *, where: str) -> Place:
    if len(row) != len(columns):
        raise InputError(f"{where}: {len(row)} cells, where the first line names {len(columns)} columns", hint=_HINT)
    cells = {title: row[column].strip() for title, column in columns.items()}
    return Place(
        position=Position(
            _number(cells["latitude"], what="latitude", lowest=-90, highest=90, where=where),
            _number(cells["longitude"], what="longitude", lowest=-180, highest=180, where=where),
        ),
        rate=_number(cells["rate"], what="rate", lowest=0, highest=_MOST_RATE, where=where),
        name=one_line(cells.get("name", ""))[:_LONGEST_NAME],
    )


def _number(text: str, *, what: str, lowest: float, highest: float, where: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not lowest <= found <= highest:
        raise InputError(f"{where}: {what} {_shown(text)} is no number from {lowest:g} to {highest:g}", hint=_HINT)
    return found


def _together(one: Place, other: Place) -> Place:
    return Place(position=one.position, rate=one.rate + other.rate, name=one.name or other.name)


def _shown(text: str) -> str:
    line = one_line(text)
    return repr(line if len(line) <= _LONGEST_NAME else f"{line[:_LONGEST_NAME]}...")
