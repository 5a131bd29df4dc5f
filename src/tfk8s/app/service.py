"""What is applied, as one value: the objects of a service, and how to ask it whether it works."""

from __future__ import annotations

from dataclasses import dataclass

from tfk8s.errors import InputError, PreconditionError
from tfk8s.manifest import Manifests, ObjectRef
from tfk8s.manifest.fields import objects_at, text_at
from tfk8s.manifest.ownership import PORTS_ANNOTATION, ownership_labels, ports_told
from tfk8s.ports import Transport
from tfk8s.ports.cluster import ClusterIdentity
from tfk8s.spec import ClusterSpec, ObjectNames, ServiceSpec, object_names


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceName:
    """Which service of which namespace; without `objects` every object is called as the service."""

    name: str
    namespace: str
    objects: ObjectNames | None = None

    @classmethod
    def of(cls, spec: ServiceSpec) -> ServiceName:
        """The service that a spec is about, with the names that it keeps."""
        return cls(name=spec.name, namespace=spec.namespace, objects=object_names(spec))

    @property
    def service(self) -> ObjectRef:
        """The Service that clients use."""
        name = self.objects.service if self.objects is not None else self.name
        return ObjectRef(api_version="v1", kind="Service", namespace=self.namespace, name=name)

    @property
    def labels(self) -> dict[str, str]:
        """What each object of it carries."""
        return ownership_labels(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where the manifests of a service come from, for whoever goes back to them.

    Attributes:
        spec: the text of the spec file, "" when there is no file.
        environment: which of its environments, "" for none.
        restores: number of the release that they are a return to.
    """

    spec: str = ""
    environment: str = ""
    restores: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployable:
    """A rendered service.

    Attributes:
        manifests: its objects in apply order.
        models: names in the URL; each is asked for a prediction.
        warned: what rendering warned of, such as a model newer than its server; told again when the roll-out fails.
    """

    name: ServiceName
    manifests: Manifests
    models: tuple[str, ...]
    warned: tuple[str, ...] = ()
    origin: Origin = Origin()

    @property
    def deployment(self) -> ObjectRef:
        """The Deployment of the model server.

        Raises:
            InputError: there is none.
        """
        return self._only("Deployment", name=self.name.objects.deployment if self.name.objects else self.name.name)

    @property
    def service(self) -> ObjectRef:
        """The Service that clients use.

        Raises:
            InputError: there is none.
        """
        return self._only("Service", name=self.name.service.name)

    def transport(self) -> Transport:
        """The way to ask for a prediction: REST when the Service has that port."""
        service = next(item for item in self.manifests if item.ref == self.service)
        told = ports_told(text_at(service.body, "metadata", "annotations", PORTS_ANNOTATION))
        names = [*told] or [text_at(port, "name") for port in objects_at(service.body, "spec", "ports")]
        return "grpc" if "grpc" in names and "rest" not in names else "rest"

    def _only(self, kind: str, *, name: str) -> ObjectRef:
        found = [item.ref for item in self.manifests if item.ref.kind == kind]
        named = [ref for ref in found if ref.name == name]
        if not found:
            raise InputError(f"the service {self.name.name} has no {kind}", hint="render it again from its spec")
        return (named or found)[0]


def expected_context(cluster: ClusterSpec | None) -> str | None:
    """The context that kind and gcloud write for the cluster of a spec; None when the spec names no cluster."""
    if cluster is None:
        return None
    if cluster.provider == "kind":
        return f"kind-{cluster.name}"
    return f"gke_{cluster.project}_{cluster.location}_{cluster.name}"


def require_context(expected: str | None, identity: ClusterIdentity, *, chosen: bool) -> None:
    """Refuse to work on a cluster that the spec does not mean.

    Args:
        expected: the context that belongs to the cluster of the spec; None when the spec names no cluster.
        identity: the cluster that would be changed.
        chosen: whether the user named the context on the command line, which is then taken.

    Raises:
        PreconditionError: another context than expected; nothing was sent.
    """
    if expected is None or chosen or identity.context == expected:
        return
    raise PreconditionError(
        f"the spec means the cluster of context {expected}, and the current context is {identity.context}",
        hint=f"kubectl config use-context {expected}, or say which cluster you mean with --context",
    )
