"""Specs and models for the tests of rendering: a small one, and what a test changes of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tfk8s.manifest import JsonObject, JsonValue, Manifest
from tfk8s.manifest.fields import objects_at, text_at
from tfk8s.model import GraphInfo, ModelInfo, ModelVersion, Signature
from tfk8s.render import Rendered, RenderOptions, render
from tfk8s.spec import ServiceSpec

MIB = 1024 * 1024


def spec(**fields: Any) -> ServiceSpec:
    """A spec as a file would give it; keys are those of the file."""
    document = {"apiVersion": "tfk8s.dev/v1", "name": "resnet", "model": {"source": "./models/resnet"}, **fields}
    kept = {key: value for key, value in document.items() if value is not None}
    return ServiceSpec.model_validate_json(json.dumps(kept), by_alias=True, by_name=False)


def model(*numbers: int, size_mib: int = 100, tensorflow: str = "2.20.0", warmup: bool = False) -> ModelInfo:
    """A model that a server can load, with these versions."""
    path = Path("models/resnet")
    signature = Signature(name="serving_default", method_name="tensorflow/serving/predict", inputs=(), outputs=())
    graph = GraphInfo(
        tags=("serve",),
        signatures=(signature,),
        operations=(),
        tensorflow_version=tensorflow,
        has_variables=True,
    )
    versions = tuple(
        ModelVersion(
            number=number,
            directory=str(number),
            path=path / str(number),
            size_bytes=size_mib * MIB,
            graphs=(graph,),
            has_warmup=warmup,
        )
        for number in numbers or (1,)
    )
    return ModelInfo(path=path, name="resnet", versions=versions, findings=())


def rendered(
    *, minor: int = 34, image: str | None = None, base: str | None = None, info: ModelInfo | None = None, **fields: Any
) -> Rendered:
    """Render the spec with these fields on this base image, its one model known; `image` is the option of rendering."""
    made = spec(image=base and {"base": base}, **fields)
    infos = {served.name: info or model() for served in made.served_models if "://" not in served.source}
    return render(made, infos, options=RenderOptions(kubernetes_minor=minor, image=image))


def of_kind(found: Rendered, kind: str) -> list[Manifest]:
    """The objects of a kind."""
    return [manifest for manifest in found.manifests if manifest.ref.kind == kind]


def body(found: Rendered, kind: str) -> JsonObject:
    """The one object of a kind."""
    (manifest,) = of_kind(found, kind)
    return manifest.body


def pod(found: Rendered) -> JsonObject:
    """The pod of the Deployment."""
    value: JsonValue = body(found, "Deployment")
    for step in ("spec", "template", "spec"):
        assert isinstance(value, dict)
        value = value[step]
    assert isinstance(value, dict)
    return value


def container(found: Rendered) -> JsonObject:
    """The model server's container."""
    (only,) = objects_at(pod(found), "containers")
    return only


def flags(found: Rendered) -> dict[str, str]:
    """The server's flags by name."""
    arguments = container(found)["args"]
    assert isinstance(arguments, list)
    pairs = (str(argument).removeprefix("--").partition("=")[::2] for argument in arguments)
    return dict(pairs)


def config(found: Rendered, file: str) -> str:
    """One of the server's configuration files."""
    return text_at(body(found, "ConfigMap"), "data", file)


def codes(found: Rendered) -> list[str]:
    """The codes of the warnings."""
    return [warning.code for warning in found.warnings]
