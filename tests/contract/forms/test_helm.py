"""The real helm makes of the helm form what `tfk8s render` renders, in every environment, but for two things.

Helm makes the namespace itself (`--create-namespace`), and the label `managed-by` says who manages the release.
"""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.contract.forms.services import (
    Objects,
    Written,
    as_kubectl_reads,
    differing,
    objects,
    request_of_case,
    services,
)
from tests.golden.golden_cases import CHARTED, Case
from tests.testbed import gitops
from tests.testbed.gitops import Line
from tfk8s.app.manifest_files import write_files
from tfk8s.gitops import FormRequest
from tfk8s.gitops.helm import helm_files
from tfk8s.render import Rendered
from tfk8s.spec import ServiceSpec

_MANAGER = '"app.kubernetes.io/managed-by": '


pytestmark = pytest.mark.timeout(400)  # a machine with other work builds slowly


@pytest.fixture(scope="module", autouse=True)
def _programs() -> None:
    gitops.ensure_programs()


def as_helm_manages(rendered: Rendered) -> Objects:
    """The rendered objects with the two things that are otherwise."""
    return {
        ref: json.loads(json.dumps(body).replace(f'{_MANAGER}"tfk8s"', f'{_MANAGER}"Helm"'))
        for ref, body in objects(rendered.manifests).items()
        if ref.kind != "Namespace"
    }


def template(spec: ServiceSpec, folder: Path, *files: str, line: Line) -> str:
    """What helm makes of the chart in the folder and these values files of it."""
    values = [f"--values={folder / file}" for file in files]
    where = ("--namespace", spec.namespace, "--kube-version=1.34.0", "--skip-tests")
    return gitops.helm("template", spec.name, folder / "chart", *where, *values, line=line, env={"HOME": str(folder)})


def wrongs(request: FormRequest, folder: Path, *, kubectl: str, line: Line = "helm") -> list[str]:
    """Everything that helm makes otherwise than `render` does."""
    rendered = {"": request.rendered}
    made = {"": template(request.spec, folder, "values.yaml", line=line)}
    for name, there in request.environments.items():
        rendered[name] = there.rendered
        made[name] = template(there.spec, folder, "values.yaml", f"values-{name}.yaml", line=line)
    return [
        f"{name}: {difference}"
        for name, found in as_kubectl_reads(kubectl, made, home=folder).items()
        for difference in differing(found, as_helm_manages(rendered[name]))
    ]


@pytest.mark.parametrize("case", CHARTED, ids=[case.name for case in CHARTED])
def test_every_golden_case_is_made_as_it_is_rendered_in_every_environment(
    case: Case, tmp_path: Path, kubectl: str
) -> None:
    request = request_of_case(case)
    write_files(tmp_path, helm_files(request))

    assert wrongs(request, tmp_path, kubectl=kubectl) == []


@pytest.mark.parametrize("line", ["helm", "helm3"])
@settings(max_examples=15, suppress_health_check=[*HealthCheck], phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(written=services(images=("registry.example.com:5000/a/b:1.0",)))
def test_any_service_is_made_as_it_is_rendered(written: Written, line: Line, kubectl: str) -> None:
    request = written.request()
    with TemporaryDirectory() as name:
        write_files(Path(name), helm_files(request))

        assert wrongs(request, Path(name), kubectl=kubectl, line=line) == []


@pytest.mark.parametrize("length", [57, 58, 253])
def test_queries_find_the_pods_of_a_long_name(length: int, tmp_path: Path, kubectl: str) -> None:
    scaling = {"max": 3, "metrics": [{"requestsPerSecond": 5}], "source": {"kind": "keda", "server": "http://p:9090"}}
    spec = {
        "apiVersion": "tfk8s.dev/v1",
        "name": "half",
        "model": {"source": "pvc://models/half"},
        "existing": {"deployment": "a" * length, "selector": {"app": "half"}},
        "scaling": scaling,
    }
    request = Written(spec=spec, environment={}, images=(None, None)).request()
    write_files(tmp_path, helm_files(request))

    assert wrongs(request, tmp_path, kubectl=kubectl) == []


def test_the_values_of_an_environment_are_only_those_that_differ(tmp_path: Path) -> None:
    request = request_of_case(next(case for case in CHARTED if case.name == "cpu-hpa"))
    files = helm_files(request)

    assert files["values-same.yaml"].endswith("\n{}\n")
    assert "memory" not in files["values-labelled.yaml"]
    assert "max: null" in files["values-fixed.yaml"]
