"""The next step on the way of all running servers to another configuration. Pure: facts in, one step out.

A server checks labels before it loads anything, so a label that moves together with the version that it moves to is
refused, and the version is never loaded (tensorflow/serving#1608, #1230). So versions are loaded first, under the old
labels; then labels move; then what nobody needs is unloaded. Each time the ConfigMap is written before a server is
told, so that a pod that joins starts with the stage that the others are being moved to. Nothing is remembered: whoever
is interrupted looks again and goes on.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias, Union

from tfk8s.manifest.server_config import ModelConfig, ServerConfig, VersionPolicy
from tfk8s.rollout.reports import ModelOnPod, PodReport


class Stage(enum.Enum):
    """What a step is for."""

    LOAD = "load"
    MOVE = "move"
    UNLOAD = "unload"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """Where the servers are to be.

    Attributes:
        config: what the ConfigMap and every server hold in the end; the models of now, with their base paths.
        versions: model and version pairs that every server must answer for; others may be broken, as they were before.
        labels: model and label pairs that must resolve on every server as `config` says.
    """

    config: ServerConfig
    versions: frozenset[tuple[str, int]]
    labels: frozenset[tuple[str, str]]

    @classmethod
    def whole(cls, config: ServerConfig) -> Aim:
        """Every version and label that the configuration names."""
        return cls(
            config=config,
            versions=frozenset((model.name, number) for model in config.models for number in model.numbers),
            labels=frozenset((model.name, label) for model in config.models for label in model.labels),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is seen now.

    Attributes:
        config: what the ConfigMap says.
        pods: of the service's own Deployment.
        told: uids of pods whose server was given `config`, or started with it.
        settling: uids of pods whose server may not have looked for versions since it was told.
        asked: uids of pods whose server was told by this run, and has looked for versions since.
        outside: uids of pods whose server has not started: it will read the ConfigMap.
        died: by uid, how a server ended while versions were loaded into it.
    """

    config: ServerConfig
    pods: tuple[PodReport, ...]
    told: frozenset[str] = frozenset()
    settling: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    outside: frozenset[str] = frozenset()
    died: Mapping[str, str] = field(default_factory=dict)

    @property
    def staying(self) -> tuple[PodReport, ...]:
        """Pods that are there to stay and whose server has started."""
        return tuple(pod for pod in self.pods if not pod.leaving and pod.uid not in self.outside)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteConfig:
    """Write the ConfigMap; no server is told by that."""

    stage: Stage
    config: ServerConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What one server is told: `config` of the ConfigMap, or what of it the server can take now."""

    pod: str
    uid: str
    config: ServerConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Reload:
    """Tell these servers."""

    stage: Stage
    orders: tuple[Order, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Look again in a moment; the reasons say what is missing, a pod each."""

    stage: Stage
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A server will never serve what it was told.

    Attributes:
        pod: which.
        model: of the version.
        version: that was not loaded.
        error: the server's own words.
        back: the configuration without the version; None when a label leads to it already.
    """

    pod: str
    model: str
    version: int
    error: str
    back: ServerConfig | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Every server serves the aim, and who joins will; `pods` were seen to."""

    pods: tuple[str, ...]


Step: TypeAlias = Union[WriteConfig, Reload, Wait, Failed, Done]


def next_step(facts: Facts, *, aim: Aim) -> Step:
    """Decide; see the module.

    Args:
        facts: what is seen now; its configuration has the models of the aim.
        aim: where to.
    """
    config = facts.config
    loading = with_versions_of(config, aim.config)
    if config != loading:
        return WriteConfig(stage=Stage.LOAD, config=loading)
    is_moved = all(model.labels == aim.config.model(model.name).labels for model in config.models)
    ready = [pod for pod in facts.staying if pod.ready]
    unloads = config == aim.config and any(True for pod in ready for _ in _extra(pod, aim=aim))
    stage = Stage.LOAD if not is_moved else Stage.UNLOAD if unloads else Stage.MOVE
    looks = [_look(pod, facts=facts, aim=aim, is_moved=is_moved) for pod in ready]
    failed = next((look.failed for look in looks if look.failed is not None), None)
    if failed is not None:
        return failed
    if orders := _orders(looks):
        return Reload(stage=stage, orders=orders)
    reasons = tuple(look.missing for look in looks if look.missing)
    late = tuple(f"{pod.name}: {pod.problem or 'it is not ready'}" for pod in facts.staying if not pod.ready)
    if reasons or (facts.staying and not looks) or (late and is_moved):
        return Wait(stage=stage, reasons=(*reasons, *late))
    if not is_moved:
        return WriteConfig(stage=Stage.MOVE, config=with_labels_of(config, aim.config))
    if config != aim.config:
        return WriteConfig(stage=Stage.UNLOAD, config=aim.config)
    return Done(pods=tuple(pod.name for pod in facts.staying))


def with_versions_of(config: ServerConfig, other: ServerConfig) -> ServerConfig:
    """The same labels, and the versions of both."""
    return ServerConfig(
        models=tuple(
            replace(model, versions=_union(model.versions, other.model(model.name).versions)) for model in config.models
        )
    )


def with_labels_of(config: ServerConfig, other: ServerConfig) -> ServerConfig:
    """The same versions, and the labels of the other."""
    return ServerConfig(models=tuple(replace(model, labels=other.model(model.name).labels) for model in config.models))


