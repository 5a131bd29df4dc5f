"""Other forms of values, for comparing: flags by name, peers by who they are, a configuration by its models."""

from __future__ import annotations

import json
from collections.abc import Callable

from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.fields import object_at, objects_at, text_at, value_at
from tfk8s.manifest.textproto import Fields, read

EVERYBODY = "everybody"
EVERY_PORT = "every port"


def by_flag(value: JsonValue) -> JsonObject | None:
    """`--name=value` by name, `true` for a flag without a value; None for words without a name or a name twice."""
    flags: JsonObject = {}
    for word in value if isinstance(value, list) else ():
        if not isinstance(word, str) or not word.startswith("--"):
            return None
        name, equals, rest = word.partition("=")
        if name in flags:
            return None
        flags[name] = rest if equals else "true"
    return flags if isinstance(value, list) else None


def by_resource(value: JsonValue) -> JsonObject | None:
    """`{cpu: {request: 1, limit: 1}}` in place of `{requests: {cpu: 1}, limits: {cpu: 1}}`."""
    if not isinstance(value, dict) or not value.keys() <= {"requests", "limits"}:
        return None
    requests, limits = object_at(value, "requests"), object_at(value, "limits")
    names = dict.fromkeys([*requests, *limits])
    sides = (("request", requests), ("limit", limits))
    return {name: {side: found[name] for side, found in sides if name in found} for name in names}


def by_path(value: JsonValue) -> JsonObject | None:
    """Mounts by the path at which they are; one volume may be mounted twice."""
    return _keyed(value, lambda item: text_at(item, "mountPath"))


