"""Argo CD's own engine looks at services that its controller would have applied to a real API server.

Needs no Argo CD in a cluster: an apply in its name, its engine's diff and health, and a write as the autoscaler makes
it. The wave is the engine's reading of the annotation.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.contract.delivery.deliveries import request
from tests.golden.golden_cases import CASES, Case, case
from tests.testbed import gitops
from tests.testbed.argocd import MANAGER, Answer, Question, ask, ensure_program
from tests.testbed.fixtures import Cluster
from tests.testbed.process import wait_until
from tests.testbed.replicas import scale_as_autoscaler
from tfk8s.app.manifest_files import write_files
from tfk8s.gitops.argocd import COMPARE_OPTIONS, argocd_files
from tfk8s.manifest.scalers import COUNTING
from tfk8s.manifest.yaml import load_documents

pytestmark = [
    pytest.mark.control_plane,
    pytest.mark.timeout(400),  # the engine is compiled where it is missing
    pytest.mark.xdist_group("delivery"),  # one worker, one control plane
]

_APPLY = ("apply", "--server-side", f"--field-manager={MANAGER}", "--force-conflicts", "--filename=-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A service as it is in Git, and Argo CD's view of it on a cluster."""

    cluster: Cluster
    namespace: str
    folder: Path
    openapi: Path
    wanted: list[dict[str, Any]] = field(default_factory=list)

    def commit(self, of: Case, **fields: Any) -> None:
        """Render into a repository, and build it as Argo CD does."""
        asked = request(of, fields={**fields, "namespace": self.namespace, "createNamespace": False})
        write_files(self.folder, argocd_files(asked))
        built = load_documents(gitops.kustomize("build", self.folder / "base"), source="kustomize")
        self.wanted[:] = [document.value for document in built if isinstance(document.value, dict)]

    def sync(self) -> None:
        """Apply as Argo CD's controller does."""
        self.cluster.kubectl(*_APPLY, stdin=self._wanted())

    def answers(self) -> dict[str, Answer]:
        """What Argo CD says of each object, by its kind."""
        get = ("get", "--filename=-", "--output=json", "--show-managed-fields")
        live = _items(self.cluster.kubectl(*get, stdin=self._wanted()))
        dry = (*_APPLY, "--dry-run=server", "--output=json", "--show-managed-fields")
        predicted = _items(self.cluster.kubectl(*dry, stdin=self._wanted()))
        questions = [
            Question(desired=wanted, live=found, predicted=said)
            for wanted, found, said in zip(self.wanted, live, predicted, strict=True)
        ]
        answers = ask(questions, openapi=self.openapi)
        return {wanted["kind"]: answer for wanted, answer in zip(self.wanted, answers, strict=True)}

    def count(self) -> int:
        """Replicas of the Deployment."""
        path = ("get", "deployment", _deployment(self), "--output=jsonpath={.spec.replicas}")
        return int(self.cluster.kubectl("--namespace", self.namespace, *path))

    def _wanted(self) -> str:
        return json.dumps({"apiVersion": "v1", "kind": "List", "items": self.wanted})


def _items(text: str) -> list[dict[str, Any]]:
    answer: dict[str, Any] = json.loads(text)
    return answer["items"] if answer["kind"] == "List" else [answer]


