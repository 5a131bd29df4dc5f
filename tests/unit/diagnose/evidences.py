"""Evidence that was recorded on the test cluster (tests/integration/record_failures.py), and changes of it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from tfk8s.diagnose import Finding, examine
from tfk8s.manifest import JsonObject
from tfk8s.manifest.evidence import Evidence
from tfk8s.manifest.evidence_form import as_data, from_data
from tfk8s.manifest.fields import time_at
from tfk8s.manifest.yaml import load_one

RECORDED: Final = Path(__file__).with_name("recorded")
SOUND: Final = "healthy"


@cache
def recorded(name: str) -> Evidence:
    """What was recorded under a name."""
    body = load_one((RECORDED / f"{name}.yaml").read_text(), source=name).value
    assert isinstance(body, dict)
    return from_data(body)


def taken_at(evidence: Evidence) -> datetime:
    """When it was read."""
    found = time_at({"at": evidence.taken_at}, "at")
    assert found is not None, f"evidence without a time: {evidence.taken_at!r}"
    return found


def findings_of(evidence: Evidence) -> tuple[Finding, ...]:
    """Everything found, at the time when it was taken."""
    return examine(evidence, now=taken_at(evidence))


def codes_of(evidence: Evidence) -> list[str]:
    """The codes of everything found."""
    return [finding.code for finding in findings_of(evidence)]


def only(evidence: Evidence, code: str) -> Finding:
    """The one finding of a code."""
    (finding,) = (each for each in findings_of(evidence) if each.code == code)
    return finding


def changed(change: Callable[[Any], None], *, of: str = SOUND) -> Evidence:
    """Recorded evidence whose plain data a function has changed."""
    data = copy.deepcopy(as_data(recorded(of)))
    change(data)
    return from_data(data)


def with_objects(key: str, *bodies: JsonObject, of: str = SOUND) -> Evidence:
    """Recorded evidence with other objects of a source."""
    found = recorded(of)
    return replace(found, objects={**found.objects, key: bodies})
