"""The use-case of `tfk8s diff` and `apply --dry-run`: the plan, in words."""

from __future__ import annotations

import json

from tfk8s.app.planning import plan_service
from tfk8s.app.service import Deployable
from tfk8s.manifest import JsonValue
from tfk8s.plan import Action, Change, Plan, PlanOptions
from tfk8s.ports.cluster import Cluster

_LONGEST_VALUE = 120


def diff_service(deployable: Deployable, *, cluster: Cluster, options: PlanOptions) -> Plan:
    """What apply would do; nothing is stored.

    Raises:
        PreconditionError: see `plan_service`.
    """
    return plan_service(deployable, cluster=cluster, options=options).plan


def plan_text(plan: Plan) -> str:
    """Each pending change with its reason and its fields, and one line for the rest."""
    lines = [line for change in plan.pending for line in change_lines(change)]
    unchanged = len(plan.changes) - len(plan.pending)
    if unchanged:
        lines.append(f"{Action.UNCHANGED.value}: {unchanged} of {len(plan.changes)} objects")
    return "\n".join(lines) or "no objects"


def change_lines(change: Change) -> list[str]:
    """The change with its reason, then what stands in the way, then its fields."""
    lines = [f"{change.action.value} {change.ref}: {change.reason}"]
    lines += [f"  {cause}" for cause in change.causes]
    lines += [f"  {item.path}: {_shown(item.before)} -> {_shown(item.after)}" for item in change.differences]
    return lines


def _shown(value: JsonValue) -> str:
    if value is None:
        return "(absent)"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]} ... ({len(text)} characters)"
