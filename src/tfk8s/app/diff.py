"""The use-case of `tfk8s diff` and `apply --dry-run`: the plan, explained."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tfk8s.app.diff_report import Compared, DiffReport, joined, of_plan
from tfk8s.app.one_look import OneLook
from tfk8s.app.planning import Planned, plan_service
from tfk8s.app.service import Deployable
from tfk8s.manifest import JsonObject, JsonValue, Manifest
from tfk8s.manifest.fields import object_at
from tfk8s.plan import Action, Change, Observation, Plan, PlanOptions, Predicted
from tfk8s.ports.cluster import Cluster
from tfk8s.review import Review, explain

_LONGEST_VALUE = 120
_AT_ONCE = 8
"""Services that are asked about at a time: more than this keeps an API server busy with one command."""


def diff_service(deployable: Deployable, *, cluster: Cluster, options: PlanOptions) -> DiffReport:
    """What apply would do; nothing is stored.

    Raises:
        PreconditionError: see `plan_service`.
    """
    planned = plan_service(deployable, cluster=cluster, options=options)
    return planned_report(planned, title=f"{deployable.name.name}, on {cluster.identity.context}")


def planned_report(planned: Planned, *, title: str) -> DiffReport:
    """A plan that was made already, explained."""
    changes = of_plan(planned.plan, explain_plan(planned))
    return DiffReport(title=title, changes=changes, warnings=planned.plan.warnings, compared=(_states(planned),))


def _states(planned: Planned) -> Compared:
    """All objects of the service as they are, and as they would be once nothing stands in the way."""
    leftovers = planned.observed.leftovers
    before, after = [*leftovers], [body for body in leftovers if not _is_pruned(body, planned.plan)]
    for change in planned.plan.changes:
        seen = planned.observed.objects.get(change.ref)
        if seen is not None and seen.live is not None:
            before.append(seen.live)
        if change.manifest is not None:
            prediction = seen.prediction if seen is not None else None
            after.append(prediction.body if isinstance(prediction, Predicted) else change.manifest.body)
    return Compared(before=tuple(map(Manifest.of, before)), after=tuple(map(Manifest.of, after)))


def diff_services(deployables: Sequence[Deployable], *, cluster: Cluster, options: PlanOptions) -> DiffReport:
    """The same for several services in one go: what they share is asked for once, and some are asked for at a time.

    Raises:
        PreconditionError: of the first service, in their order, for which `plan_service` raises it.
    """
    if len(deployables) == 1:
        return diff_service(deployables[0], cluster=cluster, options=_for(deployables[0], options))
    look = OneLook(cluster, manifests=[item for deployable in deployables for item in deployable.manifests])
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        reports = pool.map(lambda one: diff_service(one, cluster=look, options=_for(one, options)), deployables)
        return joined(reports, title=f"{len(deployables)} services, on {cluster.identity.context}")


def _for(deployable: Deployable, options: PlanOptions) -> PlanOptions:
    return PlanOptions(
        force_conflicts=options.force_conflicts, recreate=options.recreate, instance=deployable.name.name
    )


def explain_plan(planned: Planned) -> Review:
    """What a plan means: live objects against what the server says that they would be."""
    before, after = list[Manifest](), list[Manifest]()
    for change in planned.plan.changes:
        seen = planned.observed.objects.get(change.ref)
        old, new = _sides(change, seen)
        before += [Manifest.of(old)] if old is not None else []
        after += [Manifest.of(new)] if new is not None else []
    before += [Manifest.of(body) for body in planned.observed.leftovers if _is_pruned(body, planned.plan)]
    return explain(tuple(before), tuple(after))


def _is_pruned(body: JsonObject, plan: Plan) -> bool:
    ref = Manifest.of(body).ref
    return any(change.ref == ref and change.action is Action.PRUNE for change in plan.changes)


def _sides(change: Change, seen: Observation | None) -> tuple[JsonObject | None, JsonObject | None]:
    """The body before and after; neither where nothing will be done, or where nobody knows what will become of it."""
    if seen is None or change.manifest is None:
        return None, None
    if change.action is Action.CREATE:
        return None, change.manifest.body
    if not isinstance(seen.prediction, Predicted):
        return None, None
    after = seen.prediction.body
    if change.hand_over is not None:
        count = change.hand_over.desired if change.hand_over.desired is not None else change.hand_over.live
        after = {**after, "spec": {**object_at(after, "spec"), "replicas": count}}
    return seen.live, after


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
