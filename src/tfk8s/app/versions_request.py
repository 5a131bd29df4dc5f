"""What `versions add` is asked for, what it needs of the world, and what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tfk8s.app.carry_out import World
from tfk8s.app.image_sign import SigningWish
from tfk8s.app.retention import Retention
from tfk8s.app.trial import TrialResult
from tfk8s.app.versions_gate import Memory
from tfk8s.app.versions_source import GivenVersion
from tfk8s.app.wait import ServerAccess
from tfk8s.model import ModelInfo
from tfk8s.model.contract import ContractChange
from tfk8s.ports import ImageBuilder, ImageSignatures, ImageStore, ModelContent
from tfk8s.spec import ModelSpec, ServiceSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRequest:
    """What is wanted.

    Attributes:
        spec: the service, in its environment.
        base: the folder of the spec file; its paths start there.
        directory: a SavedModel, or a model directory whose highest version is meant.
        file: the spec file; None when it came from a stream, which is not written.
        environment: the one that was chosen.
        others: the spec in its other environments, which may pin versions of the same source.
        model: which of several models.
        number: the version, None for the directory's own, else the next one.
        keep: how many versions stay; None for all.
        write: whether the spec file is written.
        timeout_s: for the trial, and again for the rollout; None for what the models imply.
        signing: how the image is signed that gets the version; None for not at all.
    """

    spec: ServiceSpec
    base: Path
    directory: Path
    file: Path | None = None
    environment: str | None = None
    others: Mapping[str, ServiceSpec] = field(default_factory=dict)
    model: str | None = None
    number: int | None = None
    keep: int | None = None
    allow_breaking: bool = False
    trial: bool = True
    write: bool = True
    timeout_s: float | None = None
    signing: SigningWish | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddWorld:
    """What adding a version needs.

    Attributes:
        images: where the nodes of the cluster find images.
    """

    world: World
    access: ServerAccess
    images: Callable[[], ImageStore]
    builder: ImageBuilder
    signatures: ImageSignatures


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPlan:
    """Everything that follows from the input and from a look at the service; nothing has been changed yet.

    Attributes:
        model: the model as the spec has it now.
        given: the directory that becomes the version.
        is_there: whether the source holds the version already, with this content.
        before: the version that clients are answered by now; None when nothing is served.
        contract: how the two differ.
        memory: what a pod gets, and what the versions take.
        retention: which versions stay.
        spec: the service with the new version.
        infos: its models, as they will be.
        image: the image with the models, None when none is baked here.
        contents: what goes into that image.
        effects: what clients will notice, a sentence each.
    """

    model: ModelSpec
    given: GivenVersion
    is_there: bool
    before: int | None
    contract: tuple[ContractChange, ...]
    memory: Memory | None
    retention: Retention
    spec: ServiceSpec
    infos: Mapping[str, ModelInfo]
    image: str | None
    contents: tuple[ModelContent, ...]
    effects: tuple[str, ...]

    @property
    def number(self) -> int:
        """The version."""
        return self.given.number

    @property
    def new_model(self) -> ModelSpec:
        """The model as the spec will have it."""
        return next(model for model in self.spec.served_models if model.name == self.model.name)

    @property
    def changes_spec(self) -> bool:
        """Whether the spec says something else then."""
        return self.new_model.versions != self.model.versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """The outcome.

    Attributes:
        plan: what was decided.
        was_done: whether everything was as it is already.
        trial: None when it was left out.
        image: reference of the image that the pods run, None when none is baked here.
        changed: objects that were written.
        answers: the predictions in the end.
        written: files that were written.
    """

    plan: AddPlan
    was_done: bool = False
    trial: TrialResult | None = None
    image: str | None = None
    changed: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    written: tuple[str, ...] = ()
