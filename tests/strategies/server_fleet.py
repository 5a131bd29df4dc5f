"""Model servers in memory that follow the real one's rules, and a ConfigMap that they mount."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

from tfk8s.manifest.server_config import ModelConfig, ServerConfig
from tfk8s.rollout.promotion import Facts, Order
from tfk8s.rollout.reports import ModelOnPod, PodReport
from tfk8s.rollout.states import ServingState, VersionState

MODEL = "m"


def one_model(versions: tuple[int, ...], labels: Mapping[str, int]) -> ServerConfig:
    return ServerConfig(models=(ModelConfig(name=MODEL, base_path="/models/m", versions=versions, labels=labels),))


class LabelRefusedError(Exception):
    """FAILED_PRECONDITION."""


@dataclass
class Server:
    """One process: labels are checked before anything is loaded; a version is loaded at a later look at the disk."""

    broken: frozenset[int]
    config: ServerConfig = field(init=False)
    labels: dict[str, int] = field(default_factory=dict)
    states: dict[int, tuple[ServingState, str]] = field(default_factory=dict)
    managed: set[int] = field(default_factory=set)
    missing: frozenset[int] = frozenset()
    has_looked: bool = True
    is_open: bool = False

    @property
    def available(self) -> set[int]:
        return {number for number, (state, _) in self.states.items() if state is ServingState.AVAILABLE}

    def reload(self, config: ServerConfig) -> None:
        (model,) = config.models
        for label, number in model.labels.items():
            if number not in self.available and self.labels.get(label, number) != number:
                raise LabelRefusedError(f"{label} -> {number}")
        self.labels, self.config, self.has_looked = dict(model.labels), config, False

    def look(self) -> None:
        """One poll, and one step of whatever it began."""
        (model,) = self.config.models
        wanted = set(model.versions) if isinstance(model.versions, tuple) else set()
        for number, (state, _) in list(self.states.items()):
            if state is ServingState.START:
                self.states[number] = (ServingState.LOADING, "OK")
            elif state is ServingState.LOADING:
                broken = number in self.broken
                self.states[number] = (ServingState.END, "UNKNOWN") if broken else (ServingState.AVAILABLE, "OK")
            elif state is ServingState.AVAILABLE and number not in wanted and wanted & self.available:
                self.states[number] = (ServingState.END, "OK")
                self.managed.discard(number)
            elif state is ServingState.END and number not in wanted:
                self.managed.discard(number)
        for number in sorted(wanted - self.managed - self.missing):
            self.managed.add(number)
            self.states[number] = (ServingState.START, "OK")
        self.has_looked = True
        settled = all(
            self.states[number][0] in (ServingState.AVAILABLE, ServingState.END) for number in wanted - self.missing
        )
        self.is_open = self.is_open or (settled and bool(self.available))


@dataclass
class Pod:
    name: str
    uid: str
    mounted: ServerConfig
    broken: frozenset[int]
    server: Server = field(init=False)
    told: ServerConfig | None = None
    resolved: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.server = Server(broken=self.broken)
        self.server.reload(self.mounted)
        self.resolved = set()

    def resolve(self, label: str) -> int | None:
        number = self.server.labels.get(label)
        return number if number in self.server.available else None

    def report(self, labels: Mapping[str, int]) -> PodReport:
        versions = tuple(
            VersionState(number=number, state=state, error_code=code)
            for number, (state, code) in sorted(self.server.states.items())
        )
        model = ModelOnPod(model=MODEL, versions=versions, labels={label: self.resolve(label) for label in labels})
        is_open = self.server.is_open
        return PodReport(
            name=self.name,
            uid=self.uid,
            ready=is_open,
            leaving=False,
            is_new=True,
            models=(model,) if is_open else (),
            problem="" if is_open else "its server does not answer yet",
        )


@dataclass
class SimulatedFleet:
    """The pods of a service and its ConfigMap; `lost` names each label that a serving pod stopped answering for.

    Without `refreshes` the kubelet never brings a changed ConfigMap to a pod that runs: a container that starts again
    reads the file that it first read.
    """

    config: ServerConfig
    broken: frozenset[int] = frozenset()
    refreshes: bool = True
    pods: list[Pod] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    memory: set[str] = field(default_factory=set)
    _names: count[int] = field(default_factory=count)

    def join(self) -> None:
        number = next(self._names)
        self.pods.append(Pod(name=f"p{number}", uid=f"u{number}", mounted=self.config, broken=self.broken))

    def leave(self, index: int) -> None:
        if len(self.pods) > 1:
            del self.pods[index % len(self.pods)]

    def restart(self, index: int, *, is_refreshed: bool) -> None:
        pod = self.pods[index % len(self.pods)]
        if is_refreshed:
            pod.mounted = self.config
        pod.start()
        pod.told = None

    def look(self) -> None:
        for pod in self.pods:
            pod.server.look()
        self.check()

    def check(self) -> None:
        for pod in self.pods:
            if pod.server.is_open:
                now = {label for label in pod.server.labels if pod.resolve(label) is not None}
                self.lost += [f"{pod.name}: {label}" for label in sorted(pod.resolved - now)]
                pod.resolved |= now

    def settle(self, rounds: int = 6) -> None:
        for _ in range(rounds):
            self.look()

    def obey(self, order: Order) -> None:
        pod = next((pod for pod in self.pods if pod.uid == order.uid), None)
        if pod is None:
            return
        try:
            pod.server.reload(order.config)
        except LabelRefusedError as refusal:
            self.refused.append(str(refusal))
            return
        if order.config == self.config:
            pod.told = self.config
            pod.mounted = self.config if self.refreshes else pod.mounted
        self.memory.add(pod.uid)
        self.check()

    def facts(self) -> Facts:
        (model,) = self.config.models
        return Facts(
            config=self.config,
            pods=tuple(pod.report(model.labels) for pod in self.pods),
            told=frozenset(pod.uid for pod in self.pods if pod.told == self.config),
            settling=frozenset(pod.uid for pod in self.pods if not pod.server.has_looked and pod.uid in self.memory),
        )
