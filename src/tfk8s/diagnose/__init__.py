"""A snapshot of objects, events and log lines to findings: cause, evidence, fix. Pure."""

from __future__ import annotations

from tfk8s.diagnose.examine import examine
from tfk8s.diagnose.finding import Finding, Severity
from tfk8s.diagnose.log_lines import find_in_log
from tfk8s.diagnose.service import conditions_of, diagnose, diagnose_scaler, warnings_of

__all__ = [
    "Finding",
    "Severity",
    "conditions_of",
    "diagnose",
    "diagnose_scaler",
    "examine",
    "find_in_log",
    "warnings_of",
]
