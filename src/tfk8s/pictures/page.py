"""A report as one HTML file that loads nothing: no script, no address, its pictures inside it."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Final

from tfk8s import __version__
from tfk8s.names.printable import one_line
from tfk8s.pictures.drawing import draw
from tfk8s.pictures.page_style import STYLE
from tfk8s.pictures.report import Table
from tfk8s.pictures.svg import inline

if TYPE_CHECKING:
    from tfk8s.pictures.picture import Picture
    from tfk8s.pictures.report import Block, Report, Section

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""What the browser may load: nothing. Styles are those of the page itself (https://www.w3.org/TR/CSP3/)."""


def to_html(report: Report) -> str:
    """Write a report; every text of it is escaped.

    Raises:
        PreconditionError: It has a picture, and matplotlib is not installed.
    """
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>{_text(report.title)}</title>"
    yield f"<style>\n{STYLE}</style>"
    yield "</head>"
    yield "<body>"
    yield "<main>"
    yield f"<h1>{_text(report.title)}</h1>"
    yield f"<p>{_text(report.summary)}</p>"
    yield from _facts(report.facts)
    for number, section in enumerate(report.sections, start=1):
        yield from _section(section, number=number)
    yield f"<footer>Made by tfk8s {__version__}. This file loads nothing.</footer>"
    yield "</main>"
    yield "</body>"
    yield "</html>"


def _facts(facts: tuple[tuple[str, str], ...]) -> Iterator[str]:
    yield '<table class="facts">'
    for name, value in facts:
        yield f'<tr><th scope="row">{_text(name)}</th><td>{_text(value)}</td></tr>'
    yield "</table>"


def _section(section: Section, *, number: int) -> Iterator[str]:
    yield f'<section aria-labelledby="section-{number}">'
    yield f'<h2 id="section-{number}">{_text(section.heading)}</h2>'
    for place, block in enumerate(section.blocks, start=1):
        yield from _block(block, name=f"s{number}b{place}-")
    yield "</section>"


def _block(block: Block, *, name: str) -> Iterator[str]:
    if isinstance(block, str):
        yield f"<p>{_text(block)}</p>"
    elif isinstance(block, Table):
        yield from _table(block)
    else:
        yield from _picture(block, name=name)


def _picture(picture: Picture, *, name: str) -> Iterator[str]:
    svg = inline(draw(picture, form="svg").decode(), prefix=name)
    yield f'<figure class="wide" tabindex="0" role="region" aria-label="{_text(picture.title)}">'
    yield svg
    yield "</figure>"


def _table(table: Table) -> Iterator[str]:
    kinds = [' class="figure"' if is_figure else "" for is_figure in table.are_figures]
    yield f'<div class="wide" tabindex="0" role="region" aria-label="{_text(table.caption)}">'
    yield f"<table>\n<caption>{_text(table.caption)}</caption>"
    cells = "".join(f'<th scope="col"{kind}>{_text(name)}</th>' for name, kind in zip(table.head, kinds, strict=True))
    yield f"<thead><tr>{cells}</tr></thead>"
    yield "<tbody>"
    for row in table.rows:
        yield (
            "<tr>" + "".join(f"<td{kind}>{_text(cell)}</td>" for cell, kind in zip(row, kinds, strict=True)) + "</tr>"
        )
    yield "</tbody>\n</table>\n</div>"


def _text(text: str) -> str:
    return escape(one_line(text))
