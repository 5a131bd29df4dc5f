"""The outcome of `versions add`, for programs and for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tfk8s.app.versions_request import Added, AddPlan
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.render.sizing import MIB


def plan_json(plan: AddPlan, *, would: Sequence[str]) -> JsonObject:
    """The stable form of `-o json` with --dry-run; `would` are the changes of objects."""
    return {**_common(plan), "dryRun": True, "wouldChange": [*would]}


def added_json(added: Added) -> JsonObject:
    """The stable form of `-o json`."""
    trial: JsonObject | None = None
    if added.trial is not None:
        trial = {
            "loadSeconds": round(added.trial.load_s, 1),
            "firstRequestSeconds": added.trial.first_request_s,
            "secondRequestSeconds": added.trial.second_request_s,
            "answer": str(added.trial.answer),
        }
    return {
        **_common(added.plan),
        "dryRun": False,
        "wasThere": added.was_done,
        "image": added.image,
        "trial": trial,
        "changed": [*added.changed],
        "answers": [*added.answers],
        "written": [*added.written],
    }


def _common(plan: AddPlan) -> JsonObject:
    contract: list[JsonValue] = [
        {
            "kind": change.kind.value,
            "signature": change.signature,
            "tensor": change.tensor,
            "before": change.before,
            "after": change.after,
            "breaking": change.is_breaking,
            "felt": change.felt,
        }
        for change in plan.contract
    ]
    memory: JsonObject | None = None
    if plan.memory is not None:
        memory = {
            "beforeBytes": plan.memory.before,
            "afterBytes": plan.memory.after,
            "leastBytes": plan.memory.least.value,
            "enoughBytes": plan.memory.enough.value,
        }
    versions = plan.new_model.versions
    spared: JsonObject = {str(number): why for number, why in plan.retention.spared.items()}
    return {
        "model": plan.model.name,
        "version": plan.number,
        "digest": plan.given.digest,
        "comparedWith": plan.before,
        "contract": contract,
        "memory": memory,
        "versions": versions if isinstance(versions, str) else [*versions],
        "removed": [*plan.retention.removed],
        "spared": spared,
        "effects": [*plan.effects],
    }


def plan_lines(plan: AddPlan, *, would: Sequence[str], trial: bool) -> Iterator[str]:
    """What --dry-run says."""
    compared = f", compared with version {plan.before}" if plan.before is not None else ""
    yield f"would add version {plan.number} of {plan.model.name} from {plan.given.path}{compared}"
    yield from (f"  {change}" for change in plan.contract)
    if plan.memory is not None:
        yield (
            f"  memory: a pod gets {plan.memory.after // MIB} MiB, and the versions take at least "
            f"{-(-plan.memory.least.value // MIB)} MiB ({plan.memory.least.reason})"
        )
    yield from (f"  {effect}" for effect in plan.effects)
    if plan.image is not None:
        yield f"  image: {plan.image}"
    yield "  a trial load comes first" if trial else "  no trial load: --no-trial"
    if plan.changes_spec:
        versions = plan.new_model.versions
        yield f"  spec: versions: {versions if isinstance(versions, str) else [*versions]}"
    yield from (f"  {line}" for line in would)


def added_lines(added: Added) -> Iterator[str]:
    """What it comes to."""
    plan = added.plan
    if added.was_done:
        yield f"version {plan.number} of {plan.model.name} is there already; nothing was changed"
        return
    yield f"added version {plan.number} of {plan.model.name}"
    if added.trial is not None:
        yield f"trial: {added.trial}"
    yield from added.answers
    if plan.retention.removed:
        yield f"removed: version {', '.join(map(str, plan.retention.removed))}"
    yield from (f"wrote {path}" for path in added.written)
    for label in sorted(plan.model.labels)[:1]:
        yield f"move a label to it with: tfk8s versions promote {label} {plan.number}"