def as_set(value: JsonValue) -> JsonObject | None:
    """Texts whose order means nothing."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        return None
    found: JsonObject = {str(item): True for item in value}
    return found if len(found) == len(value) else None


def by_metric(value: JsonValue) -> JsonObject | None:
    """Metrics of an autoscaler by what they measure, such as `cpu`."""
    return _keyed(value, _measured)


def _measured(metric: JsonObject) -> str:
    kind = text_at(metric, "type")
    part = object_at(metric, f"{kind[:1].lower()}{kind[1:]}")
    inside = f" of container {text_at(part, 'container')}" if kind == "ContainerResource" else ""
    return (text_at(part, "name") or text_at(part, "metric", "name")) + inside


def by_trigger(value: JsonValue) -> JsonObject | None:
    """Triggers of a ScaledObject by their names; a schedule by its times, CPU and memory by what they are."""
    return _keyed(value, _trigger_name)


def _trigger_name(trigger: JsonObject) -> str:
    kind, metadata = text_at(trigger, "type"), object_at(trigger, "metadata")
    if kind == "cron":
        return f"{text_at(metadata, 'start')} to {text_at(metadata, 'end')} {text_at(metadata, 'timezone')}"
    container = text_at(metadata, "containerName")
    return text_at(trigger, "name") or (f"{kind} of container {container}" if container else kind)


def by_parent(value: JsonValue) -> JsonObject | None:
    """Parents of a route as `name` or `name, listener section`."""
    return _keyed(value, parent_name)


def parent_name(parent: JsonObject) -> str:
    """A parent of a route in words."""
    section, namespace = text_at(parent, "sectionName"), text_at(parent, "namespace")
    listener = f", listener {section}" if section else ""
    return f"{text_at(parent, 'name')}{f' in {namespace}' if namespace else ''}{listener}"


def by_host(value: JsonValue) -> JsonObject | None:
    """Rules of an Ingress: host to path to where it leads."""
    hosts: JsonObject = {}
    for rule in objects_at({"v": value}, "v"):
        host = text_at(rule, "host") or "any host"
        paths = _keyed(value_at(rule, "http", "paths") or [], lambda path: text_at(path, "path") or "/")
        if paths is None or host in hosts or not rule.keys() <= {"host", "http"}:
            return None
        hosts[host] = paths
    return hosts if isinstance(value, list) else None


def by_certificate(value: JsonValue) -> JsonObject | None:
    """TLS of an Ingress: the Secret to its hosts."""
    return _keyed(value, lambda item: text_at(item, "secretName") or "the controller's own")


def by_caller(value: JsonValue) -> JsonObject | None:
    """Rules of a NetworkPolicy, in or out: who to which ports."""
    who: dict[str, list[JsonValue]] = {}
    for rule in objects_at({"v": value}, "v"):
        peers: JsonValue = rule.get("from", rule.get("to"))
        names = [_peer(peer) for peer in objects_at({"v": peers}, "v")] or [EVERYBODY]
        ports = [_port(port) for port in objects_at(rule, "ports")] or [EVERY_PORT]
        for name in names:
            who.setdefault(name, []).extend(ports)
    told: JsonObject = {name: list[JsonValue](sorted(set(map(str, ports)))) for name, ports in who.items()}
    return told if isinstance(value, list) else None


def _peer(peer: JsonObject) -> str:
    block = object_at(peer, "ipBlock")
    if block:
        excluded = value_at(block, "except")
        return f"addresses {block.get('cidr')}" + (f" without {json.dumps(excluded)}" if excluded else "")
    pods, namespaces = _selected(peer, "podSelector"), _selected(peer, "namespaceSelector")
    name = object_at(peer, "namespaceSelector", "matchLabels").get("kubernetes.io/metadata.name")
    if name is not None:
        namespaces = f"namespace {name}"
    elif namespaces is not None:
        namespaces = f"namespaces {namespaces}" if namespaces else "all namespaces"
    if pods is None:
        return namespaces or EVERYBODY
    return f"pods {pods or 'of any label'}" + (f" of {namespaces}" if namespaces else "")


def _selected(peer: JsonObject, key: str) -> str | None:
    """The selector in words, "" when it selects everything, None when it is absent."""
    if key not in peer:
        return None
    selector = object_at(peer, key)
    told = [f"{name}={value}" for name, value in object_at(selector, "matchLabels").items()]
    expressions = selector.get("matchExpressions")
    return " ".join([*told, *([json.dumps(expressions)] if expressions else [])])


def _port(port: JsonObject) -> str:
    protocol = text_at(port, "protocol") or "TCP"
    ends = f" to {port['endPort']}" if "endPort" in port else ""
    number = port.get("port", EVERY_PORT)
    return f"{number}{ends}" if protocol == "TCP" else f"{number}{ends}/{protocol}"


def by_model(value: JsonValue) -> JsonObject | None:
    """`models.config`: each model with its path, its versions and its labels."""
    fields = as_fields(value)
    if fields is None or not fields.keys() <= {"model_config_list"}:
        return None
    models: JsonObject = {}
    for config in (item for entry in objects_at(fields, "model_config_list") for item in objects_at(entry, "config")):
        name = _only(config, "name")
        if not isinstance(name, str) or name in models:
            return None
        labels: JsonObject = {
            str(_only(item, "key")): _only(item, "value") for item in objects_at(config, "version_labels")
        }
        others = {key: item for key, item in config.items() if key not in _OF_MODEL}
        models[name] = {
            "path": _only(config, "base_path"),
            "versions": _versions(config),
            **({"labels": labels} if labels else {}),
            **others,
        }
    return models


_OF_MODEL = frozenset({"name", "base_path", "model_version_policy", "version_labels"})


def _versions(config: JsonObject) -> JsonValue:
    policy = _only(config, "model_version_policy")
    if not isinstance(policy, dict) or not policy:
        return "latest"
    if "all" in policy:
        return "all"
    if "specific" in policy:
        return [version for entry in objects_at(policy, "specific") for version in _list(entry.get("versions"))]
    count = _only(_only(policy, "latest"), "num_versions")
    return "latest" if count in (None, 1) else f"latest {count}"


def as_fields(value: JsonValue) -> JsonObject | None:
    """A configuration file as its fields; None when the text cannot be read."""
    if not isinstance(value, str):
        return None
    try:
        return _json(read(value))
    except ValueError:
        return None


def _json(fields: Fields) -> JsonObject:
    return {
        name: [_json(value) if isinstance(value, dict) else value for value in values]
        for name, values in fields.items()
    }


def _only(value: JsonValue, key: str) -> JsonValue:
    """The last value of a field, as protocol buffers read a field that stands more than once."""
    items = value_at(value, key)
    return items[-1] if isinstance(items, list) and items else None


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _keyed(value: JsonValue, name: Callable[[JsonObject], str]) -> JsonObject | None:
    found: JsonObject = {}
    for item in value if isinstance(value, list) else ():
        key = name(item) if isinstance(item, dict) else ""
        if not key or key in found:
            return None
        found[key] = item
    return found if isinstance(value, list) else None
