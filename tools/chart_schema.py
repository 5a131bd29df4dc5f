"""The schema of the chart's values: that of a spec, without what only tfk8s does, and with what only a chart has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tfk8s.spec import SERVER_FLAGS, Autoscaled, Fixed, ModelSpec, ServiceSpec
from tfk8s.spec.descriptions import describe_fields
from tfk8s.spec.schema import flat_choices
from tools.chart_patterns import WithPatterns

Schema = dict[str, Any]

_DIALECT = "http://json-schema.org/draft-07/schema#"
"""Every Helm reads it; those before 3.18 read no later one."""

_NOT_VALUES = frozenset(
    {
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
    }
)
"""The release has a name and a namespace, and a chart neither makes clusters nor knows of other environments."""

_TEXT = {"type": ["string", "number", "boolean"]}
"""`--set` makes numbers and booleans of what looks like one; the templates make text of them again."""

_VERSION: Schema = {"type": ["integer", "string"], "minimum": 0, "pattern": "^[0-9]+$"}
"""A number of more than 15 digits has to be text, because Helm reads numbers as doubles."""

_OWN: dict[tuple[str, ...], Schema] = {
    ("monitoring", "ruleGroups"): {
        "type": "array",
        "items": {"type": "object"},
        "default": [],
        "description": "Groups of Prometheus' rules, which `tfk8s render --format helm` computes from `objective`.",
    },
    ("scaling", "source", "cluster"): {
        "type": "object",
        "additionalProperties": False,
        "required": ["name", "location"],
        "description": "With gke: the cluster of the release, as `{name: serving, location: us-central1}`, where one "
        "project has several; another one may record metrics under the same names.",
        "properties": {
            "name": {"type": "string", "minLength": 1, "description": "Its name."},
            "location": {"type": "string", "minLength": 1, "description": "Its region or zone."},
        },
    },
    ("image", "tag"): {
        "type": "string",
        "pattern": "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$",
        "not": {"enum": ["latest", "nightly"]},
        "description": "Tag of the image in `repository`; with `digest` it is for readers alone.",
    },
    ("test",): {
        "type": "object",
        "additionalProperties": False,
        "description": "`helm test` asks the release for a prediction over REST, through its Service.",
        "properties": {
            "enabled": {"type": "boolean", "default": True, "description": "Whether there is a test."},
            "model": {
                "type": "string",
                "pattern": "^[A-Za-z0-9]([A-Za-z0-9_.-]{0,126}[A-Za-z0-9_])?$",
                "description": "Which model is asked. Default: the first one.",
            },
            "body": {
                "type": "string",
                "description": "The request, as `'{\"instances\": [1.0, 2.0]}'`. Default: none, and the model is "
                "asked for its metadata, which it has only while it is served.",
            },
            "expect": {
                "type": "string",
                "description": "What the answer must hold, white space aside, as `'[2.5, 3.0]'`. Default: any answer "
                "with status 200.",
            },
            "timeoutSeconds": {
                "type": "integer",
                "minimum": 1,
                "maximum": 3600,
                "default": 60,
                "description": "Seconds after which the test has failed.",
            },
            "image": {
                "type": "string",
                "description": "An image with bash in it. Default: that of the model server, which has it.",
            },
            "labels": {
                "type": "object",
                "additionalProperties": _TEXT,
                "default": {},
                "description": "Labels of the test's pod. With `networkPolicy.allowFrom`, those of somebody who is "
                "let in.",
            },
        },
    },
}
"""Values that a chart has and a spec has not, by their place."""

_TOLD: dict[tuple[str, ...], str] = {
    ("model", "source"): "Where the version directories are: `gs://bucket/path` (the server reads it), "
    "`pvc://claim/path` (a volume), `image:///path` (in `image.base`), or any other text: they are in the image of "
    "`image.repository`, at /models/NAME.",
    ("model", "name"): "Name in the URL (`/v1/models/NAME`) and in gRPC requests. Default: the release's name.",
    ("image", "repository"): "The image with the models, without tag and digest, where one was built. Absent: "
    "`image.base` runs.",
    ("image", "digest"): "Pins the image in `repository` (`sha256:...`).",
    ("resources", "memory"): "Bytes, as `4Gi`. auto: enough for models of 512 MiB each with two versions in flight; "
    "state it for larger ones. `tfk8s render --format helm` computes it from the models.",
    ("lifecycle", "startupSeconds"): "Seconds that a pod may take to load its models before it is restarted. auto: "
    "from the memory and the retries.",
    ("serviceAccount", "name"): "Name of the ServiceAccount. Default: the release's name; with `create: false`, "
    "default.",
    ("expose", "tls"): "The certificate of an Ingress or a Gateway, as `{secretName: resnet-tls}`. Absent, or none: "
    "plain HTTP.",
    ("expose", "ingress", "className"): "Which controller serves it, as `nginx`, or `gce` and `gce-internal` of GKE. "
    "Default: the cluster's default class.",
    ("expose", "gateway", "className"): "Which controller makes the gateway, as `eg` or "
    "`gke-l7-global-external-managed`; beside `name`, whose that one is.",
    ("existing",): "Objects of an earlier deployment that the release takes over under their names; docs/chart.md says "
    "in which steps.",
}
"""Descriptions that would not be true of a chart."""


def schema() -> Schema:
    """Every value with its description and its default, where it has one; parts stand inside each other."""
    raw = ServiceSpec.model_json_schema(schema_generator=WithPatterns)
    describe_fields(raw, ServiceSpec)
    whole = _inlined(raw, defs=raw["$defs"])
    for key in _NOT_VALUES & set(whole["properties"]):
        del whole["properties"][key]
    del whole["properties"]["image"]["properties"]["verify"]  # helm verifies no image, and must not seem to
    del whole["properties"]["lifecycle"]["properties"]["timeoutSeconds"]
    whole["properties"]["scaling"] = _scaling(whole["properties"]["scaling"])
    whole = _optional(whole)
    whole.pop("required", None)
    names = [flag.name for flag in SERVER_FLAGS.values() if flag.instead is None]
    _place(whole, ("serving", "flags"))["propertyNames"] = {"enum": names}
    for model in (whole["properties"]["model"], whole["properties"]["models"]["items"]):
        model["properties"]["versions"]["anyOf"][1]["items"] = _VERSION
        model["properties"]["labels"]["additionalProperties"] = _VERSION
    for path, node in _OWN.items():
        _place(whole, path[:-1])["properties"][path[-1]] = node
    for path, text in _TOLD.items():
        _place(whole, path)["description"] = text
    entry, source = whole["properties"]["models"]["items"], whole["properties"]["model"]["properties"]["source"]
    entry["properties"]["source"]["description"] = source["description"]
    entry["required"] = ["name", "source"]
    _set_defaults(whole, _defaults())
    return {**whole, "title": "Values of the chart tf-serving", "description": "Values of the chart tf-serving."}


def published(whole: Schema) -> Schema:
    """The schema as Helm reads it; a chart that holds this one may give it `global` values."""
    open_to_null = _takeable(whole)
    properties = {**open_to_null["properties"], "global": {"type": "object"}}
    return {"$schema": _DIALECT, **open_to_null, "properties": properties}


def _takeable(node: Schema) -> Schema:
    """With null for what has no default: the way of a values file to take away what an earlier one set."""
    found = dict(node)
    if "properties" in node:
        needed = node.get("required", ())
        found["properties"] = {
            key: field
            if key in needed
            else _takeable(field if is_part(field) or "default" in field else _or_null(field))
            for key, field in node["properties"].items()
        }
    if isinstance(node.get("additionalProperties"), dict):
        found["additionalProperties"] = _or_null(node["additionalProperties"])
    return found


def _or_null(field: Schema) -> Schema:
    opened: Schema = {choice: [*field[choice], {"type": "null"}] for choice in ("anyOf", "oneOf") if choice in field}
    if "type" not in field:
        return {**field, **opened} if opened else {"anyOf": [field, {"type": "null"}]}
    allowed = {"enum": [*field["enum"], None]} if "enum" in field else {}
    types = field["type"] if isinstance(field["type"], list) else [field["type"]]
    return {**field, **opened, **allowed, "type": [*types, "null"]}


def is_part(field: Schema) -> bool:
    """Whether a value is a map of further values, which is always there."""
    return "properties" in field and not field.get("$comment")


def inner(field: Schema) -> Iterator[tuple[Schema, str]]:
    """Maps that may stand in a value, and what their place is called behind its name: "" or `[]`."""
    for choice in (field, *field.get("anyOf", ()), *field.get("oneOf", ())):
        if "properties" in choice:
            yield choice, ""
        if "items" in choice:
            yield from ((form, f"[]{suffix}") for form, suffix in inner(choice["items"]))


def _defaults() -> dict[str, Any]:
    """What the spec of a release has when nothing is said; what follows from other values is left out."""
    spec = ServiceSpec(api_version="tfk8s.dev/v1", name="release", model=ModelSpec(source="any"))
    found: dict[str, Any] = spec.model_dump(mode="json", by_alias=True, exclude_none=True)
    scaling = Fixed().model_dump(mode="json", by_alias=True)
    found["scaling"] = {**Autoscaled(max=1).model_dump(mode="json", by_alias=True, exclude_none=True), **scaling}
    for path in (
        ("scaling", "max"),
        ("model", "name"),
        ("model", "source"),
        ("image", "base"),
        ("serviceAccount", "name"),
        ("lifecycle", "drainSeconds"),
    ):
        del found[path[0]][path[1]]
    return found


def _set_defaults(node: Schema, defaults: dict[str, Any]) -> None:
    for key, field in node["properties"].items():
        if is_part(field):
            _set_defaults(field, defaults.get(key, {}))
        elif key in defaults:
            field["default"] = defaults[key]


def _place(node: Schema, path: tuple[str, ...]) -> Schema:
    for key in path:
        node = node["properties"][key]
    return node


def _inlined(node: Any, *, defs: Schema) -> Any:
    """Without references, titles made from names, and defaults, which `_set_defaults` knows better."""
    if isinstance(node, list):
        return [_inlined(item, defs=defs) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        node = {**defs[node["$ref"].rpartition("/")[2]], **{key: node[key] for key in node if key != "$ref"}}
    kept = {key: value for key, value in node.items() if key not in ("$defs", "discriminator")}
    if "type" in kept or "anyOf" in kept or "oneOf" in kept:
        kept = {key: value for key, value in kept.items() if key not in ("title", "default") or isinstance(value, dict)}
        kept.pop("default", None)
    found = {key: _inlined(value, defs=defs) for key, value in kept.items()}
    if "oneOf" in found:
        found["oneOf"] = flat_choices(found["oneOf"])
    if "pattern" not in found and len(found.get("allOf", ())) == 1:
        found |= found.pop("allOf")[0]
    if isinstance(found.get("description"), str):
        found["description"] = " ".join(found["description"].split()).replace("the service's", "the release's")
    values = found.get("additionalProperties")
    if isinstance(values, dict) and values.get("type") == "string":
        found["additionalProperties"] = {**values, **_TEXT}
    return found


def _optional(node: Any) -> Any:
    """A field that may be null in Python is one that may be absent; a part of that kind says so in `$comment`."""
    if isinstance(node, list):
        return [_optional(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = {key: _optional(value) for key, value in node.items()}
    choices = found.get("anyOf", [])
    if {"type": "null"} in choices:
        rest = [choice for choice in choices if choice != {"type": "null"}]
        own = {key: value for key, value in found.items() if key != "anyOf"}
        found = {**rest[0], **own} if len(rest) == 1 else {"anyOf": rest, **own}
        if "properties" in found and "source" not in found["properties"]:
            found["$comment"] = "absent unless it is given"
    if "source" in found.get("properties", {}):
        found.pop("required", None)
    return found


def _scaling(field: Schema) -> Schema:
    """Both forms in one: values are laid over defaults, and the form of the defaults would stay."""
    properties = {key: value for form in field["oneOf"] for key, value in form["properties"].items()}
    properties["replicas"]["description"] += " Not with `max`."
    properties["max"]["description"] += " Given: an autoscaler moves the number of pods from `min` to this."
    return {
        "type": "object",
        "additionalProperties": False,
        "description": field["description"],
        "properties": properties,
    }