def _union(old: VersionPolicy, new: VersionPolicy) -> VersionPolicy:
    """`all` holds every version; from `latest` to a list and back there is nothing between."""
    if "all" in (old, new):
        return "all"
    if isinstance(old, tuple) and isinstance(new, tuple):
        return tuple(sorted({*old, *new}))
    return new


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What one server needs: an order, time, or nothing; or what it will never do."""

    order: Order | None = None
    missing: str = ""
    failed: Failed | None = None
    is_loaded: bool = True


def _orders(looks: list[_Look]) -> tuple[Order, ...]:
    """What is told now: a version is loaded on one server first, and on the others when that one lives."""
    orders = [look for look in looks if look.order is not None]
    if any(look.is_loaded for look in looks):
        return tuple(look.order for look in orders if look.order is not None)
    if len(orders) < len(looks):
        return ()
    return tuple(look.order for look in orders[:1] if look.order is not None)


def _look(pod: PodReport, *, facts: Facts, aim: Aim, is_moved: bool) -> _Look:
    if pod.problem:
        return _Look(missing=f"{pod.name}: {pod.problem}", is_loaded=False)
    lacks = [(name, number) for name, number in sorted(aim.versions) if number not in (_on(pod, name).available)]
    order = Order(pod=pod.name, uid=pod.uid, config=_takeable(pod, facts=facts, aim=aim))
    for name, number in lacks:
        look = _lacking(pod, name=name, number=number, facts=facts, order=order)
        if look is not None:
            return look
    wrong = sorted(_wrong_labels(pod, facts=facts, aim=aim)) if is_moved else []
    if wrong:
        return _Look(order=order)
    if facts.config == aim.config and (extra := sorted(_extra(pod, aim=aim))):
        told = ", ".join(f"version {number} of {name}" for name, number in extra)
        if pod.uid in facts.settling:
            return _Look(missing=f"{pod.name}: {told} is still loaded")
        return _Look(order=order)
    return _Look()


def _lacking(pod: PodReport, *, name: str, number: int, facts: Facts, order: Order) -> _Look | None:
    state = _on(pod, name).version(number)
    if pod.uid in facts.died:
        return _Look(failed=_failed(pod, name, number, facts=facts, error=facts.died[pod.uid]), is_loaded=False)
    if state is not None and state.is_coming:
        told = f"{pod.name}: version {number} of {name} is {state.state.value}"
        return _Look(missing=told, is_loaded=False)
    if pod.uid in facts.settling:
        told = f"{pod.name}: it has not looked for version {number} of {name} yet"
        return _Look(missing=told, is_loaded=False)
    if state is not None and state.has_failed and pod.uid in facts.told:
        error = f"{state.error_code}: {state.error_message}" if state.error_message else state.error_code
        return _Look(failed=_failed(pod, name, number, facts=facts, error=error), is_loaded=False)
    if pod.uid in facts.asked:
        error = f"its server finds no version {number} in {facts.config.model(name).base_path}"
        return _Look(failed=_failed(pod, name, number, facts=facts, error=error), is_loaded=False)
    return _Look(order=order, is_loaded=False)


def _failed(pod: PodReport, name: str, number: int, *, facts: Facts, error: str) -> Failed:
    model = facts.config.model(name)
    back = None
    if number not in model.labels.values() and isinstance(model.versions, tuple):
        kept = tuple(version for version in model.versions if version != number)
        back = facts.config.replaced(replace(model, versions=kept)) if kept else None
    return Failed(pod=pod.name, model=name, version=number, error=error, back=back)


def _wrong_labels(pod: PodReport, *, facts: Facts, aim: Aim) -> Iterator[str]:
    for name, label in aim.labels:
        wanted = facts.config.model(name).labels.get(label)
        if _on(pod, name).labels.get(label) != wanted:
            yield label


def _extra(pod: PodReport, *, aim: Aim) -> Iterator[tuple[str, int]]:
    for model in aim.config.models:
        if isinstance(model.versions, tuple):
            yield from ((model.name, number) for number in _on(pod, model.name).available - set(model.versions))


def _takeable(pod: PodReport, *, facts: Facts, aim: Aim) -> ServerConfig:
    """The ConfigMap's configuration, with each label where the server can have it: at a version that it serves."""
    models = (_takeable_model(model, on_pod=_on(pod, model.name), aim=aim) for model in facts.config.models)
    return ServerConfig(models=tuple(models))


def _takeable_model(model: ModelConfig, *, on_pod: ModelOnPod, aim: Aim) -> ModelConfig:
    labels: dict[str, int] = {}
    for label, wanted in model.labels.items():
        now = on_pod.labels.get(label)
        if wanted in on_pod.available:
            labels[label] = wanted
        elif now is not None:
            labels[label] = now
        elif (model.name, label) not in aim.labels:
            labels[label] = wanted  # it led nowhere before, and the server takes it as it is
    return replace(model, versions=_holding(model.versions, labels), labels=labels)


def _holding(versions: VersionPolicy, labels: Mapping[str, int]) -> VersionPolicy:
    """A version that a label still leads to stays loaded, whatever the list says."""
    return tuple(sorted({*versions, *labels.values()})) if isinstance(versions, tuple) else versions


def _on(pod: PodReport, name: str) -> ModelOnPod:
    return pod.model(name) or ModelOnPod(model=name)
