"""Gives the version of a canary that has passed to everybody, and notes a canary's turns in the journal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from tfk8s.app.apply import ApplyOptions, apply_service
from tfk8s.app.canary_prepare import CanarySource, PreparedCanary, promoted_service
from tfk8s.app.carry_out import World
from tfk8s.app.git_change import GitChange, SpecChange, write_change
from tfk8s.app.journal import Logbook, read_journal
from tfk8s.app.promote_plan import plan_promotion
from tfk8s.app.promote_request import PromoteRequest
from tfk8s.app.service import ServiceName
from tfk8s.app.spec_edit import SpecNotEditableError, edited
from tfk8s.app.versions_promote import promote, promoted_text
from tfk8s.app.wait import ServerAccess
from tfk8s.errors import PreconditionError
from tfk8s.plan import inventory_ref
from tfk8s.ports import Warn
from tfk8s.rollout.canary import PROMOTED
from tfk8s.rollout.canary_record import CanaryRecord
from tfk8s.rollout.journal import Change, State
from tfk8s.spec.label_edit import with_label
from tfk8s.spec.version_list import with_versions


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecFile:
    """The file that a promotion changes too.

    Attributes:
        path: None for a spec that came from a stream.
        environment: which of its environments is meant, None for none.
        write: whether it is written at all.
    """

    path: Path | None
    environment: str | None
    write: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryPromotion:
    """How a canary's version becomes everybody's.

    A label moves on the running servers, as `versions promote` does it. Without labels, or with another image, new
    pods take the place of the old ones, which starts them with the version before an old one goes.
    """

    source: CanarySource
    prepared: PreparedCanary
    file: SpecFile
    world: World
    access: ServerAccess
    has_image: bool

    def check(self) -> None:
        """Refuse before a canary is begun what would be refused when it has passed.

        Raises:
            InputError: the spec file cannot be edited.
            PreconditionError, ClusterRejectedError: see `plan_promotion`.
        """
        if self._moves_label():
            plan_promotion(self._request(), cluster=self.world.cluster)
        self._text()

    def promote(self, record: CanaryRecord) -> str:
        """Do it; may be called again after a death in the middle. Returns how, in a few words.

        Raises:
            RolloutFailedError: a server cannot serve it, or does not answer; the service is what it was.
            ClusterRejectedError: the API server refused it.
            WaitTimeoutError: time is up and nothing has failed.
        """
        del record  # the target was taken from it
        if self._moves_label():
            request = self._request()
            plan = plan_promotion(request, cluster=self.world.cluster)
            return promoted_text(request, promote(request, plan, world=self.world, access=self.access))
        source = replace(self.source, origin=replace(self.source.origin, spec=self._text_then()))
        service = promoted_service(source, self.prepared, cluster=self.world.cluster)
        options = ApplyOptions(timeout_s=float(service.rendered.rollout_timeout_s))
        applied = apply_service(service.deployable, world=self.world, access=self.access, options=options)
        written = self._write()
        return "; ".join((*map(str, applied.answers), *(f"wrote {path}" for path in written))) or "applied"

    def _moves_label(self) -> bool:
        return bool(self.prepared.target.label) and not self.has_image

    def _request(self) -> PromoteRequest:
        target = self.prepared.target
        return PromoteRequest(
            label=target.label,
            number=target.version,
            spec=self.source.spec,
            base=self.source.base,
            file=self.file.path,
            environment=self.file.environment,
            model=target.model,
            write=self.file.write,
            infos={},
            ends_canary=True,
        )

    def _write(self) -> tuple[str, ...]:
        text = self._text()
        if text is None or self.file.path is None:
            return ()
        if self.has_image:
            message = f"the image that was named with --image is not in {self.file.path}: the next apply would undo it"
            self.world.reporter.emit(Warn(message=message, hint="write it into `image` of the spec"))
        return write_change(GitChange(spec=SpecChange(file=self.file.path, text=text, spec=self.prepared.promoted)))

    def _text_then(self) -> str:
        """What the release was made from, whether or not the file is written."""
        try:
            return self._edited() or ""
        except SpecNotEditableError:
            return ""

    def _text(self) -> str | None:
        return self._edited() if self.file.write else None

    def _edited(self) -> str | None:
        path, target, spec = self.file.path, self.prepared.target, self.prepared.promoted
        if path is None:
            return None
        names = [model.name for model in spec.served_models]
        index = None if spec.model is not None else names.index(target.model)
        versions = spec.served_models[names.index(target.model)].versions

        def edit(text: str) -> str:
            environment = self.file.environment
            if target.label:
                text = with_label(text, target.label, version=target.version, index=index, environment=environment)
            if isinstance(versions, tuple):
                text = with_versions(text, index=index, versions=versions, environment=environment)
            return text

        return edited(path, edit, by_hand="write the version into it by hand when it is promoted")


def note_turn(record: CanaryRecord, note: str, *, name: ServiceName, world: World) -> None:
    """Note in the journal that a canary was begun, or how it ended; the same turn once.

    A service without a record, which another tool applied, has no journal, and its canary needs none.

    Raises:
        PreconditionError: another run is moving versions of the service now.
    """
    if world.cluster.get(inventory_ref(name=name.name, namespace=name.namespace)) is None:
        return
    change = Change(action="canary", model=record.model, label=record.label, target=record.version)
    last = read_journal(name, cluster=world.cluster)[-1:]
    if any((entry.change, entry.note) == (change, note) for entry in last):
        return
    state: State = "aborted" if record.outcome and record.outcome != PROMOTED else "done"
    book = Logbook(name=name, world=world)
    book.begin(change, origin=record.before)
    book.end(state, note=note)


def note_end(record: CanaryRecord, note: str, *, name: ServiceName, world: World) -> None:
    """The same, where nothing may keep the canary from being removed."""
    try:
        note_turn(record, note, name=name, world=world)
    except PreconditionError as error:
        world.reporter.emit(Warn(message=f"the journal does not tell how the canary ended: {error.message}"))
