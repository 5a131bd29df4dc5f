"""How findings of a check look: lines for people, and annotations of GitHub."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfk8s.app.check import CheckReport
    from tfk8s.check.reported import Reported

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def report_text(report: CheckReport) -> str:
    """`file:line: level: object: field: what [code]`, each with the next thing to do below."""
    return "\n".join(line for item in report.found for line in _lines(item))


def _lines(item: Reported) -> list[str]:
    if item.ignored is not None:
        return [f"{item.place}: off: {item.what} [{item.code}]", f"  off because: {item.ignored}"]
    return [f"{item.place}: {item.level.value}: {item.what} [{item.code}]", f"  {item.remedy}"]


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
    return f"::{_COMMANDS[item.level.value]} {written}::{_escaped(f'{item.what}; {item.remedy}')}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
