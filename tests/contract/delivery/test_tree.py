"""The real kustomize makes of both trees what `tfk8s render` renders, but for the tools' own annotations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.delivery.deliveries import request
from tests.golden.golden_cases import CASES, Case
from tests.testbed.gitops import ensure_programs, kustomize
from tfk8s.app.manifest_files import write_files
from tfk8s.gitops import FormFiles, FormRequest
from tfk8s.gitops.argocd import SYNC_OPTIONS, WAVE, argocd_files
from tfk8s.gitops.flux import PRUNE, flux_files
from tfk8s.manifest import JsonObject, Manifest, Manifests, ObjectRef
from tfk8s.manifest.fields import object_at
from tfk8s.manifest.yaml import load_documents


@pytest.mark.parametrize("form", [argocd_files, flux_files])
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_every_golden_case_is_built_as_it_is_rendered(
    case: Case, form: Callable[[FormRequest], FormFiles], tmp_path: Path
) -> None:
    ensure_programs()
    asked = request(case, dev={"namespace": "dev", "createNamespace": True, "labels": {"env": "dev"}})
    write_files(tmp_path, form(asked))

    built = kustomize("build", tmp_path / "overlays/dev")

    found = {ref: without(body) for ref, body in objects(built).items()}
    assert found == {manifest.ref: manifest.body for manifest in asked.environments["dev"].rendered.manifests}


def objects(text: str) -> dict[ObjectRef, JsonObject]:
    """The objects of a stream."""
    read: Manifests = tuple(
        Manifest.of(document.value)
        for document in load_documents(text, source="kustomize")
        if isinstance(document.value, dict)
    )
    return {manifest.ref: manifest.body for manifest in read}


def without(body: JsonObject) -> JsonObject:
    """The object without what Argo CD and Flux are told on it."""
    metadata = object_at(body, "metadata")
    texts = {key: text for key, text in object_at(metadata, "annotations").items() if key not in _OWN}
    rest = {key: value for key, value in metadata.items() if key != "annotations"}
    return {**body, "metadata": {**rest, "annotations": texts} if texts else rest}


_OWN = {WAVE, SYNC_OPTIONS, PRUNE}
