"""`init`: a spec that applies as it stands, written from what is known of a model directory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import fill

from tfk8s.app.whole_file import write_whole
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject
from tfk8s.manifest.yaml import Comments, dump
from tfk8s.model import ModelInfo, ModelVersion, Signature, TensorSpec, shape_text, shown, size_text
from tfk8s.names.image import DEFAULT_BASE
from tfk8s.names.model import url_name
from tfk8s.render import render
from tfk8s.spec import API_VERSION, MAX_NAME, legal_name, load_spec
from tfk8s.spec.names import is_dns_label

_MOST_TENSORS = 12
"""Tensors of a signature that are listed; some models take hundreds."""

_REPOSITORY = """\
The model server; the model is baked into an image on top of it. Nodes of a kind cluster on this computer get the image
as it is, for every other cluster say where it is pushed: repository: registry.example.com/team/model"""
_SCALING = "The autoscaler needs metrics-server in the cluster. A fixed number of pods is {replicas: 2}."
_EXPOSE = "ClusterIP (inside the cluster), NodePort, LoadBalancer, Ingress or Gateway; ports: rest, grpc."
_CLUSTER = """\
What tfk8s up makes or finds. On Google Cloud:
{provider: gke, project: my-project, location: us-central1, name: serving, nodes: 3}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What goes into the spec: both names of the model, where it is, and the memory that it needs."""

    info: ModelInfo
    name: str
    url_name: str
    source: str
    memory: str = ""


def spec_text(info: ModelInfo, *, folder: Path, name: str | None = None) -> str:
    """Write the spec of a model that can be served.

    Args:
        info: the model; the caller has made sure that it can be served.
        folder: where the spec will be; the model is named relative to it.
        name: the service's name. Default: the directory's own, made legal where Kubernetes cannot hold it; the model
            keeps its own in the URL.

    Returns:
        commented YAML that `load_spec` reads.

    Raises:
        InputError: `name` is given and cannot name Kubernetes objects, or the path has no place in a text file.
    """
    if name is not None and not is_dns_label(name, longest=MAX_NAME):
        rule = f"lower-case letters, digits and dashes, a letter first, at most {MAX_NAME} characters"
        raise InputError(
            f"--name {shown(name)} cannot name Kubernetes objects ({rule})", hint=f"--name {legal_name(name)}"
        )
    facts = _Facts(
        info=info,
        name=name or legal_name(info.name),
        url_name=url_name(info.name),
        source=_source(info.path, folder),
    )
    return _text(replace(facts, memory=_memory(facts)))


def write_spec(text: str, file: Path, *, force: bool = False) -> None:
    """Put the spec into its file, whole or not at all.

    Raises:
        InputError: the file is there and `force` is not given, or it cannot be written.
    """
    if os.path.lexists(file) and not force:
        raise InputError(f"{file} exists", hint="--force replaces it, --out FILE writes another, --out - prints it")
    try:
        write_whole(file, text.encode())
    except OSError as error:
        raise InputError(
            f"cannot write {file}: {error.strerror}", hint="--out names a file that can be written"
        ) from error


def _source(model: Path, folder: Path) -> str:
    relative = os.path.relpath(model.resolve(), folder.resolve())
    if relative.startswith("../../.."):
        return str(model.resolve())
    return relative if relative in {".", ".."} or relative.startswith("../") else f"./{relative}"


def _memory(facts: _Facts) -> str:
    """The memory that `auto` comes to, and why; rendering also proves that the spec is one."""
    spec = load_spec(_text(facts), source="the spec of this model")
    rendered = render(spec, {facts.url_name: facts.info})
    found = next(explanation for explanation in rendered.explanations if explanation.path[-1] == "memory")
    return f" Here {found.value}: {found.reason}."


def _text(facts: _Facts) -> str:
    return "\n".join([_head(facts.info), *(dump(value, comments=comments) for value, comments in _sections(facts))])


def _head(info: ModelInfo) -> str:
    lines = ["A TensorFlow Serving service for tfk8s; docs/spec.md explains every field.", f"Model: {shown(info.name)}"]
    latest = info.latest
    if latest is not None:
        release = f", saved by TensorFlow {shown(latest.tensorflow_version)}" if latest.tensorflow_version else ""
        lines += [f"Version {latest.number}: {size_text(latest.size_bytes)}{release}"]
        lines += [line for signature in latest.signatures for line in _signature_lines(signature)]
    return "".join(f"# {line}\n" for line in lines)


def _signature_lines(signature: Signature) -> Iterator[str]:
    yield f"Signature {shown(signature.name)}:"
    yield from _tensor_lines("in", signature.inputs)
    yield from _tensor_lines("out", signature.outputs)


def _tensor_lines(way: str, tensors: tuple[TensorSpec, ...]) -> Iterator[str]:
    for tensor in tensors[:_MOST_TENSORS]:
        yield f"  {way:<3} {shown(tensor.key)}: {tensor.dtype.name} {shape_text(tensor)}"
    if len(tensors) > _MOST_TENSORS:
        yield f"  {way:<3} and {len(tensors) - _MOST_TENSORS} more: tfk8s inspect lists them"


def _sections(facts: _Facts) -> Iterator[tuple[JsonObject, Comments]]:
    """One part of the file each, with the comments in it."""
    named = "Name of every Kubernetes object of the service."
    if facts.name != facts.url_name:
        named += f"\nIn URLs the model is called {facts.url_name}."
    yield {"apiVersion": API_VERSION}, {}
    yield {"name": facts.name}, {("name",): named}
    yield {"namespace": "default"}, {}
    yield _model_section(facts)
    yield {"image": {"base": DEFAULT_BASE}}, {("image",): _REPOSITORY}
    yield _resources_section(facts)
    yield {"scaling": {"min": 1, "max": 3, "metrics": [{"cpu": 60}]}}, {("scaling",): _SCALING}
    yield {"expose": {"type": "ClusterIP", "ports": ["rest"]}}, {("expose",): _EXPOSE}
    yield {"cluster": {"provider": "kind", "name": "tfk8s"}}, {("cluster",): _CLUSTER}


def _model_section(facts: _Facts) -> tuple[JsonObject, Comments]:
    found = ", ".join(_version_text(version) for version in facts.info.versions)
    comments: Comments = {
        ("model", "name"): f"Name in the URL: /v1/models/{facts.url_name}",
        ("model", "source"): "The folder that holds the versions, relative to this file.",
        ("model", "versions"): f"latest, all, or a list of numbers. Found: {found}",
    }
    return {"model": {"name": facts.url_name, "source": facts.source, "versions": "latest"}}, comments


def _resources_section(facts: _Facts) -> tuple[JsonObject, Comments]:
    memory = f"Bytes, such as 4Gi, or auto: from the model's size with two versions in flight.{facts.memory}"
    comments: Comments = {
        ("resources", "cpu"): "Cores of a pod; thread pools follow it. 500m is half a core.",
        ("resources", "memory"): fill(memory, width=110, break_on_hyphens=False),
    }
    return {"resources": {"cpu": 1, "memory": "auto"}}, comments


def _version_text(version: ModelVersion) -> str:
    return f"{version.number} ({size_text(version.size_bytes)})"
