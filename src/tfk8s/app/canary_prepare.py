"""From a spec and a command line to a canary that can begin; looks at the cluster and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tfk8s.app.canary_live import LiveCanary, live_canary
from tfk8s.app.canary_look import has_metrics, list_pods
from tfk8s.app.canary_spec import CanaryChoice, CanaryTarget, promoted_spec, target_of, tried_spec
from tfk8s.app.model_choice import chosen_model
from tfk8s.app.reach import is_ready, pod_port
from tfk8s.app.rendering import RenderedService, render_service, supported_minor
from tfk8s.app.service import Origin, ServiceName
from tfk8s.app.versions_canary import CanaryRequest, require_same
from tfk8s.clock import Clock
from tfk8s.errors import PreconditionError
from tfk8s.manifest import JsonObject, Manifest, Manifests, ObjectRef
from tfk8s.manifest.fields import objects_at, text_at
from tfk8s.manifest.server_config import MODELS_FILE, ServerConfig, read_server_config
from tfk8s.ports import Endpoint, ModelServers
from tfk8s.ports.cluster import Cluster
from tfk8s.render import is_baked
from tfk8s.render.canary import CanaryWish, canary_manifests, routes_of
from tfk8s.render.storage import config_map_name
from tfk8s.rollout.canary import Share, smallest_share
from tfk8s.rollout.canary_record import CanaryRecord
from tfk8s.rollout.comparison import Limits
from tfk8s.spec import ServiceSpec, object_names
from tfk8s.spec.gke_front import is_multi_cluster

_EXCESS_PERCENT = 10.0
"""How many points more than was asked for a canary may get without being told that this is meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryOptions:
    """What the user asks for.

    Attributes:
        choice: which version of which model, and by which label.
        weight: percent of the requests, 1 to 99.
        for_s: how long it is observed.
        settle_s: how long after its start nothing is counted.
        start_s: how long its pods may take; None for what its models imply.
        limits: what it is held to.
        accept_share: take a share far above the weight, because whole pods give no smaller one.
        image: that holds the version; None for the one that runs.
    """

    choice: CanaryChoice
    weight: int = 20
    for_s: float = 300.0
    settle_s: float = 10.0
    start_s: float | None = None
    limits: Limits = field(default_factory=Limits)
    accept_share: bool = False
    image: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CanarySource:
    """Where the spec comes from.

    Attributes:
        base: the folder of its file.
        origin: its text and environment.
    """

    spec: ServiceSpec
    base: Path
    origin: Origin = field(default_factory=Origin)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedCanary:
    """What will be done.

    Attributes:
        request: for `run_canary`.
        target: what is tried in place of what.
        promoted: the spec once the version is everybody's.
        image: of the canary, and of the service once it is promoted; None where the spec says it.
        share: of whole pods; None behind a Gateway, where routes give the exact weight, and for one that is there.
        warnings: of rendering.
    """

    request: CanaryRequest
    target: CanaryTarget
    promoted: ServiceSpec
    image: str | None
    share: Share | None
    warnings: tuple[str, ...] = ()


