"""Findings of a check as SARIF 2.1.0, which code scanning of GitHub and other services read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/ and, for what GitHub makes of it,
https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from tfk8s import __version__
from tfk8s.names.printable import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfk8s.app.check import CheckReport
    from tfk8s.check.reported import Reported
    from tfk8s.manifest import JsonObject
    from tfk8s.spec.check_codes import CheckCode

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT: Final = "SRCROOT"
_LINE: Final = 1
"""Of what a spec renders to, which has no line of its own: GitHub leaves findings without a line out."""


def sarif(report: CheckReport, *, folder: Path) -> JsonObject:
    """The report as one run; paths are told from `folder`, which is the root of the checkout as a rule."""
    from tfk8s.spec.check_codes import known_codes

    codes = [*dict.fromkeys(item.code for item in report.found)]
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver(codes, known=known_codes())},
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {"executionSuccessful": True, "toolExecutionNotifications": [_left(line) for line in report.left]}
                ],
                "results": [_result(item, index=codes.index(item.code), folder=folder) for item in report.found],
            }
        ],
    }


def _driver(codes: list[str], *, known: Mapping[str, CheckCode]) -> JsonObject:
    rules = [_rule(code, known=known.get(code)) for code in codes]
    return {"name": "tfk8s", "semanticVersion": __version__, "rules": [*rules]}


def _rule(name: str, *, known: CheckCode | None) -> JsonObject:
    if known is None:
        return {"id": name}
    return {
        "id": name,
        "shortDescription": {"text": known.meaning},
        "help": {"text": known.remedy},
        "defaultConfiguration": {"level": known.level},
    }


def _left(line: str) -> JsonObject:
    return {"level": "note", "message": {"text": f"not checked: {line}"}}


def _result(item: Reported, *, index: int, folder: Path) -> JsonObject:
    place: JsonObject = {
        "artifactLocation": _artifact(item.source, folder=folder),
        "region": {"startLine": item.line or _LINE},
    }
    location: JsonObject = {"physicalLocation": place}
    if item.object:
        location["logicalLocations"] = [{"fullyQualifiedName": item.object}]
    found: JsonObject = {
        "ruleId": item.code,
        "ruleIndex": index,
        "level": item.level.value,
        "message": {"text": one_line(f"{item.what}; {item.remedy}")},
        "locations": [location],
        "partialFingerprints": {"primaryLocationLineHash": _fingerprint(item)},
    }
    if item.ignored is not None:
        found["suppressions"] = [{"kind": "external", "justification": item.ignored}]
    return found


def _artifact(source: str, *, folder: Path) -> JsonObject:
    """A path below the folder stays right wherever the checkout lies; any other is given whole."""
    path = Path(source)
    whole = path if path.is_absolute() else folder / path
    if whole.is_relative_to(folder):
        return {"uri": quote(whole.relative_to(folder).as_posix()), "uriBaseId": _ROOT}
    return {"uri": whole.as_uri()}


def _fingerprint(item: Reported) -> str:
    """The same finding stays the same when lines move: it is what it is by its object and field."""
    parts = (item.code, item.source, item.environment, item.object, item.field, item.message)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16] + ":1"
