"""The use-case of `tfk8s versions rollback`: a label returns to where it was before it was moved."""

from __future__ import annotations

from dataclasses import dataclass

from tfk8s.app.journal import read_journal
from tfk8s.app.live_config import read_live_config
from tfk8s.app.model_choice import chosen_model
from tfk8s.app.service import ServiceName
from tfk8s.errors import InputError, PreconditionError
from tfk8s.ports.cluster import Cluster
from tfk8s.rollout.journal import Change, Journal, return_of, unfinished
from tfk8s.spec import ServiceSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Where a label goes back to."""

    model: str
    label: str
    number: int


def choose_return(spec: ServiceSpec, *, label: str | None, model: str | None, cluster: Cluster) -> Return:
    """Find the label that was moved last, or the one that is named, and where it was before.

    A return that was interrupted is gone on with. A second return goes further back: what was fled from is never
    brought back, as with `tfk8s rollback`; `tfk8s versions promote` does that.

    Raises:
        InputError: there is no such model or label.
        PreconditionError: nothing earlier is known.
    """
    name = ServiceName.of(spec)
    chosen = chosen_model(spec, model).name if model is not None or len(spec.served_models) == 1 else None
    journal = read_journal(name, cluster=cluster)
    left = unfinished(journal)
    if left is not None and _fits(left.change, model=chosen, label=label):
        if left.change.action == "rollback" and left.change.target is not None:
            return Return(model=left.change.model, label=left.change.label, number=left.change.target)
        if left.change.label and left.origin is not None:
            return Return(model=left.change.model, label=left.change.label, number=left.origin)
    found = _last_moved(journal, model=chosen, label=label)
    if found is None:
        what = f"label {label}" if label else "a label"
        raise PreconditionError(
            f"no move of {what} of {name.name} is on record, so there is nowhere to go back to",
            hint="tfk8s versions history lists them; tfk8s versions promote LABEL N moves a label to any version",
        )
    config = read_live_config(name, cluster=cluster).config.model(found.model)
    if found.label not in config.labels:
        raise InputError(
            f"model {found.model} has no label {found.label} now",
            hint=f"its labels: {', '.join(sorted(config.labels)) or 'none'}",
        )
    now_at = config.labels[found.label]
    number = return_of(journal, model=found.model, label=found.label, now_at=now_at)
    if number is None or number == now_at:
        raise PreconditionError(
            f"label {found.label} of {found.model} leads to version {now_at}, and nothing before that is on record",
            hint="tfk8s versions promote moves it to any version; what was fled from is never brought back by itself",
        )
    return Return(model=found.model, label=found.label, number=number)


def _last_moved(journal: Journal, *, model: str | None, label: str | None) -> Change | None:
    moves = (entry.change for entry in reversed(journal) if entry.state == "done" and entry.change.label)
    return next((change for change in moves if _fits(change, model=model, label=label)), None)


def _fits(change: Change, *, model: str | None, label: str | None) -> bool:
    return model in (None, change.model) and label in (None, change.label)
