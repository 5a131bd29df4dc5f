"""What clients must show at the front, and how much gets through it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.render.specs import body, codes, of_kind, rendered, spec
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import object_at, objects_at, value_at
from tfk8s.manifest.order import apply_rank
from tfk8s.render.canary import CanaryWish, canary_manifests
from tfk8s.spec import object_names

EG: dict[str, Any] = {"type": "Gateway", "gateway": {"className": "eg"}, "host": "a.example.com"}
BOTH: dict[str, Any] = {**EG, "ports": ["rest", "grpc"], "grpcHost": "grpc.example.com"}
TLS: dict[str, Any] = {"tls": {"secretName": "tls"}}
KEYS: dict[str, Any] = {"auth": {"apiKeys": {}}}
GCE: dict[str, Any] = {"type": "Ingress", "ingress": {"className": "gce"}, "host": "a.example.com", **TLS}
RILB: dict[str, Any] = {"type": "Gateway", "gateway": {"className": "gke-l7-rilb"}, "host": "a.example.com", **TLS}
CLIENT: dict[str, Any] = {"clientId": "1-a.apps.googleusercontent.com", "secretName": "client"}
TOKENS: JsonObject = {"issuer": "https://issuer.example.com", "audiences": ["resnet"]}


def targets(policy: JsonObject) -> list[object]:
    return [item["kind"] for item in objects_at(policy, "spec", "targetRefs")]


def test_keys_are_asked_for_on_every_route_of_predictions_and_are_in_no_object() -> None:
    found = rendered(expose={**BOTH, **TLS, **KEYS})

    policy = body(found, "SecurityPolicy")
    keys = object_at(policy, "spec", "apiKeyAuth")
    assert targets(policy) == ["HTTPRoute", "GRPCRoute"]
    assert keys["credentialRefs"] == [{"kind": "Secret", "name": "resnet-keys"}]
    assert keys["extractFrom"] == [{"headers": ["x-api-key"]}]
    assert keys["sanitize"] is True
    assert of_kind(found, "Secret") == []


def test_the_guard_is_there_before_the_routes_are() -> None:
    found = rendered(expose={**BOTH, **TLS, **KEYS})
    ranks = {item.ref.kind: apply_rank(item.ref) for item in found.manifests}

    assert ranks["SecurityPolicy"] < min(ranks["HTTPRoute"], ranks["GRPCRoute"])


def test_the_secret_and_the_header_of_keys_may_be_named() -> None:
    auth = {"apiKeys": {"secretName": "clients", "header": "x-key"}}
    keys = object_at(body(rendered(expose={**EG, **TLS, "auth": auth}), "SecurityPolicy"), "spec", "apiKeyAuth")

    assert keys["credentialRefs"] == [{"kind": "Secret", "name": "clients"}]
    assert keys["extractFrom"] == [{"headers": ["x-key"]}]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({"jwksUri": "https://a/keys"}, {"remoteJWKS": {"uri": "https://a/keys"}}),
        (
            {"jwksConfigMap": "keys"},
            {"localJWKS": {"type": "ValueRef", "valueRef": {"group": "", "kind": "ConfigMap", "name": "keys"}}},
        ),
    ],
)
def test_tokens_must_be_of_the_issuer_and_for_the_service(source: JsonObject, expected: JsonObject) -> None:
    policy = body(rendered(expose={**EG, **TLS, "auth": {"jwt": {**TOKENS, **source}}}), "SecurityPolicy")

    (provider,) = objects_at(policy, "spec", "jwt", "providers")
    assert provider == {"name": "issuer", **TOKENS, **expected}
    assert value_at(policy, "spec", "jwt", "optional") is None, "a request without a token is refused"
    assert value_at(policy, "spec", "apiKeyAuth") is None


def test_limits_are_kept_on_every_route_and_leave_the_time_of_grpc_as_it_is() -> None:
    limits = {"limits": {"requestsPerSecond": 50, "requestSize": "8Mi"}}
    policy = body(rendered(expose={**BOTH, **TLS, **limits}), "BackendTrafficPolicy")
    over_rest = body(rendered(expose={**EG, **TLS, **limits}), "BackendTrafficPolicy")

    (rule,) = objects_at(policy, "spec", "rateLimit", "local", "rules")
    assert targets(policy) == ["HTTPRoute", "GRPCRoute"]
    assert rule == {"limit": {"requests": 50, "unit": "Second"}}
    assert value_at(policy, "spec", "requestBuffer", "limit") == str(8 * 2**20)
    assert value_at(policy, "spec", "timeout", "http", "requestTimeout") == "35s"
    assert (targets(over_rest), value_at(over_rest, "spec", "timeout")) == (["HTTPRoute"], None)


def test_without_limits_rest_alone_needs_no_policy() -> None:
    found = rendered(expose={**EG, **TLS})

    assert of_kind(found, "BackendTrafficPolicy") == []
    assert of_kind(found, "SecurityPolicy") == []


@pytest.mark.parametrize(
    ("expose", "told"),
    [
        ({**EG, **TLS}, {"open-front"}),
        ({**EG, **TLS, "auth": "none"}, set()),
        ({**EG, **TLS, **KEYS}, set()),
        ({"type": "Ingress"}, {"open-front"}),
        ({"type": "LoadBalancer"}, {"open-balancer"}),
        ({"type": "LoadBalancer", "auth": "none"}, set()),
        ({"type": "LoadBalancer", "sourceRanges": ["203.0.113.0/24"]}, set()),
        ({"type": "NodePort"}, set()),
        ({"type": "ClusterIP"}, set()),
        ({"type": "Gateway", "gateway": {"className": "gke-l7-rilb"}}, set()),
    ],
)
def test_a_public_front_that_asks_for_nothing_is_a_warning(expose: dict[str, Any], told: set[str]) -> None:
    assert {"open-front", "open-balancer"} & set(codes(rendered(expose=expose))) == told


def test_keys_that_travel_in_the_clear_are_a_warning_even_when_plain_http_is_meant() -> None:
    assert "plain-http" in codes(rendered(expose={**EG, "tls": "none", **KEYS}))
    assert "plain-http" not in codes(rendered(expose={**EG, **TLS, **KEYS}))


@pytest.mark.parametrize(
    ("auth", "told"),
    [
        ({"iap": {}}, {"enabled": True}),
        ({"iap": {"secretName": "client"}}, {"enabled": True, "oauthclientCredentials": {"secretName": "client"}}),
        ("none", {"enabled": False}),
        (None, None),
    ],
)
def test_an_ingress_of_gke_is_told_of_google_accounts_in_its_one_backend_config(
    auth: object, told: JsonObject | None
) -> None:
    found = rendered(expose={**GCE, "auth": auth} if auth is not None else GCE)

    config = body(found, "BackendConfig")
    assert value_at(config, "spec", "iap") == told
    assert value_at(config, "spec", "timeoutSec") == 35
    assert of_kind(found, "SecurityPolicy") == []


def test_a_gateway_of_gke_is_told_of_google_accounts_in_its_one_policy_before_its_routes_are_there() -> None:
    found = rendered(expose={**RILB, "auth": {"iap": CLIENT}})

    policy = body(found, "GCPBackendPolicy")
    ranks = {item.ref.kind: apply_rank(item.ref) for item in found.manifests}
    assert object_at(policy, "spec", "default", "iap") == {
        "enabled": True,
        "oauth2ClientSecret": {"name": "client"},
        "clientID": "1-a.apps.googleusercontent.com",
    }
    assert value_at(policy, "spec", "default", "timeoutSec") == 35
    assert ranks["GCPBackendPolicy"] < ranks["HTTPRoute"]
    assert {"Secret", "SecurityPolicy"}.isdisjoint(ranks)


def test_the_canary_behind_a_gateway_of_gke_is_guarded_as_the_service_is() -> None:
    fields: dict[str, Any] = {"expose": {**RILB, "auth": {"iap": CLIENT}}}
    made = spec(**fields)
    wish = CanaryWish(names=object_names(made), replicas=1)

    (policy,) = [
        item for item in canary_manifests(rendered(**fields).manifests, wish) if item.ref.kind == "GCPBackendPolicy"
    ]

    assert value_at(policy.body, "spec", "default", "iap", "enabled") is True
    assert value_at(policy.body, "spec", "targetRef", "name") == "resnet-canary"


def test_a_front_of_gke_that_asks_for_nothing_is_told_what_it_can_ask_for() -> None:
    warnings = {warning.code: warning.hint for warning in rendered(expose=GCE).warnings}

    assert "Google accounts with expose.auth.iap" in (warnings["open-front"] or "")
    assert "open-front" not in codes(rendered(expose={**GCE, "auth": {"iap": {}}}))
