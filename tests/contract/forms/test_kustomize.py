"""The real kustomize and kubectl make of the kustomize form what `tfk8s render` renders, in every environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from tfk8s.manifest import JsonObject, ObjectRef

Read = Callable[[Path], Mapping[ObjectRef, JsonObject]]


@pytest.fixture(scope="module")
def builders(kubectl: str) -> tuple[Read, ...]:
    """Each program that builds a folder, and what kubectl reads then."""
    ensure_programs()
    return (
        lambda folder: as_kubectl_reads(kubectl, kustomize("build", folder), home=folder),
        lambda folder: as_kubectl_reads(kubectl, kubectl_kustomize(kubectl, folder), home=folder),
    )


def wrongs(request: FormRequest, folder: Path, build: Read) -> list[str]:
    """Everything that a program makes otherwise than `render` does."""
    rendered = {"base": request.rendered}
    rendered |= {f"overlays/{name}": there.rendered for name, there in request.environments.items()}
    return [
        f"{path}: {difference}"
        for path, wanted in rendered.items()
        for difference in differing(build(folder / path), objects(wanted.manifests))
    ]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_every_golden_case_is_built_as_it_is_rendered_in_every_environment(
    case: Case, tmp_path: Path, builders: tuple[Read, ...]
) -> None:
    request = request_of_case(case)
    write_files(tmp_path, kustomize_files(request))

    assert [wrong for build in builders for wrong in wrongs(request, tmp_path, build)] == []


# Shrinking would run the programs for minutes; what is drawn is small enough to be read.
@settings(max_examples=30, suppress_health_check=[*HealthCheck], phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(written=services())
def test_any_service_is_built_as_it_is_rendered(written: Written, builders: tuple[Read, ...]) -> None:
    request = written.request()
    with TemporaryDirectory() as name:
        write_files(Path(name), kustomize_files(request))

        assert [wrong for build in builders for wrong in wrongs(request, Path(name), build)] == []
