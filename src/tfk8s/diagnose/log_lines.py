"""What the model server says in its log when it cannot serve.

The server has no structured channel for these: its ports are closed until every model is loaded, so the log is all
there is.
"""

from __future__ import annotations

import re
from dataclasses import replace

from tfk8s.diagnose.catalogue import RULES, found
from tfk8s.diagnose.finding import Finding
from tfk8s.diagnose.log_rules import IGNORED_FLAG, LOG_RULES, LogRule

_BUCKET = re.compile(r"gs://[a-z0-9][a-z0-9._-]*")
_WENT_WELL = re.compile(r"Successfully loaded servable version|Finished adding/updating models")


def find_in_log(lines: tuple[str, ...], *, place: str) -> tuple[Finding, ...]:
    """The causes that the lines tell, the most specific first, each once with the line that says it.

    A load fails with a line that may hold a more specific cause (an operation, a path): only that one is kept.
    """
    return _find(lines, rules=LOG_RULES, place=place)


def find_in_log_of_ready(lines: tuple[str, ...], *, place: str) -> tuple[Finding, ...]:
    """The same of a pod that serves: what went wrong since the last thing that went well."""
    last = max((number for number, line in enumerate(lines) if _WENT_WELL.search(line)), default=-1)
    ready = [rule for rule in (*LOG_RULES, IGNORED_FLAG) if rule.is_told_of_ready]
    lasting = _find(lines, rules=tuple(rule for rule in ready if rule.lasts), place=place)
    since = _find(lines[last + 1 :], rules=tuple(rule for rule in ready if not rule.lasts), place=place)
    return tuple(replace(finding, is_final=False) for finding in (*lasting, *since))


def _find(lines: tuple[str, ...], *, rules: tuple[LogRule, ...], place: str) -> tuple[Finding, ...]:
    findings: dict[str, Finding] = {}
    explained: set[str] = set()
    for rule in rules:
        if rule.is_echo and any(RULES[code].theme == "models" for code in findings):
            continue
        for line in reversed(lines):
            match = rule.pattern.search(line)
            if match is None or line in explained:
                continue
            explained.add(line)
            words = {key: (value or "").strip() for key, value in match.groupdict().items()}
            words["bucket"] = _bucket(lines)
            findings.setdefault(
                rule.code,
                found(
                    rule.code,
                    place=place,
                    cause=rule.cause.format(**words),
                    fix=rule.fix.format(**words),
                    evidence=(line.strip(),),
                    is_final=rule.is_final,
                ),
            )
    return tuple(findings.values())


def _bucket(lines: tuple[str, ...]) -> str:
    """The bucket that the log speaks of: the refusal itself does not name it, the lines around it do."""
    match = next((match for line in lines if (match := _BUCKET.search(line))), None)
    return f"bucket {match[0]}" if match else "the bucket"
