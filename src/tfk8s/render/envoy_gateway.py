"""What Envoy Gateway needs beside the Gateway API: who may ask, how much, and how long a gRPC call may take.

A GRPCRoute has no field for the time, and Envoy ends a call after 15 s unless it is told otherwise:
https://gateway.envoyproxy.io/latest/tasks/traffic/grpc-timeouts/. Guards and limits are policies on the routes:
https://gateway.envoyproxy.io/latest/tasks/security/, https://gateway.envoyproxy.io/latest/tasks/traffic/.
"""

from __future__ import annotations

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.yaml import Path
from tfk8s.render.draft import Draft
from tfk8s.render.facts import Facts
from tfk8s.render.gateway_api import has_grpc_route, has_http_route
from tfk8s.render.timing import front_timeout_s
from tfk8s.spec import JwtSpec, LimitsSpec
from tfk8s.spec.envoy_front import is_envoy_gateway, keys_secret

_PROVIDER = "issuer"
"""A policy names its issuers; a service has one."""


def has_traffic_policy(facts: Facts) -> bool:
    """Whether gRPC goes through Envoy Gateway, or it limits what goes through."""
    return is_envoy_gateway(facts.spec) and (has_grpc_route(facts) or _has_limits(facts))


def has_security_policy(facts: Facts) -> bool:
    """Whether clients must show a key or a token; a spec has that for Envoy Gateway alone."""
    return facts.spec.expose.api_keys is not None or facts.spec.expose.jwt is not None


def _has_limits(facts: Facts) -> bool:
    return _limits(facts) != LimitsSpec.unsaid()


def _limits(facts: Facts) -> LimitsSpec:
    return facts.spec.expose.limits or LimitsSpec.unsaid()


def traffic_policy(facts: Facts) -> Draft:
    """Draft the timeout of gRPC calls, and the limits of all requests."""
    limits, is_limited = _limits(facts), _has_limits(facts)
    values: dict[str, object] = {
        "metadata": facts.metadata(facts.spec.name),
        "targets": _routes(facts) if is_limited else [_route(facts, kind="GRPCRoute")],
        "timeout": f"{front_timeout_s(facts.situation)}s" if has_grpc_route(facts) else None,
        "requests_per_second": limits.requests_per_second,
        "request_size": str(limits.request_size.units) if limits.request_size is not None else None,
    }
    reasons: dict[Path, str] = {}
    if has_grpc_route(facts):
        reason = "as long as over REST; Envoy would end every call after 15 s, and a route has no field"
        reasons["spec", "timeout"] = reason
    if limits.requests_per_second is not None:
        reasons["spec", "rateLimit"] = "of each proxy and each kind of request; what is more is refused with 429"
    if limits.request_size is not None:
        reasons["spec", "requestBuffer"] = "a larger request is refused with 413, before a pod sees any of it"
    return Draft(template="envoy_traffic_policy", values=values, reasons=reasons)


def security_policy(facts: Facts) -> Draft:
    """Draft who may ask; it is applied before the routes, so that there is never a time without it."""
    expose = facts.spec.expose
    keys = expose.api_keys
    values: dict[str, object] = {
        "metadata": facts.metadata(facts.spec.name),
        "targets": _routes(facts),
        "keys_secret": keys_secret(facts.spec, keys) if keys is not None else None,
        "header": keys.header if keys is not None else None,
        "providers": [_provider(expose.jwt)] if expose.jwt is not None else [],
    }
    reasons: dict[Path, str] = {}
    if keys is not None:
        reasons["spec", "apiKeyAuth"] = "the keys are in the Secret alone: without it, or without a key, nobody gets in"
        reasons["spec", "apiKeyAuth", "sanitize"] = "the model server has no use for the key of a client"
    return Draft(template="envoy_security_policy", values=values, reasons=reasons)


def _provider(jwt: JwtSpec) -> JsonObject:
    source: JsonObject
    if jwt.jwks_config_map is not None:
        reference: JsonObject = {"group": "", "kind": "ConfigMap", "name": jwt.jwks_config_map}
        source = {"localJWKS": {"type": "ValueRef", "valueRef": reference}}
    else:
        source = {"remoteJWKS": {"uri": jwt.jwks_uri}}
    return {"name": _PROVIDER, "issuer": jwt.issuer, "audiences": [*jwt.audiences], **source}


def _routes(facts: Facts) -> list[JsonValue]:
    there = (("HTTPRoute", has_http_route(facts)), ("GRPCRoute", has_grpc_route(facts)))
    return [_route(facts, kind=kind) for kind, is_there in there if is_there]


def _route(facts: Facts, *, kind: str) -> JsonObject:
    return {"group": "gateway.networking.k8s.io", "kind": kind, "name": facts.spec.name}
