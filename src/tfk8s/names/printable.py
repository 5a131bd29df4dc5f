"""Text of unknown content as people may read it: on its line, and never in control of a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    """Escape what is not printable: line ends, control and bidi characters, zero-width ones, lone surrogates."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def printable_lines(text: str) -> str:
    """The same for a text of several lines, whose line ends stay."""
    return text if text.isprintable() else "\n".join(printable(line) for line in text.split("\n"))


def encodable(text: str) -> str:
    """Half a surrogate pair, which JSON may hold and UTF-8 cannot, becomes its escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def one_line(text: str) -> str:
    """A message of others on one line: its line ends become spaces, the rest is escaped as by `printable`."""
    return printable(" ".join(text.splitlines()))
