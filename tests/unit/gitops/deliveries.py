"""A service that is delivered from a repository, for the forms of Argo CD and Flux."""

from __future__ import annotations

from typing import Any

from tests.unit.render.specs import model, spec
from tfk8s.gitops import FormFiles, FormRequest, RenderedSpec
from tfk8s.manifest import JsonObject
from tfk8s.manifest.yaml import load_one
from tfk8s.render import RenderOptions, render

DIGEST = "sha256:" + "d" * 64
REPOSITORY = "registry.example.com/m"
GITOPS: dict[str, Any] = {"repository": "git@git.example.com:team/deploy.git", "path": "deploy/resnet"}
_BASE: dict[str, Any] = {
    "namespace": "serving",
    "image": {"repository": REPOSITORY},
    "scaling": {"min": 1, "max": 3},
    "gitops": GITOPS,
}


def request(fields: dict[str, Any] | None = None, **environments: dict[str, Any]) -> FormRequest:
    """The service with these fields, and in each environment with those besides."""
    base = _rendered(fields or {})
    there = {name: _rendered({**(fields or {}), **said}) for name, said in environments.items()}
    return FormRequest(spec=base.spec, rendered=base.rendered, environments=there)


def _rendered(fields: dict[str, Any]) -> RenderedSpec:
    made = spec(**{**_BASE, **fields})
    options = RenderOptions(image=f"{REPOSITORY}:v3@{DIGEST}")
    return RenderedSpec(spec=made, rendered=render(made, {"resnet": model()}, options=options))


def body(files: FormFiles, path: str) -> JsonObject:
    """What a file holds."""
    value = load_one(files[path], source=path).value
    assert isinstance(value, dict)
    return value
