"""What `diff` found, as a value: every object that would change, what a person would say of it, and its risk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias, cast

from tfk8s.manifest import JsonObject, JsonValue, ObjectRef
from tfk8s.manifest.difference import Difference
from tfk8s.plan import Action, Cause, Change, Plan, PlanWarning
from tfk8s.review import Act, Explained, ExplainedField, Review, Risk, explain_anew, explain_taken, worst

if TYPE_CHECKING:
    from tfk8s.app.cost_change import CostChange
    from tfk8s.manifest import Manifests
    from tfk8s.spec import ClusterSpec
    from tfk8s.spec.prices import PriceList

Homes: TypeAlias = Mapping[tuple[str, str], tuple["ClusterSpec | None", str]]
"""Cluster and region of each service, by its namespace and name; "" for the region of one that is in one place."""

_WORDS = {Act.CREATE: "create", Act.UPDATE: "update", Act.REMOVE: "prune", Act.MOVE: "move"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedChange:
    """One object: what would be done with it and why, and what that means.

    Attributes:
        action: the word of the plan's action, or `move` between namespaces.
        differences: the fields as they are written, for programs.
        causes: what stands in the way of a blocked change.
        lines: the same fields in words.
        region: where the object is, for a service in several; "" elsewhere.
    """

    ref: ObjectRef
    action: str
    reason: str
    differences: tuple[Difference, ...] = ()
    causes: tuple[Cause, ...] = ()
    lines: tuple[ExplainedField, ...] = ()
    region: str = ""

    @property
    def place(self) -> str:
        """What stands before it, for people: `europe: `, or nothing."""
        return f"{self.region}: " if self.region else ""

    @property
    def risk(self) -> Risk:
        """The worst of its lines."""
        return worst(line.risk for line in self.lines)

    def as_json(self) -> JsonObject:
        """The stable form for `-o json`."""
        different: list[JsonValue] = [
            {"path": item.path, "before": item.before, "after": item.after} for item in self.differences
        ]
        causes: list[JsonValue] = [{"field": item.field, "message": item.message} for item in self.causes]
        return {
            "apiVersion": self.ref.api_version,
            "kind": self.ref.kind,
            "namespace": self.ref.namespace,
            "name": self.ref.name,
            "region": self.region or None,
            "action": self.action,
            "reason": self.reason,
            "differences": different,
            "causes": causes,
            "risk": self.risk.value,
            "explained": [line.as_json() for line in self.lines],
        }


class Compared(NamedTuple):
    """Two states of the objects of services, whole, and where these run in either; None: nobody said yet."""

    before: Manifests
    after: Manifests
    homes_before: Homes | None = None
    homes_after: Homes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffReport:
    """Everything that `diff` has to say.

    Attributes:
        title: what was compared.
        changes: the objects, those that stay as they are among them where the cluster was asked.
        quiet: objects that stay as they are and are not among `changes`.
        notes: what was left out, or could not be compared.
        compared: both states, whole.
        cost: what the change does to the bill; None where nobody gave prices.
    """

    title: str
    changes: tuple[ReportedChange, ...]
    quiet: int = 0
    warnings: tuple[PlanWarning, ...] = ()
    notes: tuple[str, ...] = ()
    compared: tuple[Compared, ...] = ()
    cost: CostChange | None = None

    @property
    def pending(self) -> tuple[ReportedChange, ...]:
        """Changes that would write."""
        return tuple(change for change in self.changes if change.action != Action.UNCHANGED.value)

    @property
    def blocked(self) -> tuple[ReportedChange, ...]:
        """Changes that stop the whole apply before its first write."""
        return tuple(change for change in self.changes if change.action == Action.BLOCKED.value)

    @property
    def unchanged(self) -> int:
        """How many objects stay as they are."""
        return len(self.changes) - len(self.pending) + self.quiet

    @property
    def risk(self) -> Risk:
        """The worst of all."""
        return worst(change.risk for change in self.changes)

    @property
    def counts(self) -> dict[Risk, int]:
        """How many sentences there are of each risk, the worst first; only risks that there are."""
        found = Counter(line.risk for change in self.changes for line in change.lines)
        return {risk: found[risk] for risk in reversed(Risk) if found[risk]}

    def as_json(self) -> JsonObject:
        """The stable form for `-o json`."""
        warnings: list[JsonValue] = [{"message": item.message, "hint": item.hint} for item in self.warnings]
        return {
            "title": self.title,
            "changes": cast("list[JsonValue]", [item.as_json() for item in self.changes]),
            "pending": len(self.pending),
            "blocked": len(self.blocked),
            "unchanged": self.unchanged,
            "risk": self.risk.value,
            "risks": {risk.value: count for risk, count in self.counts.items()},
            "warnings": warnings,
            "notes": list(self.notes),
            **({} if self.cost is None else {"cost": self.cost.as_json()}),
        }


def of_review(review: Review) -> tuple[ReportedChange, ...]:
    """The changes of a review for which no cluster was asked."""
    return tuple(
        ReportedChange(
            ref=item.ref,
            action=_WORDS[item.act],
            reason=_reason(item),
            differences=tuple(found for line in item.lines for found in line.covers),
            lines=item.lines,
        )
        for item in review.changes
    )


def _reason(item: Explained) -> str:
    if item.act is Act.CREATE:
        return "it is not there"
    if item.act is Act.REMOVE:
        return "no longer part of the service"
    if item.was is not None:
        return f"from namespace {item.was.namespace}"
    count = sum(len(line.covers) for line in item.lines)
    return "1 field differs" if count == 1 else f"{count} fields differ"


def of_plan(plan: Plan, review: Review) -> tuple[ReportedChange, ...]:
    """The changes of a plan, each with what the review says of its object."""
    explained = {item.ref: item.lines for item in review.changes}
    return tuple(
        ReportedChange(
            ref=change.ref,
            action=change.action.value,
            reason=change.reason,
            differences=change.differences,
            causes=change.causes,
            lines=explained.get(change.ref, _without_prediction(change)),
        )
        for change in plan.changes
    )


def _without_prediction(change: Change) -> tuple[ExplainedField, ...]:
    """What can be said of a change that the server would not play through."""
    if change.action is Action.RECREATE:
        fields = dict.fromkeys(cause.field.removeprefix(".") for cause in change.causes)
        return (explain_anew(change.ref, fields=fields),)
    if change.force:
        return tuple(explain_taken(change.ref, field=cause.field, holder=cause.message) for cause in change.causes)
    return ()


def joined(reports: Iterable[DiffReport], *, title: str) -> DiffReport:
    """Several reports as one; what several warn of is said once."""
    found = tuple(reports)
    return DiffReport(
        title=title,
        changes=tuple(change for report in found for change in report.changes),
        quiet=sum(report.quiet for report in found),
        warnings=tuple(dict.fromkeys(warning for report in found for warning in report.warnings)),
        notes=tuple(dict.fromkeys(note for report in found for note in report.notes)),
        compared=tuple(each for report in found for each in report.compared),
    )


def in_region(report: DiffReport, region: str | None) -> DiffReport:
    """The report with where its objects are; of a service without regions as it is."""
    if region is None:
        return report
    return replace(report, changes=tuple(replace(change, region=region) for change in report.changes))


def at_home(report: DiffReport, homes: Homes) -> DiffReport:
    """The report with where services run, as far as it does not know that."""
    compared = tuple(
        each._replace(
            homes_before=homes if each.homes_before is None else each.homes_before,
            homes_after=homes if each.homes_after is None else each.homes_after,
        )
        for each in report.compared
    )
    return replace(report, compared=compared)


def priced(report: DiffReport, prices: PriceList) -> DiffReport:
    """The report with what the change does to the bill.

    Raises:
        InputError: two services describe the same cluster differently.
    """
    from tfk8s.app.cost_change import cost_change

    cost = cost_change(report.compared, prices=prices)
    return replace(report, cost=cost, notes=tuple(dict.fromkeys((*report.notes, *cost.notes))))
