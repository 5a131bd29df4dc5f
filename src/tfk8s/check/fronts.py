"""What may stand in front of a model server: HTTPS, models and predictions alone, a health check that can pass."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tfk8s.check.findings import CheckFinding, doubtful, wrong
from tfk8s.manifest import Manifest, Manifests
from tfk8s.manifest.fields import object_at, objects_at, text_at, value_at
from tfk8s.manifest.yaml import Path

_MODEL_PATH = re.compile(r"/v1/models(/|\Z)")
_READY_PATH = re.compile(r"/v1/models/[^/]+(/versions/[0-9]+|/labels/[^/]+)?/metadata\Z")
_PREDICTIONS = "tensorflow.serving.PredictionService"
_ENCRYPTED = ("HTTPS", "TLS")


def front_findings(manifests: Manifests) -> Iterator[CheckFinding]:
    """Rules on everything between clients and the Service."""
    for manifest in manifests:
        match manifest.ref.kind:
            case "Service":
                yield from _balancer(manifest)
            case "Ingress":
                yield from _ingress(manifest)
            case "Gateway":
                yield from _gateway(manifest)
            case "HTTPRoute":
                yield from _http_route(manifest)
            case "GRPCRoute":
                yield from _grpc_route(manifest)
            case "BackendConfig":
                yield from _health(manifest, ("spec", "healthCheck", "requestPath"))
            case "HealthCheckPolicy":
                yield from _health(manifest, ("spec", "default", "config", "httpHealthCheck", "requestPath"))
            case "ManagedCertificate":
                yield from _certificate(manifest)
            case _:
                pass


def _balancer(service: Manifest) -> Iterator[CheckFinding]:
    spec = object_at(service.body, "spec")
    notes = object_at(service.body, "metadata", "annotations")
    is_internal = any("internal" in str(value).lower() for key, value in notes.items() if "load-balancer" in key)
    if spec.get("type") == "LoadBalancer" and not spec.get("loadBalancerSourceRanges") and not is_internal:
        message = "lets every address ask the model: name those that may in loadBalancerSourceRanges"
        yield doubtful("open-balancer", service, path=("spec", "type"), message=message)


def _ingress(ingress: Manifest) -> Iterator[CheckFinding]:
    notes = object_at(ingress.body, "metadata", "annotations")
    certified = any("cert" in key for key in notes)
    if not objects_at(ingress.body, "spec", "tls") and not certified:
        yield doubtful(
            "plain-http", ingress, path=("spec",), message="has no certificate: requests travel in the clear"
        )
    if "defaultBackend" in object_at(ingress.body, "spec"):
        path: Path = ("spec", "defaultBackend")
        yield wrong("front-path", ingress, path=path, message="lets every path through, metrics too")
    for rule, entry in enumerate(objects_at(ingress.body, "spec", "rules")):
        for index, item in enumerate(objects_at(entry, "http", "paths")):
            if not _MODEL_PATH.match(text_at(item, "path")):
                path = ("spec", "rules", rule, "http", "paths", index, "path")
                yield wrong(
                    "front-path", ingress, path=path, message="must begin with /v1/models: others are not asked"
                )


def _gateway(gateway: Manifest) -> Iterator[CheckFinding]:
    listeners = objects_at(gateway.body, "spec", "listeners")
    if not any(text_at(listener, "protocol") in _ENCRYPTED for listener in listeners):
        message = "no listener has a certificate: requests travel in the clear"
        yield doubtful("plain-http", gateway, path=("spec", "listeners"), message=message)


def _http_route(route: Manifest) -> Iterator[CheckFinding]:
    for index, rule in enumerate(objects_at(route.body, "spec", "rules")):
        if not objects_at(rule, "backendRefs"):
            continue
        paths = [text_at(match, "path", "value") for match in objects_at(rule, "matches")]
        if not paths or not all(_MODEL_PATH.match(path) for path in paths):
            message = "must match paths of models alone: metrics are on the same port"
            yield wrong("front-path", route, path=("spec", "rules", index), message=message)


def _grpc_route(route: Manifest) -> Iterator[CheckFinding]:
    for index, rule in enumerate(objects_at(route.body, "spec", "rules")):
        services = [
            text_at(match, "method", "service") if _is_exact(match) else "" for match in objects_at(rule, "matches")
        ]
        if not services or any(service != _PREDICTIONS for service in services):
            message = f"must match {_PREDICTIONS} alone: other services of the port can replace the models"
            yield wrong("front-grpc", route, path=("spec", "rules", index), message=message)


def _is_exact(match: object) -> bool:
    return isinstance(match, dict) and text_at(match, "method", "type") in ("", "Exact")


def _health(manifest: Manifest, path: tuple[str, ...]) -> Iterator[CheckFinding]:
    if not _READY_PATH.match(str(value_at(manifest.body, *path))):
        message = "must be the metadata of the served model: a check of / never passes, other paths pass in any state"
        yield wrong("front-health", manifest, path=path, message=message)


def _certificate(certificate: Manifest) -> Iterator[CheckFinding]:
    if not value_at(certificate.body, "spec", "domains"):
        yield wrong("certificate-name", certificate, path=("spec", "domains"), message="a certificate is for a name")
