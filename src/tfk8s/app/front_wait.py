"""Waits until clients outside get in, says what is missing meanwhile, and asks one prediction through the front."""

from __future__ import annotations

from collections.abc import Iterator

from tfk8s.app.carry_out import World
from tfk8s.app.front import Front, find_fronts
from tfk8s.app.planning import if_allowed
from tfk8s.app.reach import SERVER_PORTS
from tfk8s.app.service import Deployable
from tfk8s.app.smoke import SmokeResult, smoke
from tfk8s.clock import ticks
from tfk8s.errors import PredictionError, RolloutFailedError, WaitTimeoutError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import object_at, text_at
from tfk8s.ports import (
    Endpoint,
    ModelServers,
    Note,
    ServerCode,
    ServerRefusedError,
    ServerUntrustedError,
    StepDone,
    Waiting,
    Warn,
)
from tfk8s.ports.cluster import ClusterUnreachableError, ObjectQuery

_POLL_S = 1.0
_ADDRESS_S = 180.0
"""How long a load balancer may take; those of clouds need one to three minutes, a cluster without any never ends."""

_FRONT_S = 600.0
"""How long an Ingress or a Gateway may take; those of clouds need five minutes and more."""

_THROUGH_S = 60.0
"""How long a front that has its address may take to let a prediction through."""

_ROUTED = frozenset({"Ingress", "HTTPRoute", "GRPCRoute"})
_EVENTS = 5


def wait_for_fronts(deployable: Deployable, *, world: World, timeout_s: float) -> tuple[Front, ...]:
    """Poll until every front of the service has its address and its routes are followed; () without any.

    Raises:
        WaitTimeoutError: one is not there. The service works, and stays.
    """
    is_routed = any(item.ref.kind in _ROUTED for item in deployable.manifests)
    if not is_routed and not _is_balanced(deployable):
        return ()
    limit_s = max(min(timeout_s, _FRONT_S if is_routed else _ADDRESS_S), _POLL_S)
    told: tuple[str, ...] = ()
    fronts: tuple[Front, ...] = ()
    for _ in ticks(world.clock, timeout_s=limit_s, interval_s=_POLL_S):
        try:
            fronts = find_fronts(deployable.service, cluster=world.cluster)
        except ClusterUnreachableError:
            continue
        missing = tuple(dict.fromkeys(text for front in fronts for text in front.missing))
        if fronts and not missing:
            return fronts
        if missing != told:
            told = missing
            world.reporter.emit(Waiting(what=_what(fronts, deployable), reasons=missing))
    raise _too_late(deployable, fronts, limit_s=limit_s, world=world)


def _is_balanced(deployable: Deployable) -> bool:
    wanted = next(item for item in deployable.manifests if item.ref == deployable.service)
    return text_at(wanted.body, "spec", "type") == "LoadBalancer"


def _what(fronts: tuple[Front, ...], deployable: Deployable) -> str:
    waiting = [front.ref for front in fronts if front.missing]
    return str(waiting[0] if waiting else deployable.service)


def _too_late(deployable: Deployable, fronts: tuple[Front, ...], *, limit_s: float, world: World) -> WaitTimeoutError:
    port = SERVER_PORTS[deployable.transport()]
    place = f"kubectl -n {deployable.name.namespace}"
    forward = f"{place} port-forward service/{deployable.service.name} {port}"
    late = next((front for front in fronts if front.missing), None)
    if late is None or late.ref == deployable.service:
        return WaitTimeoutError(
            f"{deployable.deployment} is ready, but no load balancer has given {deployable.service} an address after "
            f"{limit_s:.0f} s",
            hint=f"a cluster without a load balancer controller never gives one; until then: {forward}",
        )
    return WaitTimeoutError(
        f"{deployable.deployment} is ready, but no load balancer lets clients in through {late.ref} after "
        f"{limit_s:.0f} s",
        hint=f"run the command again to go on waiting; is its controller there (kubectl get {_classes(late)})? "
        f"until then: {forward}",
        details=(*late.missing, *_events(late, world=world)),
    )


def _classes(front: Front) -> str:
    return "ingressclass" if front.ref.kind == "Ingress" else "gatewayclass"


