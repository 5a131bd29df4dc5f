"""Ingress and Gateway: refused early, waited for, told, asked through, pruned."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.fakes.cluster import SERVED, FakeCluster
from tests.fakes.fronts import ADDRESS, FRONTS_SERVED, FakeFronts, condition, gateway_ref, with_classes
from tests.fakes.model_server import FakeModelServer
from tests.fakes.service import NAME, small_service
from tests.unit.app.apply_stage import Stage
from tests.unit.render.specs import rendered
from tfk8s.app.front import find_front, find_fronts
from tfk8s.app.front_reach import FrontReach
from tfk8s.app.planning import plan_service, read_inventory
from tfk8s.app.service import Deployable
from tfk8s.app.status import as_json, service_status
from tfk8s.errors import PreconditionError, WaitTimeoutError
from tfk8s.manifest import JsonObject, JsonValue, ObjectRef
from tfk8s.manifest.fields import text_at
from tfk8s.plan import PlanOptions
from tfk8s.ports import Endpoint, ModelServer, Note, ServerUntrustedError, StepDone, Transport, Waiting, Warn

TLS: dict[str, Any] = {"host": "a.example.com", "tls": {"secretName": "tls"}}
NGINX: dict[str, Any] = {"type": "Ingress", "ingress": {"className": "nginx"}, **TLS}
EG: dict[str, Any] = {"type": "Gateway", "gateway": {"className": "other"}, **TLS}
GCE: dict[str, Any] = {
    "type": "Ingress",
    "ingress": {"className": "gce"},
    "host": "a.example.com",
    "tls": {"managed": True},
}
BOTH: dict[str, Any] = {**EG, "ports": ["rest", "grpc"], "grpcHost": "grpc.example.com"}
SERVICE = small_service().service
CERTIFICATE = ObjectRef(api_version="networking.gke.io/v1", kind="ManagedCertificate", namespace="serving", name=NAME)


def exposed(expose: dict[str, Any]) -> Deployable:
    """The small service with what rendering puts in front of it."""
    inner = {item.ref.kind for item in rendered().manifests}
    found = rendered(namespace="serving", expose=expose).manifests
    return small_service(extra=tuple(item for item in found if item.ref.kind not in inner))


def front_stage(*, ready_at_s: float = 20.0) -> tuple[Stage, FakeFronts]:
    stage = Stage(with_classes(FakeCluster(served=FRONTS_SERVED)))
    stage.cluster.put(
        {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass", "metadata": {"name": "other"}}
    )
    return stage, FakeFronts(stage.cluster, stage.clock, ready_at_s=ready_at_s)


def told(stage: Stage, kind: type) -> list[str]:
    return [event.message for event in stage.told.events if isinstance(event, kind) and hasattr(event, "message")]


def reasons(stage: Stage) -> str:
    return "\n".join(
        f"{event.what}: {'; '.join(event.reasons)}" for event in stage.told.events if isinstance(event, Waiting)
    )


@pytest.mark.parametrize("expose", [NGINX, EG])
def test_apply_waits_for_the_address_and_tells_the_url(expose: dict[str, Any]) -> None:
    """K23.3."""
    stage, _ = front_stage()

    applied = stage.apply(exposed(expose))

    assert applied.addresses == ("https://a.example.com",)
    assert stage.clock.monotonic_s() >= 20
    assert f"a.example.com must lead to {ADDRESS} in the DNS" in "\n".join(told(stage, Note))
    assert f"{expose['type']}/{NAME} in serving: " in reasons(stage)


def test_both_ways_of_a_gateway_are_told_and_asked() -> None:
    """K23.3."""
    stage, _ = front_stage()

    applied = stage.apply(exposed(BOTH))

    assert applied.addresses == ("https://a.example.com", "https://grpc.example.com")
    through = [endpoint for endpoint in stage.server.endpoints if endpoint.scheme == "https"]
    assert [(item.transport, item.host, item.dialed, item.port) for item in through] == [
        ("rest", "a.example.com", ADDRESS, 443),
        ("grpc", "grpc.example.com", ADDRESS, 443),
    ]
    steps = [event.step for event in stage.told.events if isinstance(event, StepDone)]
    assert "prediction through https://a.example.com" in steps


def test_without_a_certificate_the_url_is_plain() -> None:
    stage, _ = front_stage()

    applied = stage.apply(exposed({"type": "Gateway", "gateway": {"className": "other"}, "tls": "none"}))

    assert applied.addresses == (f"http://{ADDRESS}",)


@pytest.mark.parametrize(("expose", "kind"), [(NGINX, "Ingress"), (EG, "Gateway")])
def test_a_front_that_never_comes_leaves_a_service_that_works_and_says_why(expose: dict[str, Any], kind: str) -> None:
    """K23.2."""
    stage, _ = front_stage(ready_at_s=10_000.0)
    words = "no load balancer in this project"
    stage.cluster.put(
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": "e", "namespace": "serving"},
            "type": "Warning",
            "reason": "SyncError",
            "message": words,
            "involvedObject": {"kind": kind, "name": NAME},
        }
    )

    with pytest.raises(WaitTimeoutError) as late:
        stage.apply(exposed(expose), timeout_s=60.0)

    assert f"Deployment/{NAME} in serving is ready, but no load balancer lets clients in" in late.value.message
    assert f"{kind}/{NAME} in serving" in late.value.message
    assert f"kubectl -n serving port-forward service/{NAME} 8501" in (late.value.hint or "")
    assert f"SyncError: {words}" in late.value.details
    assert read_inventory(small_service().name, cluster=stage.cluster).revision is not None
    assert 55 < stage.clock.monotonic_s() <= 61


def test_what_a_controller_refuses_is_told_in_its_words() -> None:
    stage, fronts = front_stage()

    def refuse(body: JsonObject) -> JsonObject | None:
        if text_at(body, "kind") != "HTTPRoute" or text_at(body, "metadata", "name") != NAME:
            return None
        refused = condition("ResolvedRefs", "False", reason="BackendNotFound", message="service resnet not found")
        return {"parents": [{"parentRef": {"name": NAME}, "conditions": [condition("Accepted", "True"), refused]}]}

    fronts.refuse = refuse
    with pytest.raises(WaitTimeoutError) as late:
        stage.apply(exposed(EG), timeout_s=40.0)

    line = f"HTTPRoute/{NAME}: ResolvedRefs is False (BackendNotFound: service resnet not found)"
    assert line in late.value.details
    assert line in reasons(stage)


def test_a_managed_certificate_is_told_of_and_not_waited_for() -> None:
    stage, _ = front_stage(ready_at_s=0.0)

    applied = stage.apply(exposed(GCE))

    assert applied.addresses == ("https://a.example.com",)
    assert stage.clock.monotonic_s() < 60
    (warning,) = told(stage, Warn)
    assert warning.startswith(f"ManagedCertificate/{NAME}: not looked at yet")
    assert all(endpoint.scheme == "http" for endpoint in stage.server.endpoints)


def test_a_certificate_that_is_there_is_used() -> None:
    stage, _ = front_stage(ready_at_s=0.0)
    stage.apply(exposed(GCE))
    live = stage.cluster.get(CERTIFICATE)
    assert live is not None
    domains: list[JsonValue] = [{"domain": "a.example.com", "status": "FailedNotVisible"}]

    stage.cluster.put({**live, "status": {"certificateStatus": "Provisioning", "domainStatus": domains}})
    front = find_front(SERVICE, cluster=stage.cluster, transport="rest")
    assert front is not None
    (text,) = front.pending
    assert text.startswith(f"ManagedCertificate/{NAME}: Provisioning (a.example.com FailedNotVisible); HTTPS works")
    assert not front.is_ready

    stage.cluster.put({**live, "status": {"certificateStatus": "Active"}})
    front = find_front(SERVICE, cluster=stage.cluster, transport="rest")
    assert front is not None
    assert front.is_ready


class Untrusted(FakeModelServer):
    """Answers inside the cluster; its front has a certificate of an unknown authority."""

    @contextmanager
    def connect(self, endpoint: Endpoint) -> Iterator[ModelServer]:
        self.endpoints.append(endpoint)
        if endpoint.scheme == "https":
            raise ServerUntrustedError("self-signed certificate", hint="give --ca-file")
        yield self


def test_a_certificate_that_is_not_trusted_here_fails_nothing() -> None:
    stage, _ = front_stage(ready_at_s=0.0)
    stage.server = Untrusted(model=NAME, states=stage.server.states, signatures=stage.server.signatures)

    applied = stage.apply(exposed(EG))

    assert applied.addresses == ("https://a.example.com",)
    assert applied.revision == 1
    (warning,) = told(stage, Warn)
    assert "no prediction was answered through https://a.example.com from this computer" in warning
    assert stage.clock.monotonic_s() < 30


@pytest.mark.parametrize("expose", [NGINX, EG, GCE])
def test_a_second_apply_changes_nothing(expose: dict[str, Any]) -> None:
    stage, _ = front_stage(ready_at_s=0.0)
    stage.apply(exposed(expose))
    writes = len(stage.cluster.writes)

    stage.apply(exposed(expose))

    assert stage.cluster.writes[writes:] == []


def test_another_type_takes_the_front_away_that_was_there() -> None:
    stage, _ = front_stage(ready_at_s=0.0)
    stage.apply(exposed(BOTH))
    kinds = {"Gateway", "HTTPRoute", "GRPCRoute"}
    assert kinds <= {ref.kind for ref in stage.cluster.refs()}

    stage.apply(exposed(NGINX))

    left = {ref.kind for ref in stage.cluster.refs()}
    assert "Ingress" in left
    assert not kinds & left


@pytest.mark.parametrize(
    ("expose", "word"), [(EG, "standard-install.yaml"), (GCE, "on GKE alone")], ids=["gateway", "gce"]
)
def test_an_api_that_is_missing_is_refused_before_anything_is_written(expose: dict[str, Any], word: str) -> None:
    stage = Stage(FakeCluster(served=SERVED | {("networking.k8s.io/v1", "Ingress")}))

    with pytest.raises(PreconditionError) as refused:
        stage.apply(exposed(expose))

    assert "the cluster does not serve" in refused.value.message
    assert word in (refused.value.hint or "")
    assert stage.cluster.writes == []


def test_a_class_that_is_missing_is_refused_with_those_that_are_there() -> None:
    stage, _ = front_stage()

    with pytest.raises(PreconditionError) as refused:
        stage.apply(exposed({**EG, "gateway": {"className": "nobody"}}))

    assert f"there is no GatewayClass nobody, which Gateway/{NAME} in serving needs" in refused.value.message
    assert "eg, other" in (refused.value.hint or "")
    assert stage.cluster.writes == []


def test_an_ingress_class_that_is_missing_is_a_warning() -> None:
    stage, _ = front_stage()
    planned = plan_service(
        exposed({**NGINX, "ingress": {"className": "traefik"}}), cluster=stage.cluster, options=PlanOptions()
    )

    (warning,) = planned.plan.warnings[-1:]
    assert "there is no IngressClass traefik" in warning.message
    assert "nginx" in (warning.hint or "")


SHARED: dict[str, Any] = {
    "type": "Gateway",
    "gateway": {"name": "shared", "namespace": "infra"},
    "host": "a.example.com",
}


def test_a_gateway_to_join_must_be_there() -> None:
    stage, _ = front_stage()

    with pytest.raises(PreconditionError, match="there is no Gateway/shared in infra"):
        stage.apply(exposed(SHARED))

    assert stage.cluster.writes == []


def test_a_gateway_that_was_joined_gives_the_address() -> None:
    stage, _ = front_stage(ready_at_s=0.0)
    listener: JsonObject = {"name": "https", "port": 8443, "protocol": "HTTPS"}
    ref = gateway_ref("shared", namespace="infra")
    metadata: JsonObject = {"name": ref.name, "namespace": ref.namespace}
    stage.cluster.put(
        {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": metadata, "spec": {"listeners": [listener]}}
    )

    assert stage.apply(exposed(SHARED)).addresses == ("https://a.example.com:8443",)


class Known:
    def __init__(self, *addresses: tuple[str, int]) -> None:
        self.addresses = addresses

    def can_connect(self, host: str, port: int) -> bool:
        return (host, port) in self.addresses


class Inside:
    @contextmanager
    def open(self, service: ObjectRef, *, transport: Transport) -> Iterator[Endpoint]:
        yield Endpoint(transport=transport, host="127.0.0.1", port=1, how=f"inside to {service.name}")


def way(stage: Stage, dialer: Known, transport: Transport = "rest") -> Endpoint:
    reach = FrontReach(stage.cluster, dialer=dialer, otherwise=Inside())
    with reach.open(SERVICE, transport=transport) as endpoint:
        return endpoint


@pytest.mark.parametrize("expose", [NGINX, EG])
def test_a_front_that_answers_is_the_way_at_its_address_under_its_name(expose: dict[str, Any]) -> None:
    stage, _ = front_stage(ready_at_s=0.0)
    stage.apply(exposed(expose))

    endpoint = way(stage, Known((ADDRESS, 443)))

    assert (endpoint.host, endpoint.dialed, endpoint.scheme) == ("a.example.com", ADDRESS, "https")
    assert endpoint.how == f"address of {expose['type']}/{NAME}"


def test_a_front_that_does_not_answer_or_is_not_ready_is_left_for_the_way_inside() -> None:
    stage, fronts = front_stage(ready_at_s=0.0)
    stage.apply(exposed(EG))

    assert way(stage, Known()).how == f"inside to {NAME}"
    assert way(stage, Known((ADDRESS, 443)), "grpc").how == f"inside to {NAME}"
    fronts.refuse = lambda body: {"parents": []} if text_at(body, "kind") == "HTTPRoute" else None
    assert way(stage, Known((ADDRESS, 443))).how == f"inside to {NAME}"


def test_another_s_ingress_of_the_same_name_is_not_ours() -> None:
    stage, _ = front_stage(ready_at_s=0.0)
    stage.apply(small_service())
    metadata: JsonObject = {"name": NAME, "namespace": "serving"}
    stage.cluster.put({"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": {}})

    assert find_fronts(SERVICE, cluster=stage.cluster) == ()


def test_a_login_that_may_not_see_fronts_goes_inside() -> None:
    stage, _ = front_stage(ready_at_s=0.0)
    stage.apply(exposed(EG))
    stage.cluster.forbidden = frozenset({"Ingress", "HTTPRoute", "GRPCRoute"})

    assert way(stage, Known((ADDRESS, 443))).how == f"inside to {NAME}"


def test_status_tells_each_url_and_what_keeps_clients_out() -> None:
    stage, _ = front_stage(ready_at_s=0.0)
    stage.apply(exposed(GCE))

    status = service_status(
        small_service().name, models=(NAME,), cluster=stage.cluster, servers=stage.server, clock=stage.clock
    )

    (text,) = status.fronts[0].pending
    assert text.startswith(f"ManagedCertificate/{NAME}: not looked at yet")
    assert as_json(status)["exposed"] == [
        {
            "through": f"Ingress/{NAME}",
            "transport": "rest",
            "urls": ["https://a.example.com"],
            "addresses": [ADDRESS],
            "ready": False,
            "asksFor": "",
            "missing": [text],
        }
    ]


def test_a_gateway_that_may_not_be_seen_is_said_and_not_waited_for() -> None:
    stage, _ = front_stage(ready_at_s=0.0)
    ref = gateway_ref("shared", namespace="infra")
    metadata: JsonObject = {"name": ref.name, "namespace": ref.namespace}
    stage.cluster.put({"apiVersion": ref.api_version, "kind": ref.kind, "metadata": metadata, "spec": {}})
    stage.cluster.forbidden = frozenset({"Gateway"})

    assert stage.apply(exposed(SHARED)).addresses == ()
    assert stage.clock.monotonic_s() < 30
    (warning,) = told(stage, Warn)
    assert warning.startswith("Gateway/shared in infra cannot be seen with this login")
