"""Which version a canary tries in place of which, and what the spec becomes on trial and once it is promoted."""

from __future__ import annotations

from dataclasses import dataclass

from tfk8s.app.model_choice import chosen_model
from tfk8s.errors import InputError, PreconditionError
from tfk8s.manifest.server_config import ModelConfig, ServerConfig
from tfk8s.spec import LocalSource, ModelSpec, ServiceSpec

_PREFERRED_LABEL = "stable"


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryTarget:
    """What is tried.

    Attributes:
        model: its name in the URL.
        version: the one on trial.
        label: what leads clients to it; "" where they use no labels.
        before: the version that clients get by that label, or by no label, from the other pods.
    """

    model: str
    version: int
    label: str
    before: int

    @property
    def meaning(self) -> str:
        """How clients ask for it, for people."""
        return f"label {self.label!r}" if self.label else "requests that name no version"


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryChoice:
    """What the command line says of it; None where it leaves the choice."""

    version: int
    model: str | None = None
    label: str | None = None


def chosen_label(config: ModelConfig, wanted: str | None) -> str:
    """The label that is moved for the trial: the one that was asked for, the only one, or `stable`; "" without labels.

    Raises:
        InputError: there is no such label, or it is not clear which is meant.
    """
    names = ", ".join(sorted(config.labels)) or "none"
    if wanted is not None:
        if wanted not in config.labels:
            raise InputError(f"model {config.name} has no label {wanted}", hint=f"its labels: {names}")
        return wanted
    if not config.labels:
        return ""
    if len(config.labels) == 1:
        return next(iter(config.labels))
    if _PREFERRED_LABEL in config.labels:
        return _PREFERRED_LABEL
    raise InputError(f"model {config.name} has several labels", hint=f"say which with --label: {names}")


def target_of(choice: CanaryChoice, *, config: ServerConfig, model: str, served: tuple[int, ...]) -> CanaryTarget:
    """What is tried in place of what.

    Args:
        choice: of the command line.
        config: what the servers were configured with.
        model: name of the model.
        served: versions that a server answers for now; only needed where clients use no labels.

    Raises:
        InputError: see `chosen_label`.
        PreconditionError: clients get that version already, or no version at all.
    """
    found = config.model(model)
    label = chosen_label(found, choice.label)
    if label:
        before = found.labels[label]
    elif served:
        before = max(served)
    else:
        raise PreconditionError(f"no version of {model} is served now", hint="tfk8s status says why")
    target = CanaryTarget(model=model, version=choice.version, label=label, before=before)
    if before == choice.version:
        raise PreconditionError(
            f"{target.meaning} of model {model}: version {before} answers already, so there is nothing to try",
            hint="tfk8s versions list shows what is served",
        )
    return target


def tried_spec(spec: ServiceSpec, target: CanaryTarget) -> ServiceSpec:
    """The spec of the canary's pods: clients get the version under the names that they use.

    Versions below it stay loaded beside it where the spec lists them, so that a request by number finds its version.

    Raises:
        PreconditionError: see `promoted_spec`.
    """
    model = chosen_model(spec, target.model)
    if target.label or not isinstance(model.versions, tuple):
        return promoted_spec(spec, target)
    kept = {number for number in model.versions if number < target.version}
    return _with(spec, model.model_copy(update={"versions": tuple(sorted(kept | {target.version}))}))


def promoted_spec(spec: ServiceSpec, target: CanaryTarget) -> ServiceSpec:
    """The spec once the version is everybody's.

    A label moves, and what it pointed to stays loaded; without labels the version takes the place of the other one.

    Raises:
        PreconditionError: the servers follow the highest version of a directory by themselves, so that none can be
            kept from the pods beside the canary.
    """
    model = chosen_model(spec, target.model)
    versions = model.versions
    if target.label:
        listed = tuple(sorted({*versions, target.version})) if isinstance(versions, tuple) else versions
        labels = {**model.labels, target.label: target.version}
        return _with(spec, model.model_copy(update={"versions": listed, "labels": labels}))
    if isinstance(versions, tuple):
        numbers = {number for number in versions if number != target.before} | {target.version}
        return _with(spec, model.model_copy(update={"versions": tuple(sorted(numbers))}))
    if not isinstance(model.parsed_source, LocalSource):
        raise PreconditionError(
            f"the servers of model {model.name} follow the highest version of {model.source} by themselves: one that "
            "is there for a canary is there for all",
            hint=f"list the versions in the spec first (versions: [{target.before}]), apply that, and try again",
        )
    return _with(spec, model.model_copy(update={"versions": (target.version,)}))


def _with(spec: ServiceSpec, model: ModelSpec) -> ServiceSpec:
    if spec.model is not None:
        return spec.model_copy(update={"model": model})
    models = tuple(model if old.name == model.name else old for old in spec.models)
    return spec.model_copy(update={"models": models})
