"""How findings of a check look: lines for people, and annotations of GitHub."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfk8s.names.printable import one_line

if TYPE_CHECKING:
    from tfk8s.app.check import CheckReport
    from tfk8s.check.reported import Reported

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def report_text(report: CheckReport) -> str:
    """`file:line: level: object: field: what [code]`, each with the next thing to do below."""
    return "\n".join(line for item in report.found for line in _lines(item))


def _lines(item: Reported) -> list[str]:
    level, below = item.level.value, item.remedy
    if item.ignored is not None:
        level, below = "off", f"off because: {item.ignored}"
    return [one_line(f"{item.place}: {level}: {item.what} [{item.code}]"), f"  {one_line(below)}"]


def github_text(report: CheckReport) -> str:
    """Workflow commands, which GitHub shows beside the lines of a pull request; what is switched off is left out.

    https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
    """
    return "\n".join(_annotation(item) for item in report.found if item.ignored is None)


def _annotation(item: Reported) -> str:
    fields = {"file": item.source, **({"line": str(item.line)} if item.line is not None else {}), "title": item.code}
    written = ",".join(
        f"{key}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}" for key, value in fields.items()
    )
    return f"::{_COMMANDS[item.level.value]} {written}::{_escaped(one_line(f'{item.what}; {item.remedy}'))}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
