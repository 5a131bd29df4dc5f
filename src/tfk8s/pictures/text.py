"""A table for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfk8s.names.printable import one_line

if TYPE_CHECKING:
    from tfk8s.pictures.report import Table


def to_text(table: Table) -> str:
    """Return the head and a line a row, in columns; figures stand below each other to the right."""
    rows = [[one_line(cell) for cell in row] for row in (table.head, *table.rows)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(table.head))]
    return "\n".join(_line(row, widths, are_figures=table.are_figures) for row in rows)


def _line(row: list[str], widths: list[int], *, are_figures: tuple[bool, ...]) -> str:
    cells = zip(row, widths, are_figures, strict=True)
    return "  ".join(cell.rjust(width) if is_figure else cell.ljust(width) for cell, width, is_figure in cells).rstrip()
