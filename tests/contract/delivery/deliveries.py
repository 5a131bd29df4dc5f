"""Golden cases as they are delivered from a repository."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.golden.golden_cases import Case
from tests.testbed.fixtures import Cluster
from tests.testbed.progress import SetupError
from tfk8s.app.render import RenderRequest, render_service
from tfk8s.gitops import FormRequest, RenderedSpec
from tfk8s.manifest.yaml import dump, load_one
from tfk8s.render import RenderOptions
from tfk8s.spec import load_spec
from tfk8s.spec.environments import merge

GITOPS: dict[str, Any] = {"repository": "git@git.example.com:team/deploy.git", "path": "deploy/resnet"}
DIGEST = "sha256:" + "d" * 64


def request(case: Case, *, fields: Mapping[str, Any] | None = None, **environments: dict[str, Any]) -> FormRequest:
    """A case with these fields, and in each environment with those besides."""
    base = _rendered(case, fields or {})
    there = {name: _rendered(case, {**(fields or {}), **said}) for name, said in environments.items()}
    return FormRequest(spec=base.spec, rendered=base.rendered, environments=there)


def _rendered(case: Case, fields: Mapping[str, Any]) -> RenderedSpec:
    written = load_one((case.folder / "service.yaml").read_text(encoding="utf-8"), source=case.name).value
    assert isinstance(written, dict)
    spec = load_spec(dump(merge(written, {"gitops": GITOPS, **fields})))
    options = RenderOptions(image=f"{spec.image.repository}:v3@{DIGEST}" if spec.image.repository else None)
    asked = RenderRequest(spec=spec, base=case.folder, infos=case.infos(), options=options)
    return RenderedSpec(spec=spec, rendered=render_service(asked))


def refusal(cluster: Cluster, text: str) -> str:
    """What the API server says against an object; "" when it takes it as it is, unknown fields and all."""
    try:
        cluster.kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", "--filename=-", stdin=text)
    except SetupError as error:
        return str(error)
    return ""
