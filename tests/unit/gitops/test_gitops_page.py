from __future__ import annotations

import re
from pathlib import Path

from tfk8s.gitops import HEADER, FormRequest, RenderedSpec
from tfk8s.gitops.helm import helm_files
from tfk8s.gitops.kustomize import kustomize_files
from tfk8s.render import render
from tfk8s.spec.loader import load_whole

PAGE = Path(__file__).resolve().parents[3] / "docs" / "gitops.md"


def test_the_page_shows_what_its_spec_renders_to() -> None:
    spec_text, overlay, values = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[:3]
    spec, environments = load_whole(spec_text)
    there = {name: RenderedSpec(spec=variant, rendered=render(variant, {})) for name, variant in environments.items()}
    request = FormRequest(spec=spec, rendered=render(spec, {}), environments=there)

    kustomize, helm = kustomize_files(request), helm_files(request)

    assert kustomize["overlays/prod/kustomization.yaml"].endswith("kind: Kustomization\n" + overlay)
    assert helm["values-prod.yaml"] == f"{HEADER}\n{values}"