def prepare_canary(
    source: CanarySource, options: CanaryOptions, *, cluster: Cluster, servers: ModelServers, clock: Clock
) -> PreparedCanary:
    """Check all that can be known before, and make the objects; a canary that is there already is gone on with.

    Raises:
        InputError: no such model or label, or the version cannot be served.
        PreconditionError: there is no service, another canary is there, clients get the version already, the image
            that runs does not hold it, nothing is counted by the servers, or whole pods cannot give so small a share.
    """
    if is_multi_cluster(source.spec):
        raise PreconditionError(
            "a canary is one of a single cluster, and expose.gateway.multiCluster spreads requests over several",
            hint="let a new version bake in the first region instead (docs/regions.md), or move a label",
        )
    name = ServiceName.of(source.spec)
    live = live_canary(name, cluster=cluster)
    pods = list_pods(name, canary=live, cluster=cluster)
    ready = tuple(pod for pod in pods.beside if is_ready(pod))
    target = _target(source.spec, options.choice, live=live, ready=ready, cluster=cluster, servers=servers)
    image = options.image or _image(source.spec, name=name, cluster=cluster)
    made = _rendered(source, tried_spec(source.spec, target), image=image, cluster=cluster)
    is_new = live is None or live.record is None
    if is_new and options.image is None:
        _require_image(made, name=name, cluster=cluster, target=target)
    routes = routes_of(made.deployable.manifests)
    weight = live.record.weight if live is not None and live.record is not None else options.weight
    share = smallest_share(weight, beside=max(len(ready), 1))
    if is_new and not routes:
        _require_share(share, weight=weight, accepted=options.accept_share)
    wish = CanaryWish(names=object_names(source.spec), replicas=share.canary)
    record = CanaryRecord(
        model=target.model,
        version=target.version,
        label=target.label,
        before=target.before,
        weight=weight,
        started=clock.utc_now(),
        for_s=options.for_s,
        start_s=options.start_s or float(made.rendered.rollout_timeout_s),
        settle_s=options.settle_s,
        limits=options.limits,
    )
    if live is not None and live.record is not None:
        require_same(live.record, record)
        record = live.record
    return PreparedCanary(
        request=CanaryRequest(
            name=name,
            record=record,
            objects=canary_manifests(made.deployable.manifests, wish),
            routes=routes,
            interval_s=min(max(record.for_s / 30, 1.0), 10.0),
        ),
        target=target,
        promoted=promoted_spec(source.spec, target),
        image=image,
        share=None if routes else share,
        warnings=tuple(f"{warning.message}; {warning.hint}" for warning in made.rendered.warnings),
    )


def promoted_service(source: CanarySource, prepared: PreparedCanary, *, cluster: Cluster) -> RenderedService:
    """The service with the version for everybody, as something to apply."""
    return _rendered(source, prepared.promoted, image=prepared.image, cluster=cluster)


def service_routes(source: CanarySource, *, cluster: Cluster) -> Manifests:
    """The routes of a service as they are without a canary."""
    if source.spec.expose.type != "Gateway":
        return ()
    image = _image(source.spec, name=ServiceName.of(source.spec), cluster=cluster)
    return routes_of(_rendered(source, source.spec, image=image, cluster=cluster).deployable.manifests)


def _rendered(source: CanarySource, spec: ServiceSpec, *, image: str | None, cluster: Cluster) -> RenderedService:
    return render_service(
        spec,
        base=source.base,
        image=image,
        kubernetes_minor=supported_minor(cluster.release()),
        origin=source.origin,
    )


def _target(
    spec: ServiceSpec,
    choice: CanaryChoice,
    *,
    live: LiveCanary | None,
    ready: tuple[JsonObject, ...],
    cluster: Cluster,
    servers: ModelServers,
) -> CanaryTarget:
    record = live.record if live is not None else None
    if record is not None:
        if choice.version != record.version:
            raise PreconditionError(
                f"{record}, and the service can have one canary at a time",
                hint=f"see it to its end with tfk8s versions canary {record.version}, or remove it with --abort",
            )
        return CanaryTarget(model=record.model, version=record.version, label=record.label, before=record.before)
    model = chosen_model(spec, choice.model).name
    config = live_config(ServiceName.of(spec), cluster=cluster)
    if not ready:
        raise PreconditionError(
            f"no pod of {spec.name} is ready, so there is nothing to compare a canary with",
            hint="tfk8s status says what they wait for",
        )
    if not has_metrics(ready[0]):
        raise PreconditionError(
            f"the servers of {spec.name} count nothing (serving.monitoring is false): there is nothing to compare",
            hint="set serving.monitoring: true in the spec and apply it first",
        )
    is_labelled = bool(config.model(model).labels)
    served = () if is_labelled else _served(ready[0], model=model, cluster=cluster, servers=servers)
    return target_of(choice, config=config, model=model, served=served)


