"""What a report holds: facts, then sections of sentences, tables and pictures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from tfk8s.pictures.picture import Picture

_NUMBER: Final = r"[-+−]?[0-9][0-9,.]*(e[-−]?[0-9]+)?"
_FIGURE: Final = re.compile(rf"{_NUMBER}( to {_NUMBER})?( ?%| [a-zµ]{{1,3}})?|–?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of cells.

    Attributes:
        caption: What the rows are.
        head: Names of the columns, with their units.
        rows: As many cells each; a column of figures is aligned as such.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def are_figures(self) -> tuple[bool, ...]:
        """Which columns hold figures alone."""
        return tuple(all(_FIGURE.fullmatch(row[place]) for row in self.rows) for place in range(len(self.head)))


Block: TypeAlias = str | Table | Picture
"""A paragraph, a table or a picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Blocks below a heading."""

    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One page.

    Attributes:
        title: Of the page.
        summary: What a reader who stops here should know.
        facts: Name and value of what was measured or assumed.
        sections: In their order.
    """

    title: str
    summary: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
