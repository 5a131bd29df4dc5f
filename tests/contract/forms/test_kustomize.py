"""The real kustomize and kubectl make of the kustomize form what `tfk8s render` renders, in every environment."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.contract.forms.services import (
    Written,
    as_kubectl_reads,
    differing,
    kubectl_kustomize,
    objects,
    request_of_case,
    services,
)
from tests.golden.golden_cases import CASES, Case
from tests.testbed.gitops import ensure_programs, kustomize
from tfk8s.app.manifest_files import write_files
from tfk8s.gitops import FormRequest
from tfk8s.gitops.kustomize import kustomize_files

DIGEST = "sha256:" + "d" * 64
IMAGES = (f"registry.example.com:5000/a/b:1.0@{DIGEST}", f"[::1]:5000/x@{DIGEST}", "a/b:1")

pytestmark = pytest.mark.timeout(400)  # a machine with other work builds slowly


@pytest.fixture(scope="module", autouse=True)
def _programs() -> None:
    ensure_programs()


def wrongs(request: FormRequest, folder: Path, *, kubectl: str) -> list[str]:
    """Everything that kustomize or kubectl makes otherwise than `render` does."""
    rendered = {"base": request.rendered}
    rendered |= {f"overlays/{name}": there.rendered for name, there in request.environments.items()}
    built = {path: kustomize("build", folder / path) for path in rendered}
    built |= {f"kubectl {path}": kubectl_kustomize(kubectl, folder / path) for path in rendered}
    return [
        f"{path}: {difference}"
        for path, found in as_kubectl_reads(kubectl, built, home=folder).items()
        for difference in differing(found, objects(rendered[path.removeprefix("kubectl ")].manifests))
    ]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_every_golden_case_is_built_as_it_is_rendered_in_every_environment(
    case: Case, tmp_path: Path, kubectl: str
) -> None:
    request = request_of_case(case)
    write_files(tmp_path, kustomize_files(request))

    assert wrongs(request, tmp_path, kubectl=kubectl) == []


# Shrinking would run the programs for minutes; what is drawn is small enough to be read.
@settings(max_examples=20, suppress_health_check=[*HealthCheck], phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(written=services(images=IMAGES))
def test_any_service_is_built_as_it_is_rendered(written: Written, kubectl: str) -> None:
    request = written.request()
    with TemporaryDirectory() as name:
        write_files(Path(name), kustomize_files(request))

        assert wrongs(request, Path(name), kubectl=kubectl) == []
