from __future__ import annotations

import pytest

from tests.golden.conftest import Golden
from tests.golden.golden_cases import CASES, Case
from tfk8s.app.manifest_files import files_of
from tfk8s.check import Level, policy_findings
from tfk8s.check.policies import foreign_findings
from tfk8s.check.schema import schema_findings
from tfk8s.check.servers import Server, server_findings
from tfk8s.manifest.release import NEWEST_MINOR, OLDEST_MINOR
from tfk8s.manifest.yaml import load_one

NAMES = [case.name for case in CASES]


def test_every_shape_that_matters_has_a_case() -> None:
    assert set(NAMES) >= {
        "fixed-replicas",
        "cpu-hpa",
        "two-models",
        "gpu",
        "baked-image",
        "bucket",
        "claim",
        "labels",
        "ingress-nginx",
        "ingress-gke",
        "ingress-gke-internal",
        "gateway-envoy",
        "gateway-gke",
        "gateway-gke-regional",
        "gateway-shared",
        "existing",
    }


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_rendered_files_are_the_expected_ones(case: Case, golden: Golden) -> None:
    golden.check(case.expected, files_of(case.render()))


@pytest.mark.parametrize("minor", range(OLDEST_MINOR, NEWEST_MINOR + 1))
@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_every_object_passes_the_strict_schema_of_every_supported_release(case: Case, minor: int) -> None:
    rendered = case.render(minor=minor)

    assert [str(finding) for finding in schema_findings(rendered.manifests, minor=minor)] == []


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_every_object_keeps_our_policies(case: Case) -> None:
    found = policy_findings(case.render().manifests, kept=case.spec().existing.selector)
    known = {"public-grpc"} if case.spec().expose.expose_administration else set()
    assert [str(finding) for finding in found if finding.code not in known] == []


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_what_the_server_is_told_is_right_for_its_release_and_our_objects_are_fine_as_anybodys(case: Case) -> None:
    manifests, release = case.render().manifests, case.spec().server_release
    deployments = [item.ref for item in manifests if item.ref.kind == "Deployment"]
    servers = dict.fromkeys(deployments, Server(container=0, release=release))

    told = {finding.code for finding in server_findings(manifests, servers=servers)}
    as_anybodys = foreign_findings(manifests, servers=servers)

    assert told <= ({"release-unknown"} if release is None else set())
    assert [str(finding) for finding in as_anybodys if finding.level is Level.ERROR] == []


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_text_of_every_object_reads_back_as_the_object(case: Case) -> None:
    rendered = case.render()

    for manifest in rendered.manifests:
        assert load_one(rendered.text_of(manifest), source="text").value == manifest.body


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_rendering_twice_gives_the_same_bytes(case: Case) -> None:
    assert files_of(case.render()) == files_of(case.render())