def _events(front: Front, *, world: World) -> Iterator[str]:
    """What controllers complained of last."""
    query = ObjectQuery(api_version="v1", kind="Event", namespace=front.ref.namespace)
    none: tuple[JsonObject, ...] = ()
    events = if_allowed(lambda: world.cluster.list(query), otherwise=none)
    about = [
        event
        for event in events
        if text_at(event, "type") == "Warning"
        and text_at(object_at(event, "involvedObject"), "kind") == front.ref.kind
        and text_at(object_at(event, "involvedObject"), "name") == front.ref.name
    ]
    yield from (f"{text_at(event, 'reason')}: {text_at(event, 'message')}" for event in about[-_EVENTS:])


def tell_fronts(fronts: tuple[Front, ...], *, world: World) -> None:
    """Say what is left for people to do: names that must lead to the address, certificates that take their time."""
    for front in fronts:
        if front.hosts and front.addresses:
            where, names = " or ".join(front.addresses), ", ".join(front.hosts)
            world.reporter.emit(Note(message=f"{names} must lead to {where} in the DNS ({front.ref})"))
        for text in front.pending:
            world.reporter.emit(Warn(message=text, hint="`tfk8s status` says how far it is"))


def ask_through(
    fronts: tuple[Front, ...], *, deployable: Deployable, servers: ModelServers, world: World
) -> tuple[SmokeResult, ...]:
    """Ask one prediction through each Ingress or Gateway that is ready; what fails here is told, and fails nothing.

    The pods have answered already, and an address may be out of reach from this computer alone. A front that asks for
    something is shown nothing: that it refuses is what has to be seen.

    Raises:
        RolloutFailedError: such a front answered.
    """
    found = []
    for front in fronts:
        if front.ref == deployable.service or not front.is_ready:
            continue
        if front.asks_for:
            _require_guard(front, model=deployable.models[0], servers=servers, world=world)
            continue
        answer = _ask(front, model=deployable.models[0], servers=servers, world=world)
        if answer is not None:
            found.append(answer)
    return tuple(found)


def _require_guard(front: Front, *, model: str, servers: ModelServers, world: World) -> None:
    """Ask with empty hands until the front refuses."""
    endpoint, url = front.endpoints[0], front.urls[0]
    started_s = world.clock.monotonic_s()
    last: SmokeResult | PredictionError | None = None
    is_told = False
    for _ in ticks(world.clock, timeout_s=front.guard.settles_s, interval_s=_POLL_S):
        last = _try_to_ask(endpoint, model=model, servers=servers)
        if isinstance(last, ServerRefusedError) and last.code is ServerCode.UNAUTHENTICATED:
            seconds = world.clock.monotonic_s() - started_s
            step = f"request through {url} without {front.asks_for}"
            world.reporter.emit(StepDone(step=step, outcome="refused, as it must be", seconds=seconds))
            return
        if isinstance(last, PredictionError):
            if isinstance(last, ServerUntrustedError) or world.clock.monotonic_s() - started_s >= _THROUGH_S:
                break
        elif not is_told:
            is_told = True
            world.reporter.emit(Waiting(what=url, reasons=(f"it still answers without {front.asks_for}",)))
    if isinstance(last, PredictionError):
        message = f"{url} did not say from here whether it asks for {front.asks_for}: {last.message}"
        world.reporter.emit(Warn(message=message, hint=last.hint))
        return
    message = f"{url} answers everybody, though the spec asks for {front.asks_for}"
    raise RolloutFailedError(message, hint=front.guard.look)


def _ask(front: Front, *, model: str, servers: ModelServers, world: World) -> SmokeResult | None:
    endpoint, url = front.endpoints[0], front.urls[0]
    started_s = world.clock.monotonic_s()
    last: PredictionError | None = None
    for _ in ticks(world.clock, timeout_s=_THROUGH_S, interval_s=_POLL_S):
        answer = _try_to_ask(endpoint, model=model, servers=servers)
        if not isinstance(answer, PredictionError):
            seconds = world.clock.monotonic_s() - started_s
            step = f"prediction through {url}"
            world.reporter.emit(StepDone(step=step, outcome=str(answer), seconds=seconds))
            return answer
        if last is None or answer.message != last.message:
            world.reporter.emit(Waiting(what=f"a prediction through {url}", reasons=(answer.message,)))
        last = answer
        if isinstance(answer, ServerUntrustedError):
            break
    assert last is not None  # noqa: S101 - ticks yields at least once
    message = f"no prediction was answered through {url} from this computer: {last.message}"
    world.reporter.emit(Warn(message=message, hint=last.hint))
    return None


def _try_to_ask(endpoint: Endpoint, *, model: str, servers: ModelServers) -> SmokeResult | PredictionError:
    try:
        with servers.connect(endpoint) as server:
            return smoke(server, model=model)
    except PredictionError as error:
        return error
