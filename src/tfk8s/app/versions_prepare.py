"""Looks at the directory, the source and the service, and plans the addition of a version; changes nothing."""

from __future__ import annotations

from dataclasses import replace

from tfk8s.app.journal import read_journal
from tfk8s.app.rendering import read_models
from tfk8s.app.service import ServiceName
from tfk8s.app.store_digests import StoreDigests
from tfk8s.app.versions_live import read_live, served_signatures
from tfk8s.app.versions_plan import model_to_add_to, plan_add
from tfk8s.app.versions_request import AddPlan, AddRequest, AddWorld
from tfk8s.app.versions_source import Known, read_given
from tfk8s.app.versions_spec import new_text
from tfk8s.ports.publication import VersionStore
from tfk8s.rollout.journal import Journal


def earlier(journal: Journal, *, model: str) -> dict[int, str]:
    """The content that each version had which was served once, by number, as far as the journal knows."""
    return {
        entry.change.target: entry.digest
        for entry in journal
        if entry.change.model == model and entry.state == "done" and entry.digest and entry.change.target is not None
    }


def prepare_add(request: AddRequest, *, world: AddWorld, store: VersionStore) -> AddPlan:
    """Decide whether and how the version can be added.

    Raises:
        InputError: it cannot be served, breaks clients, does not fit, has a taken number, or the spec cannot be edited.
        PreconditionError: there is no such service.
        PredictionError: the served version cannot be asked what it promises.
    """
    model = model_to_add_to(request)
    infos = read_models(request.spec, base=request.base)
    known = Known(digests=StoreDigests(store), place=store.place)
    name = ServiceName.of(request.spec)
    live = read_live(name, cluster=world.world.cluster)
    journal = read_journal(name, cluster=world.world.cluster)
    given = read_given(
        request.directory, wished=request.number, known=replace(known, earlier=earlier(journal, model=model.name))
    )
    plan = plan_add(
        request,
        given,
        known=known,
        infos=infos,
        live=live,
        needs_pin=store.needs_pin,
        ask=lambda number: served_signatures(request.spec, model=model.name, number=number, access=world.access),
    )
    new_text(request, plan, digest=None)
    return plan
