"""`ServiceSpec`: the whole of a spec file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError
from typing_extensions import Self

from tfk8s.manifest.yaml import path_text
from tfk8s.names.image import default_base
from tfk8s.spec.checks import ChecksSpec
from tfk8s.spec.deferred import ClusterField, GitOpsField, RolloutField
from tfk8s.spec.environment_field import Environments
from tfk8s.spec.existing import ExistingSpec
from tfk8s.spec.expose import ExposeSpec
from tfk8s.spec.fields import Annotations, DnsLabel, Labels, ServiceName
from tfk8s.spec.image import ImageSpec
from tfk8s.spec.model import ImageSource, ModelSpec
from tfk8s.spec.monitoring import MonitoringSpec, ScrapeKind
from tfk8s.spec.part import Part
from tfk8s.spec.region_field import Regions
from tfk8s.spec.rules import violations
from tfk8s.spec.scaling import Fixed, Scaling
from tfk8s.spec.server import ServingSpec
from tfk8s.spec.violation import Violation
from tfk8s.spec.workload import (
    DisruptionBudget,
    LifecycleSpec,
    NetworkPolicySpec,
    PlacementSpec,
    ResourcesSpec,
    ServiceAccountSpec,
)

if TYPE_CHECKING:
    from tfk8s.spec.cluster import GkeCluster, KindCluster

API_VERSION = "tfk8s.dev/v1"


class ServiceSpec(Part):
    """A TensorFlow Serving service: everything that a user may say about it."""

    api_version: Literal["tfk8s.dev/v1"]
    """Version of this file's form: tfk8s.dev/v1."""

    name: ServiceName
    """Name of every Kubernetes object of the service; at most 50 characters, which leaves room for suffixes."""

    namespace: DnsLabel = "default"
    """Namespace of every object. Default: default."""

    create_namespace: bool = False
    """Whether the Namespace is rendered and applied too. Default: false, because many may not make namespaces."""

    model: ModelSpec | None = None
    """The model; either this or `models`."""

    models: Annotated[tuple[ModelSpec, ...], Field(max_length=100)] = ()
    """Several models in the same pods, each with a name; either this or `model`."""

    image: ImageSpec = ImageSpec.unsaid()
    """The image that the pods run."""

    resources: ResourcesSpec = ResourcesSpec.unsaid()
    """What one pod gets."""

    scaling: Scaling = Fixed.unsaid()
    """Number of pods: `{replicas: 2}`, or `{min: 1, max: 5, metrics: [{cpu: 60}]}`."""

    expose: ExposeSpec = ExposeSpec.unsaid()
    """Who can reach the service."""

    serving: ServingSpec = ServingSpec.unsaid()
    """Settings of the model server."""

    monitoring: MonitoringSpec = MonitoringSpec.unsaid()
    """Who collects the server's metrics, and what they are held against."""

    lifecycle: LifecycleSpec = LifecycleSpec.unsaid()
    """How long a pod may take to start and to stop."""

    placement: PlacementSpec = PlacementSpec.unsaid()
    """On which nodes the pods run."""

    pod_disruption_budget: DisruptionBudget = "auto"
    """auto: a budget that always lets one pod go, when there are at least two; none: no budget."""

    network_policy: NetworkPolicySpec = NetworkPolicySpec.unsaid()
    """Which connections reach the pods."""

    service_account: ServiceAccountSpec = ServiceAccountSpec.unsaid()
    """The identity of the pods."""

    labels: Labels = Field(default_factory=dict)
    """Labels of every object, all values text; never part of a selector."""

    annotations: Annotations = Field(default_factory=dict)
    """Annotations of every object, all values text."""

    existing: ExistingSpec = ExistingSpec.unsaid()
    """Hand-made objects that are kept; `tfk8s import` writes this. Absent: every object is called as the service."""

    cluster: ClusterField | None = None
    """The cluster that `tfk8s up` makes or finds. Absent: the current context is used and no cluster is made."""

    gitops: GitOpsField | None = None
    """The Git repository that Argo CD or Flux follow. Absent: no `render --format argocd` or `flux`."""

    checks: ChecksSpec = ChecksSpec.unsaid()
    """Findings of `tfk8s check`, `render` and `apply` that are switched off, each with its reason."""

    regions: Regions = Field(default_factory=dict)
    """What differs in each region, by its name, in the order in which changes reach them:
    `{europe: {cluster: {location: europe-west1}, scaling: {min: 2, max: 8}}, us: {context: my-cluster}}`. One cluster
    each: `cluster`, laid over that of the file, or `context` of one that is there. Chosen with --region, else all."""

    rollout: RolloutField | None = None
    """How a change goes from region to region. Absent: as its defaults say."""

    environments: Environments = Field(default_factory=dict)
    """What differs in each environment, by its name: `{dev: {namespace: dev}, prod: {scaling: {min: 3, max: 9}}}`.
    Chosen with --env; maps merge, everything else replaces, null takes a key away."""

    @property
    def gke_cluster(self) -> GkeCluster | None:
        """The cluster, when it is one of GKE."""
        return self.cluster if self.cluster is not None and self.cluster.provider == "gke" else None

    @property
    def kind_cluster(self) -> KindCluster | None:
        """The cluster, when it is one in containers on this computer."""
        return self.cluster if self.cluster is not None and self.cluster.provider == "kind" else None

    @property
    def scrape(self) -> ScrapeKind:
        """How Prometheus finds the pods, once nothing is automatic."""
        if self.monitoring.scrape != "auto":
            return self.monitoring.scrape
        if self.serving.pod_monitoring:
            return "podMonitoring"
        if not self.serving.monitoring:
            return "none"
        gke = self.gke_cluster
        return "podMonitoring" if gke is not None and gke.managed_prometheus else "annotations"

    @property
    def served_models(self) -> tuple[ModelSpec, ...]:
        """All models, one or several, each with its name."""
        return (self.model,) if self.model is not None else self.models

    @property
    def server_release(self) -> tuple[int, int] | None:
        """Release of the server, as (2, 20); None when unknown. The tag of an image with a model is the model's."""
        holds_model = any(isinstance(model.parsed_source, ImageSource) for model in self.served_models)
        return None if holds_model and not self.image.is_official else self.image.server_release

    @model_validator(mode="after")
    def _complete(self) -> Self:
        # Defaults that come from another field; after this every consumer finds them in their place.
        fill = object.__setattr__
        if self.model is not None and not self.model.name:
            fill(self, "model", self.model.model_copy(update={"name": self.name}))
        if not self.image.base:
            base = default_base(gpus=self.resources.gpu)
            fill(self, "image", self.image.model_copy(update={"base": base}))
        if not self.service_account.name:
            name = self.name if self.service_account.create else "default"
            fill(self, "service_account", self.service_account.model_copy(update={"name": name}))
        found = violations(self)
        if found:
            raise PydanticCustomError("rules", "{text}", {"text": _listed(found), "violations": found})
        return self


def _listed(found: tuple[Violation, ...]) -> str:
    return "; ".join(f"{path_text(violation.path)} {violation.message}" for violation in found)
