"""The use-case of `tfk8s versions rollback`: a label, or a list of versions, returns to what it was before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tfk8s.app.journal import read_journal
from tfk8s.app.live_config import read_live_config
from tfk8s.app.model_choice import chosen_model
from tfk8s.app.planning import read_inventory
from tfk8s.app.service import ServiceName
from tfk8s.errors import InputError, PreconditionError
from tfk8s.manifest.fields import text_at
from tfk8s.manifest.server_config import MODELS_FILE, ServerConfig, read_server_config
from tfk8s.plan import Revision
from tfk8s.ports.cluster import Cluster
from tfk8s.rollout.journal import Change, Journal, return_of, unfinished
from tfk8s.spec import ServiceSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Where a label goes back to."""

    model: str
    label: str
    number: int


def earlier_release(spec: ServiceSpec, *, model: str | None, cluster: Cluster) -> int | None:
    """For a service without labels: the last release whose list of versions is another one than the current.

    None for a service with labels, which `choose_return` is for.

    Raises:
        PreconditionError: the service is not deployed, or no release with other versions is recorded.
    """
    name = ServiceName.of(spec)
    now = read_live_config(name, cluster=cluster).config
    if any(each.labels for each in now.models):
        return None
    only = None if model is None else chosen_model(spec, model).name
    inventory = read_inventory(name, cluster=cluster)
    wanted = _versions_of(now, model=only)
    current = inventory.revision
    last = 0 if current is None else current.making.restores or current.number  # what was fled from is younger
    found = (item for item in reversed(inventory.releases) if item.number <= last)
    release = next((item for item in found if _recorded(item, model=only) not in (None, wanted)), None)
    if release is None:
        raise PreconditionError(
            f"no release of {name.name} with other versions than {_shown(wanted)} is on record",
            hint="tfk8s history lists the releases; tfk8s versions add brings a version",
        )
    return release.number


def has_labels(spec: ServiceSpec, *, cluster: Cluster) -> bool:
    """Whether clients of the service as it runs may ask for a label.

    Raises:
        PreconditionError: the service is not deployed.
    """
    config = read_live_config(ServiceName.of(spec), cluster=cluster).config
    return any(each.labels for each in config.models)


def versions_now(spec: ServiceSpec, *, model: str | None, cluster: Cluster) -> str:
    """What is loaded of the model that is meant, or of all; the same text for the same versions.

    Raises:
        PreconditionError: the service is not deployed.
    """
    only = None if model is None else chosen_model(spec, model).name
    return _shown(_versions_of(read_live_config(ServiceName.of(spec), cluster=cluster).config, model=only))


_Pinned: TypeAlias = "Mapping[str, str | tuple[int, ...]]"
"""What is loaded of each model, by its name."""


def _recorded(release: Revision, *, model: str | None) -> _Pinned | None:
    """The versions of a release; None where it names none."""
    texts = (text_at(item.body, "data", MODELS_FILE) for item in release.manifests if item.ref.kind == "ConfigMap")
    text = next((text for text in texts if text), "")
    return _versions_of(read_server_config(text), model=model) if text else None


def _versions_of(config: ServerConfig, *, model: str | None) -> _Pinned:
    return {each.name: each.versions for each in config.models if model in (None, each.name)}


def _shown(pinned: _Pinned) -> str:
    return "; ".join(
        f"{versions if isinstance(versions, str) else ', '.join(map(str, versions))} of {name}"
        for name, versions in sorted(pinned.items())
    )


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


def is_back(spec: ServiceSpec, back: Return, *, cluster: Cluster) -> bool:
    """Whether the label leads to that version: a change that never reached this cluster need not be taken back.

    Raises:
        PreconditionError: the service is not deployed there.
    """
    config = read_live_config(ServiceName.of(spec), cluster=cluster).config
    return config.model(back.model).labels.get(back.label) == back.number


def _last_moved(journal: Journal, *, model: str | None, label: str | None) -> Change | None:
    moves = (entry.change for entry in reversed(journal) if entry.state == "done" and entry.change.label)
    return next((change for change in moves if _fits(change, model=model, label=label)), None)


def _fits(change: Change, *, model: str | None, label: str | None) -> bool:
    return model in (None, change.model) and label in (None, change.label)
