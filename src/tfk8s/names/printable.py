"""Text of unknown content as people may read it: on its line, and never in control of a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """Escape what is not printable: line ends, control and bidi characters, zero-width ones, lone surrogates."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def one_line(text: str) -> str:
    """A message of others on one line: its line ends become spaces, the rest is escaped as by `printable`."""
    return printable(" ".join(text.splitlines()))