def live_config(name: ServiceName, *, cluster: Cluster) -> ServerConfig:
    """How the servers of a service are configured.

    Raises:
        PreconditionError: there is no such service.
        InputError: its configuration is not one that tfk8s writes.
    """
    ref = ObjectRef(api_version="v1", kind="ConfigMap", namespace=name.namespace, name=config_map_name(name.name))
    body = cluster.get(ref)
    if body is None:
        raise PreconditionError(
            f"there is no {ref} on {cluster.identity}, so there is no service to try a version of",
            hint="deploy the service first: tfk8s up, or tfk8s apply",
        )
    return read_server_config(text_at(body, "data", MODELS_FILE))


def _served(pod: JsonObject, *, model: str, cluster: Cluster, servers: ModelServers) -> tuple[int, ...]:
    ref = Manifest.of({"apiVersion": "v1", "kind": "Pod", **pod}).ref
    with cluster.forward(ref, port=pod_port({}, pod, transport="rest")) as local:
        how = f"port-forward to pod {ref.name}"
        endpoint = Endpoint(transport="rest", host="127.0.0.1", port=local, how=how)
        with servers.connect(endpoint) as server:
            return tuple(state.number for state in server.status(model) if state.is_available)


def _live_image(name: ServiceName, *, cluster: Cluster) -> str:
    called = name.objects.deployment if name.objects is not None else name.name
    ref = ObjectRef(api_version="apps/v1", kind="Deployment", namespace=name.namespace, name=called)
    body = cluster.get(ref)
    found = objects_at(body, "spec", "template", "spec", "containers")
    return next((text_at(container, "image") for container in found), "")


def _image(spec: ServiceSpec, *, name: ServiceName, cluster: Cluster) -> str | None:
    """The image that runs, where models are not in it: then a canary differs in its version alone."""
    return None if is_baked(spec) else _live_image(name, cluster=cluster) or None


def _require_image(made: RenderedService, *, name: ServiceName, cluster: Cluster, target: CanaryTarget) -> None:
    running, wanted = _live_image(name, cluster=cluster), made.rendered.settled.image
    if running != wanted:
        raise PreconditionError(
            f"the image that runs ({running}) is not the one that holds version {target.version} ({wanted})",
            hint=f"add it first: tfk8s versions add MODEL_DIR --version {target.version}; or name an image that the "
            "nodes can pull and that holds both versions, with --image",
        )


def _require_share(share: Share, *, weight: int, accepted: bool) -> None:
    if accepted or share.percent <= weight + _EXCESS_PERCENT:
        return
    raise PreconditionError(
        f"{weight} % cannot be given by whole pods: the smallest share is {share}",
        hint="take it with --accept-share, give the service more pods, or let a Gateway weigh (expose.type: Gateway)",
    )


def plan_lines(prepared: PreparedCanary) -> Iterator[str]:
    """What will be done, and by which rule it is judged, for people."""
    record, target = prepared.request.record, prepared.target
    limits = record.limits
    what = f"version {target.version} of {target.model} in place of version {target.before}"
    yield f"canary of {what}, for {target.meaning}"
    by = f"{record.weight} %, by the weight of the route" if prepared.share is None else str(prepared.share)
    yield f"share of the requests: {by}; asked for were {record.weight} %"
    yield (
        f"observed for {record.for_s:.0f} s after {record.settle_s:.0f} s to settle, and until both sides have seen "
        f"{limits.min_requests} predictions; held for as long again without them, and then aborted"
    )
    yield (
        f"aborted when errors are more than {100 * limits.more_errors:.3g} points, or slow answers more than "
        f"{100 * limits.more_slow:.3g} points above the other pods', and that is no chance (Fisher's exact test); an "
        f"equal version is aborted in {100 * limits.false_abort:.3g} of 100 runs at most"
    )
    yield from (f"makes {item.ref}" for item in prepared.request.objects)
