"""The values with which the chart makes the same objects as the renderer: the spec's own fields, and what was settled.

Values that are as the chart has them by default are left out.
"""

from __future__ import annotations

import json

from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.names.image import REFERENCE, default_base
from tfk8s.render import Rendered
from tfk8s.spec import Autoscaled, FlagValue, ServiceSpec, flag_text
from tfk8s.spec.gke_front import DEFAULT_GATEWAY, ingress_class, is_gke_gateway, is_multi_cluster
from tfk8s.spec.monitoring import ALERT_KINDS

_LARGEST_EXACT = 2**53
"""Helm reads numbers of values files as doubles."""

_NOT_VALUES = (
    "apiVersion",
    "name",
    "namespace",
    "createNamespace",
    "cluster",
    "checks",
    "regions",
    "rollout",
    "environments",
    "gitops",
)
"""The release has a name and a namespace; the rest is not for a chart."""


def helm_values(spec: ServiceSpec, rendered: Rendered) -> JsonObject:
    """The values of a release that is named as the service and installed into its namespace.

    Args:
        spec: the service.
        rendered: what `render` made of it.

    Raises:
        InputError: the image that was given beside the spec has no repository that a chart could name.
    """
    if is_multi_cluster(spec):
        raise InputError(
            "expose.gateway.multiCluster is of several clusters, and a release of the chart is of one",
            hint="render another form, as --format kustomize",
        )
    dumped = spec.model_dump_json(by_alias=True, exclude_defaults=True)
    values: JsonObject = {key: value for key, value in json.loads(dumped).items() if key not in _NOT_VALUES}
    _leave_out_derived(values, spec)
    _set(values, "image", _image(spec, rendered.settled.image))
    _set_models(values, spec, rendered)
    _set_sizes(values, spec, rendered)
    _set_classes(values, spec)
    _set_cluster(values, spec)
    _set_monitoring(values, spec)
    _set_flags(values, spec)
    return {key: value for key, value in values.items() if value not in ({}, [])}


def _part(values: JsonObject, key: str) -> JsonObject:
    """The map of that key, made when it is missing."""
    part = values.setdefault(key, {})
    if not isinstance(part, dict):
        raise TypeError(f"{key} of a spec is no map")
    return part


def _set(values: JsonObject, key: str, fields: JsonObject) -> None:
    if fields:
        _part(values, key).update(fields)


def _leave_out_derived(values: JsonObject, spec: ServiceSpec) -> None:
    """What a spec fills in by itself, and so does the chart."""
    account = _part(values, "serviceAccount")
    if spec.service_account.name == (spec.name if spec.service_account.create else "default"):
        account.pop("name", None)
    image = _part(values, "image")
    for key in ("repository", "digest", "verify"):
        image.pop(key, None)
    if spec.image.base == default_base(gpus=spec.resources.gpu):
        image.pop("base", None)
    lifecycle = _part(values, "lifecycle")
    lifecycle.pop("timeoutSeconds", None)


def _image(spec: ServiceSpec, reference: str) -> JsonObject:
    """The image with the models, taken apart; {} when the pods run the base."""
    if reference == spec.image.base:
        return {}
    found = REFERENCE.match(reference)
    if found is None:
        raise InputError(
            f"{reference} cannot stand in the chart's values",
            hint="write the image as repository:tag or repository@sha256:..., in lower case",
        )
    return {key: found[key] for key in ("repository", "tag", "digest") if found[key] is not None}


def _set_models(values: JsonObject, spec: ServiceSpec, rendered: Rendered) -> None:
    """Versions as they were settled: labels need theirs listed, which only who sees the model can do."""
    single = values.get("model")
    entries = [single] if single is not None else values.get("models")
    if not isinstance(entries, list):
        raise TypeError("a spec has a model, or a list of them")
    for entry, model in zip(entries, spec.served_models, strict=True):
        if not isinstance(entry, dict):
            raise TypeError("a model of a spec is a map")
        versions = rendered.settled.versions[model.name]
        if isinstance(versions, tuple):
            entry["versions"] = [_exact(version) for version in versions]
        if "labels" in entry:
            entry["labels"] = {label: _exact(version) for label, version in sorted(model.labels.items())}
        if spec.model is not None and model.name == spec.name:
            entry.pop("name", None)


def _set_sizes(values: JsonObject, spec: ServiceSpec, rendered: Rendered) -> None:
    """Numbers that depend on the models, unless the chart comes to the same without them."""
    settled = rendered.settled
    if settled.knows_models:
        _set(values, "resources", {"memory": settled.memory})
        _set(values, "lifecycle", {"startupSeconds": settled.startup_s})
    if "drain_seconds" in spec.lifecycle.model_fields_set:  # a front may raise the default, but not this
        _set(values, "lifecycle", {"drainSeconds": spec.lifecycle.drain_seconds})


def _set_classes(values: JsonObject, spec: ServiceSpec) -> None:
    """A class that follows from the cluster, of which the chart knows nothing."""
    if spec.expose.type == "Ingress" and (named := ingress_class(spec)) is not None:
        _set(_part(values, "expose"), "ingress", {"className": named})
    if is_gke_gateway(spec) and spec.expose.gateway.class_name is None:
        _set(_part(values, "expose"), "gateway", {"className": DEFAULT_GATEWAY})


def _set_cluster(values: JsonObject, spec: ServiceSpec) -> None:
    """Where an autoscaler looks for what is recorded in one cluster of a project with several."""
    scaling, cluster = spec.scaling, spec.gke_cluster
    if isinstance(scaling, Autoscaled) and scaling.source is not None and scaling.source.kind == "gke" and cluster:
        place: JsonObject = {"name": cluster.name, "location": cluster.location}
        _set(_part(values, "scaling"), "source", {"cluster": place})


def _set_monitoring(values: JsonObject, spec: ServiceSpec) -> None:
    """What follows from a cluster, of which the chart knows nothing, and rules, which it does not compute."""
    if spec.scrape == "podMonitoring" and not spec.serving.pod_monitoring:
        _set(values, "monitoring", {"scrape": spec.scrape})
    objective = spec.monitoring.objective
    if objective is None:
        return
    # without defaults it may be an empty map, which a chart would take for none
    whole = objective.model_dump(mode="json", by_alias=True, exclude_none=True)
    _set(values, "monitoring", {"objective": whole})
    if spec.monitoring.alerts and spec.scrape in ALERT_KINDS:
        from tfk8s.render.service_rules import rule_groups  # few specs have an objective

        _set(values, "monitoring", {"ruleGroups": rule_groups(spec)})


def _set_flags(values: JsonObject, spec: ServiceSpec) -> None:
    """Flags as the server gets them, where Helm would write a number in another way."""
    flags = {name: _flag(value) for name, value in spec.serving.flags.items()}
    if flags:
        _set(values, "serving", {"flags": dict(sorted(flags.items()))})


def _flag(value: FlagValue) -> JsonValue:
    if isinstance(value, float):
        return flag_text(value)
    return _exact(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _exact(number: int) -> JsonValue:
    """The number, or its digits as text where a double would lose some."""
    return number if abs(number) <= _LARGEST_EXACT else str(number)
