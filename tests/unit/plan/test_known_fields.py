from __future__ import annotations

from pathlib import Path

import pytest

from tfk8s.manifest import JsonValue, ObjectRef
from tfk8s.plan.known_fields import KNOWN_FIELDS, Found, known_owner
from tfk8s.plan.written import Writer

DOCUMENTATION = Path(__file__).parents[3] / "docs" / "drift.md"
CONTROLLER = Writer(manager="kube-controller-manager", operation="Update")
PERSON = Writer(manager="kubectl-edit", operation="Update")


def owner(
    kind: str,
    path: str,
    *,
    live: JsonValue = "x",
    in_git: bool = False,
    writer: Writer | None = None,
    marks: frozenset[str] = frozenset(),
    scaled: bool = False,
) -> str | None:
    ref = ObjectRef(api_version="v1", kind=kind, namespace="serving", name="resnet")
    found = Found(ref=ref, path=path, live=live, is_in_git=in_git, writer=writer, marks=marks, is_scaled=scaled)
    rule = known_owner(found)
    return rule.owner if rule else None


@pytest.mark.parametrize(
    ("kind", "path", "expected"),
    [
        ("Service", ".spec.clusterIP", "API server"),
        ("Service", ".spec.clusterIPs[0]", "API server"),
        ("Service", ".spec.ports[rest].nodePort", "API server"),
        ("Service", ".metadata.annotations[cloud.google.com/neg-status]", "GKE load balancers"),
        ("Ingress", ".metadata.annotations[ingress.kubernetes.io/backends]", "GKE load balancers"),
        ("Deployment", ".metadata.annotations[argocd.argoproj.io/tracking-id]", "Argo CD"),
        ("ConfigMap", ".metadata.labels[kustomize.toolkit.fluxcd.io/name]", "Flux"),
        ("ConfigMap", ".metadata.annotations[meta.helm.sh/release-name]", "Helm"),
        ("Deployment", ".spec.template.metadata.labels[helm.sh/chart]", "Helm"),
        ("ServiceAccount", ".secrets", "token controllers"),
        ("Deployment", ".spec.template.spec.nodeName", None),
    ],
)
def test_fields_of_others_have_an_owner(kind: str, path: str, expected: str | None) -> None:
    assert owner(kind, path) == expected


def test_what_a_person_wrote_is_drift_even_where_a_controller_may_write() -> None:
    path = ".metadata.annotations[networking.gke.io/anything]"

    assert owner("Ingress", path, writer=CONTROLLER) is not None
    assert owner("Ingress", path, writer=PERSON) is None


def test_what_git_says_is_drift_when_it_differs() -> None:
    assert owner("Service", ".spec.ports[rest].nodePort", in_git=True) is None
    assert owner("Deployment", ".spec.replicas", in_git=True, scaled=True, writer=CONTROLLER) is None


def test_the_count_is_the_autoscalers_where_git_has_one_or_a_controller_wrote_it() -> None:
    assert owner("Deployment", ".spec.replicas", scaled=True, writer=PERSON) is not None
    assert owner("Deployment", ".spec.replicas", writer=CONTROLLER) is not None
    assert owner("Deployment", ".spec.replicas", writer=PERSON) is None


def test_helm_may_say_that_it_manages_the_object_and_nobody_else_may() -> None:
    path = ".spec.template.metadata.labels[app.kubernetes.io/managed-by]"

    assert owner("Deployment", path, live="Helm", in_git=True) == "Helm"
    assert owner("Deployment", path, live="somebody", in_git=True) is None


def test_resources_are_autopilots_only_where_it_says_that_it_adjusted_them() -> None:
    path = ".spec.template.spec.containers[server].resources.requests.cpu"
    marks = frozenset({"autopilot.gke.io/resource-adjustment"})

    assert owner("Deployment", path, in_git=True, marks=marks) == "GKE Autopilot"
    assert owner("Deployment", path, in_git=True) is None
    assert owner("Deployment", path, in_git=True, marks=marks, writer=PERSON) is None


def test_every_rule_stands_in_the_documentation_with_its_reason() -> None:
    text = DOCUMENTATION.read_text(encoding="utf-8")
    rows = {tuple(cell.strip() for cell in line.strip("|").split(" | ")) for line in text.splitlines() if "|" in line}

    assert {(rule.fields, rule.owner, rule.reason) for rule in KNOWN_FIELDS} <= rows


def test_the_label_by_which_keda_finds_its_object_is_keda_s() -> None:
    path = ".metadata.labels[scaledobject.keda.sh/name]"

    assert owner("ScaledObject", path, writer=CONTROLLER) == "KEDA"
    assert owner("Service", path, writer=CONTROLLER) is None
