"""Whether Envoy Gateway serves the front of a service, by the name of its class; and what it alone can do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from tfk8s.spec.auth import AuthSpec
from tfk8s.spec.gke_front import gateway_class
from tfk8s.spec.gke_iap import iap_has_a_front
from tfk8s.spec.names import object_name
from tfk8s.spec.violation import Violation

if TYPE_CHECKING:
    from tfk8s.spec.auth import ApiKeysSpec
    from tfk8s.spec.service import ServiceSpec

USUAL_CLASS: Final = "eg"
"""As Envoy Gateway's own documents name it."""

CLASS_WORD: Final = "envoy"
LARGEST_REQUEST_BYTES: Final = 2**32 - 1
"""More, Envoy has no number for."""

_WHO = "a Gateway of Envoy Gateway (type Gateway, gateway.className eg or a name with envoy in it)"


def is_envoy_gateway(spec: ServiceSpec) -> bool:
    """Whether Envoy Gateway's controller serves the Gateway."""
    name = gateway_class(spec) or ""
    return spec.expose.type == "Gateway" and (name == USUAL_CLASS or CLASS_WORD in name)


def keys_secret(spec: ServiceSpec, keys: ApiKeysSpec) -> str:
    """The name of the Secret with the keys of the service's clients."""
    return keys.secret_name or object_name(spec.name, "keys")


def guards_have_a_front(spec: ServiceSpec) -> Iterator[Violation]:
    """A front that would ignore the guard would be open: it is refused, and never rendered."""
    expose = spec.expose
    if isinstance(expose.auth, AuthSpec):
        yield from _proof(spec, expose.auth)
    limits = expose.limits
    if limits is None:
        return
    for key, value in (("requestsPerSecond", limits.requests_per_second), ("requestSize", limits.request_size)):
        if value is not None and not is_envoy_gateway(spec):
            yield Violation(path=("expose", "limits", key), message=f"needs {_WHO}: no other front keeps it")
    if limits.request_size is not None and limits.request_size.units > LARGEST_REQUEST_BYTES:
        message = "is more than Envoy can count: write less than 4Gi"
        yield Violation(path=("expose", "limits", "requestSize"), message=message)


def _proof(spec: ServiceSpec, auth: AuthSpec) -> Iterator[Violation]:
    path = ("expose", "auth")
    given = [
        key for key, proof in (("apiKeys", auth.api_keys), ("jwt", auth.jwt), ("iap", auth.iap)) if proof is not None
    ]
    if len(given) != 1:
        yield Violation(path=path, message="needs exactly one of apiKeys, jwt and iap; none is a word of its own")
        return
    (key,) = given
    if auth.iap is not None:
        yield from iap_has_a_front(spec, auth.iap)
        return
    if not is_envoy_gateway(spec):
        yield Violation(path=(*path, key), message=f"needs {_WHO}: another front would let everybody in")
    if auth.jwt is not None and (auth.jwt.jwks_uri is None) == (auth.jwt.jwks_config_map is None):
        message = "needs exactly one of jwksUri and jwksConfigMap, where the issuer's public keys are"
        yield Violation(path=(*path, "jwt"), message=message)
