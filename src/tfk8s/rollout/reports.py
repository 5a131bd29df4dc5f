"""What the pods of a service said of their models, as values."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from tfk8s.manifest.ownership import MODEL_SERVER
from tfk8s.manifest.server_config import ServerConfig
from tfk8s.rollout.states import VersionState


class LabelTrouble(enum.Enum):
    """Why a label has no answer: the server's three refusals of `labels/LABEL/metadata`, which are not one."""

    NOT_LOADED = "NOT_LOADED"
    """404: the server knows the label, and the version that it points to is not loaded."""

    UNKNOWN = "UNKNOWN"
    """400: the server has no such label."""

    NOT_READY = "NOT_READY"
    """503: the server has not read any labels yet."""


class Configuration(enum.Enum):
    """Which configuration a server runs with, as far as it can be known from outside."""

    CURRENT = "current"
    OLDER = "older"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOnPod:
    """One model as one server knows it.

    Attributes:
        model: the name in the URL.
        versions: every version that the server has seen since it started, ascending.
        labels: the version that each label resolves to there; None when it resolves to none.
        troubles: why, for each label that is None.
        problem: why there are no versions; "" when there are.
    """

    model: str
    versions: tuple[VersionState, ...] = ()
    labels: Mapping[str, int | None] = field(default_factory=dict)
    troubles: Mapping[str, LabelTrouble] = field(default_factory=dict)
    problem: str = ""

    @property
    def available(self) -> frozenset[int]:
        """The versions that it answers for."""
        return frozenset(state.number for state in self.versions if state.is_available)

    def version(self, number: int) -> VersionState | None:
        """Find a version by its number."""
        return next((state for state in self.versions if state.number == number), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PodReport:
    """One pod and what its server said.

    Attributes:
        is_new: whether it is of its Deployment's current template.
        component: `model-server`, or that of a second Deployment, such as `canary`.
        models: () when the server did not answer.
        problem: why it did not answer, "" when it did.
        remedy: what makes it answer, where it was not asked because the login may not.
        configuration: whether its server runs with what the ConfigMap says now.
    """

    name: str
    uid: str
    ready: bool
    leaving: bool
    is_new: bool
    component: str = MODEL_SERVER
    models: tuple[ModelOnPod, ...] = ()
    problem: str = ""
    remedy: str = ""
    configuration: Configuration = Configuration.UNKNOWN
    namespace: str = ""

    @property
    def deletion(self) -> str:
        """The command after which another pod takes its place."""
        return f"kubectl delete pod {self.name}" + (f" -n {self.namespace}" if self.namespace else "")

    def model(self, name: str) -> ModelOnPod | None:
        """Find a model by its name."""
        return next((model for model in self.models if model.model == name), None)

    @property
    def available(self) -> frozenset[tuple[str, int]]:
        """Model and version pairs that it answers for."""
        return frozenset((model.model, number) for model in self.models for number in model.available)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """All pods of a service.

    Attributes:
        pods: by name, leaving ones included.
        config: what the ConfigMap of the pods says now; None when it is not there or says what tfk8s does not write.
        others: the same for each other component that has pods or a ConfigMap, such as `canary`.
    """

    pods: tuple[PodReport, ...]
    config: ServerConfig | None
    others: Mapping[str, ServerConfig | None] = field(default_factory=dict)

    def of(self, component: str) -> Fleet:
        """The pods of one component, with its configuration."""
        config = self.config if component == MODEL_SERVER else self.others.get(component)
        pods = tuple(pod for pod in self.pods if pod.component == component)
        return replace(self, pods=pods, config=config, others={})

    def parts(self) -> Iterator[tuple[str, Fleet]]:
        """Each component with its pods, the model server first."""
        found = {pod.component for pod in self.pods} | set(self.others)
        for component in (MODEL_SERVER, *sorted(found - {MODEL_SERVER})):
            yield component, self.of(component)

    @property
    def staying(self) -> tuple[PodReport, ...]:
        """Pods that are not being deleted."""
        return tuple(pod for pod in self.pods if not pod.leaving)

    @property
    def asked(self) -> tuple[PodReport, ...]:
        """Pods that stay and whose server answered."""
        return tuple(pod for pod in self.staying if not pod.problem)


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetFinding:
    """Something that is not as it should be, in one place.

    Attributes:
        code: stable name of the rule.
        place: `Pod/NAME`.
        symptom: what is seen.
        cause: why, as far as it can be seen.
        remedy: what ends it.
        model: the model that it is about, "" for all of the pod.
        version: the version that it is about, None for none.
        label: the label that it is about, "" for none.
        is_passing: whether it ends by itself when all goes well, as a load does; such a finding is no failure.
    """

    code: str
    place: str
    symptom: str
    cause: str
    remedy: str
    model: str = ""
    version: int | None = None
    label: str = ""
    is_passing: bool = False
