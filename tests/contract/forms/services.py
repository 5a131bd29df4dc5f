"""Services in several environments, as requests of a form, and what a tool makes of the form's files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from hypothesis import reject
from hypothesis import strategies as st

from tests.golden.golden_cases import Case
from tests.golden.strategies import documents, spec_of
from tests.testbed.process import SHORT_LIVED, run
from tfk8s.errors import InputError
from tfk8s.gitops import FormRequest, RenderedSpec
from tfk8s.manifest import JsonObject, Manifest, Manifests, ObjectRef
from tfk8s.manifest.yaml import dump, load_one
from tfk8s.manifest.yaml_scalars import resolve
from tfk8s.model import ModelInfo
from tfk8s.render import RenderOptions, render
from tfk8s.spec import ServiceSpec, load_spec
from tfk8s.spec.environments import merge

_PROBE = "tfk8s.dev/probe"
_END: JsonObject = {"apiVersion": "tfk8s.dev/v1", "kind": "End", "metadata": {"name": "of-a-text"}}

ENVIRONMENTS: Mapping[str, JsonObject] = {
    "same": {},
    "namespace": {"namespace": "elsewhere"},
    "labelled": {"labels": {"env": "dev", "team": "other"}, "annotations": {"example.com/on": "1e3"}},
    "bare": {"labels": None, "annotations": None, "placement": None, "serving": None, "lifecycle": None},
    "fixed": {"scaling": {"replicas": 1}, "networkPolicy": {"enabled": False}, "podDisruptionBudget": "none"},
    "scaled": {"scaling": {"min": 2, "max": 7}, "namespace": "elsewhere", "createNamespace": True},
    "lists": {"serving": {"env": {"A": "$(B)", "C": "no"}, "requestTimeoutSeconds": 77, "filePollSeconds": 5}},
    "image": {"image": {"base": "registry.example.com/own:2.19.1", "repository": "registry.example.com/new/model"}},
    "renamed": {"name": "another", "namespace": "elsewhere", "labels": {"env": "dev"}},
    "grpc": {"expose": {"type": "ClusterIP", "ports": ["grpc"]}},
}
"""What environments differ in; laid over every golden case that can have it."""


def request_of_case(case: Case) -> FormRequest:
    """A golden case with every environment that goes with it."""
    written = load_one((case.folder / "service.yaml").read_text(encoding="utf-8"), source=case.name).value
    assert isinstance(written, dict)
    infos = case.infos()
    there = {}
    for name, said in ENVIRONMENTS.items():
        with suppress(InputError):  # such as a front's settings without that front
            there[name] = _rendered(load_spec(dump(merge(written, said))), infos)
    assert {"same", "namespace", "labelled"} <= there.keys()
    base = _rendered(case.spec(), infos)
    return FormRequest(spec=base.spec, rendered=base.rendered, environments=there)


def _rendered(spec: ServiceSpec, infos: Mapping[str, ModelInfo], *, image: str | None = None) -> RenderedSpec:
    known = {name: info for name, info in infos.items() if name in {model.name for model in spec.served_models}}
    if len(spec.served_models) == 1 and infos:  # a model without a name is named as the service
        known = {spec.served_models[0].name: next(iter(infos.values()))}
    return RenderedSpec(spec=spec, rendered=render(spec, known, options=RenderOptions(image=image)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A spec, what an environment says, and the image of each, as they are drawn: small enough to be shown."""

    spec: dict[str, Any]
    environment: dict[str, Any]
    images: tuple[str | None, str | None]

    def request(self) -> FormRequest:
        """The request of a form, where the environment goes with the spec."""
        try:
            spec, there = spec_of(self.spec), spec_of(merge(self.spec, self.environment))
        except ValueError:
            reject()
        base = _rendered(spec, {}, image=self.images[0])
        environments = {"there": _rendered(there, {}, image=self.images[1])}
        return FormRequest(spec=base.spec, rendered=base.rendered, environments=environments)


@st.composite
def services(draw: st.DrawFn, *, images: Sequence[str]) -> Written:
    """Any valid spec with an environment that takes parts of any other, without what kustomize does not carry."""
    spec, other = carried(draw(documents())), carried(draw(documents()))
    parts = draw(st.sets(st.sampled_from(sorted(other.keys() - {"apiVersion", "models"})), max_size=6))
    image = st.none() | st.sampled_from(images)
    said = {key: other[key] for key in sorted(parts)}
    return Written(spec=spec, environment=said, images=(draw(image), draw(image)))


def carried(value: Any) -> Any:
    """The value without the characters and keys that kustomize loses."""
    if isinstance(value, str):
        return re.sub("[\x7f-\x9f\ufffe\uffff]", "", value)
    if isinstance(value, dict):
        return {key if isinstance(resolve(key), str) else f"k{key}": carried(item) for key, item in value.items()}
    return [carried(item) for item in value] if isinstance(value, list) else value


Objects: TypeAlias = dict[ObjectRef, JsonObject]
"""Objects by what names them."""


def objects(manifests: Manifests) -> Objects:
    """Objects by what names them."""
    return {manifest.ref: manifest.body for manifest in manifests}


def as_kubectl_reads(kubectl: str, texts: Mapping[str, str], *, home: Path) -> dict[str, Objects]:
    """The objects of each text as kubectl would send them, each once; one call reads all texts."""
    marked = [text.removesuffix("\n") + f"\n---\n{dump(_END)}" for text in texts.values()]
    command = [kubectl, "annotate", "--local", "-f", "-", f"{_PROBE}=1", "-o", "json"]
    environment = {**SHORT_LIVED, "HOME": str(home), "KUBECONFIG": str(home / "none")}
    done = run(command, timeout_s=100, env=environment, stdin="---\n".join(marked))
    decoder, rest = json.JSONDecoder(), done.strip()
    found: list[Objects] = [{}]
    while rest:
        body, end = decoder.raw_decode(rest)
        rest = rest[end:].lstrip()
        del body["metadata"]["annotations"][_PROBE]
        if not body["metadata"]["annotations"]:
            del body["metadata"]["annotations"]
        manifest = Manifest.of(body)
        assert manifest.ref not in found[-1]
        if body == _END:
            found.append({})
        else:
            found[-1][manifest.ref] = body
    return dict(zip(texts, found[:-1], strict=True))


def kubectl_kustomize(kubectl: str, folder: Path) -> str:
    """What kubectl's own kustomize makes of a folder; it needs no cluster."""
    return run([kubectl, "kustomize", folder], timeout_s=60, env={**SHORT_LIVED, "HOME": str(folder)})


def differing(found: Objects, wanted: Objects) -> list[str]:
    """Both texts of each object that is not as wanted."""
    return [
        f"{ref}:\n{dump(found.get(ref))}instead of\n{dump(wanted.get(ref))}"
        for ref in {**wanted, **found}
        if found.get(ref) != wanted.get(ref)
    ]