@pytest.fixture(scope="session")
def openapi(delivery_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all schemas of the API server, which takes up new kinds a moment after it serves them."""
    file = tmp_path_factory.mktemp("openapi") / "openapi.json"
    kinds = delivery_cluster.kubectl(
        "get", "customresourcedefinitions", "--output=jsonpath={.items[*].spec.names.kind}"
    )

    def is_whole() -> bool:
        text = delivery_cluster.kubectl("get", "--raw", "/openapi/v2")
        file.write_text(text, encoding="utf-8")
        return all(f'"kind":"{kind}"' in text for kind in kinds.split())

    wait_until(is_whole, timeout_s=60, what="the schemas of all kinds", interval_s=1)
    return file


@pytest.fixture
def delivery(delivery_cluster: Cluster, delivery_namespace: str, openapi: Path, tmp_path: Path) -> Delivery:
    ensure_program()
    gitops.ensure_programs()
    return Delivery(cluster=delivery_cluster, namespace=delivery_namespace, folder=tmp_path, openapi=openapi)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_argo_cd_sees_no_difference_whatever_the_cluster_and_the_autoscaler_set(case: Case, delivery: Delivery) -> None:
    delivery.commit(case)
    delivery.sync()
    if any(wanted["kind"] in COUNTING for wanted in delivery.wanted):
        scale_as_autoscaler(delivery.cluster, namespace=delivery.namespace, deployment=_deployment(delivery), count=4)

    answers = delivery.answers()

    assert {kind: answer.server_side for kind, answer in answers.items() if answer.server_side} == {}


def test_where_argo_cd_compares_by_itself_routes_would_be_different_for_ever(delivery: Delivery) -> None:
    """It does not know the defaults of custom kinds; so each Application asks for the API server's comparison."""
    delivery.commit(case("gateway-envoy"))
    delivery.sync()

    answers = delivery.answers()

    assert ".spec.parentRefs[0].kind: None instead of 'Gateway'" in answers["GRPCRoute"].structured
    assert answers["GRPCRoute"].server_side == answers["Deployment"].structured == []
    applications = [file.read_text("utf-8") for file in (delivery.folder / "argocd").iterdir()]
    assert all(f'{COMPARE_OPTIONS}: "ServerSideDiff=true"' in text for text in applications)


def test_a_number_of_pods_in_git_would_fight_the_autoscaler(delivery: Delivery) -> None:
    """Which is why it is left out, and no difference needs to be ignored."""
    delivery.commit(case("cpu-hpa"))
    delivery.sync()
    scale_as_autoscaler(delivery.cluster, namespace=delivery.namespace, deployment=_deployment(delivery), count=4)

    next(wanted for wanted in delivery.wanted if wanted["kind"] == "Deployment")["spec"]["replicas"] = 2

    answer = delivery.answers()["Deployment"]
    assert answer.structured == answer.server_side == [".spec.replicas: 2 instead of 4"]


def test_a_change_by_hand_is_a_difference(delivery: Delivery) -> None:
    delivery.commit(case("cpu-hpa"))
    delivery.sync()
    by_hand = {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 999}}}}
    target = ("--namespace", delivery.namespace, "patch", "deployment", _deployment(delivery))
    delivery.cluster.kubectl(*target, "--type=merge", "--patch", json.dumps(by_hand))

    (line,) = delivery.answers()["Deployment"].server_side
    assert line.startswith(".spec.template.spec.terminationGracePeriodSeconds: ")


def test_an_autoscaler_that_is_not_healthy_yet_holds_nothing_up(delivery: Delivery) -> None:
    """Until pods report metrics it is degraded, at which Argo CD ends a sync that has further waves."""
    delivery.commit(case("cpu-hpa"))
    delivery.sync()
    waits = {"type": "ScalingActive", "status": "False", "reason": "FailedGetResourceMetric", "message": "no metrics"}
    target = ("--namespace", delivery.namespace, "patch", "horizontalpodautoscaler", _deployment(delivery))
    status = json.dumps({"status": {"conditions": [{**waits, "lastTransitionTime": "2026-01-01T00:00:00Z"}]}})
    delivery.cluster.kubectl(*target, "--subresource=status", "--type=merge", "--patch", status)

    answers = delivery.answers()

    assert answers["HorizontalPodAutoscaler"].health == "Degraded"
    assert answers["HorizontalPodAutoscaler"].wave == max(answer.wave for answer in answers.values())
    assert answers["Deployment"].health == "Progressing"
    assert answers["Deployment"].wave < answers["HorizontalPodAutoscaler"].wave


@pytest.mark.parametrize(("is_held", "count"), [(True, 3), (False, 1)], ids=["held", "let-go"])
def test_an_autoscaler_takes_over_at_the_number_that_another_manager_holds(
    is_held: bool, count: int, delivery: Delivery
) -> None:
    """As docs/gitops.md says; where nobody holds the number that Argo CD lets go, it falls to 1."""
    delivery.commit(case("cpu-hpa"), scaling={"replicas": 3})
    delivery.sync()
    held = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": _deployment(delivery)}}
    held |= {"spec": {"replicas": 3}}
    hold = ("apply", "--server-side", "--field-manager=hand-over", "--filename=-")
    if is_held:
        delivery.cluster.kubectl("--namespace", delivery.namespace, *hold, stdin=json.dumps(held))

    delivery.commit(case("cpu-hpa"))
    delivery.sync()

    assert delivery.count() == count
    assert delivery.answers()["Deployment"].server_side == []


def _deployment(delivery: Delivery) -> str:
    name: str = next(wanted["metadata"]["name"] for wanted in delivery.wanted if wanted["kind"] == "Deployment")
    return name
