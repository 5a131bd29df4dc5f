from __future__ import annotations

from typing import Any

import pytest

from tests.unit.gitops.deliveries import GITOPS, body, request
from tfk8s.errors import InputError
from tfk8s.gitops.argocd import SYNC_OPTIONS, WAVE, argocd_files
from tfk8s.gitops.kustomize import kustomize_files
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import object_at, text_at


def waves(**fields: Any) -> dict[str, int]:
    files = argocd_files(request(fields))
    bodies = [body(files, path) for path in files if path.startswith("base/") and "kustomization" not in path]
    return {text_at(item, "kind"): int(text_at(item, "metadata", "annotations", WAVE)) for item in bodies}


def application(files: dict[str, str], name: str) -> JsonObject:
    return object_at(body(files, f"argocd/application-{name}.yaml"), "spec")


def test_each_environment_is_an_application_of_its_overlay_and_namespace() -> None:
    other = {**GITOPS, "argocd": {"server": "https://prod.example.com", "automated": False}}
    files = dict(argocd_files(request({}, dev={"namespace": "dev"}, prod={"gitops": other})))

    dev, prod = application(files, "resnet-dev"), application(files, "resnet-prod")

    assert [path for path in files if path.startswith("argocd/")] == [
        "argocd/application-resnet-dev.yaml",
        "argocd/application-resnet-prod.yaml",
    ]
    assert dev["source"] == {
        "repoURL": "git@git.example.com:team/deploy.git",
        "targetRevision": "main",
        "path": "deploy/resnet/overlays/dev",
    }
    assert dev["destination"] == {"server": "https://kubernetes.default.svc", "namespace": "dev"}
    assert prod["destination"] == {"server": "https://prod.example.com", "namespace": "serving"}
    assert object_at(dev, "syncPolicy")["automated"] == {"prune": True, "selfHeal": True}
    assert "automated" not in object_at(prod, "syncPolicy")


def test_a_service_without_environments_is_one_application_of_the_base() -> None:
    files = dict(argocd_files(request({"gitops": {**GITOPS, "path": "."}})))

    assert object_at(application(files, "resnet"), "source")["path"] == "base"


def test_what_waits_for_others_is_synced_last() -> None:
    """Argo CD begins a wave when the one before is healthy, and an autoscaler is not until pods report metrics."""
    found = waves()

    assert found["ServiceAccount"] == found["NetworkPolicy"] == 0
    assert found["Service"] == found["Deployment"] == 1
    assert found["HorizontalPodAutoscaler"] == 2
    assert waves(expose={"type": "LoadBalancer"})["Service"] == 2
    of_keda = {"kind": "keda", "project": "my-project"}
    scaling = {"max": 5, "metrics": [{"requestsPerSecond": 50}], "source": of_keda}
    found = waves(scaling=scaling, serving={"podMonitoring": True})
    assert found["TriggerAuthentication"] == found["ScaledObject"] == found["PodMonitoring"] == 2


def test_nothing_is_ignored_and_no_namespace_is_ever_deleted() -> None:
    files = dict(argocd_files(request({"createNamespace": True})))

    annotations = object_at(body(files, "base/00-namespace-serving.yaml"), "metadata", "annotations")
    assert "ignoreDifferences" not in application(files, "resnet")
    assert annotations[SYNC_OPTIONS] == "Prune=false,Delete=false"


def test_the_rest_is_the_kustomize_form() -> None:
    asked = request({}, dev={"namespace": "dev"})

    found = argocd_files(asked)

    assert {path for path in found if not path.startswith("argocd/")} == set(kustomize_files(asked))
    assert argocd_files(asked) == found


@pytest.mark.parametrize("environments", [{}, {"dev": {"namespace": "dev"}}], ids=["alone", "environments"])
def test_without_a_repository_the_error_names_the_field(environments: dict[str, dict[str, Any]]) -> None:
    with pytest.raises(InputError, match=r"gitops\.repository is missing") as caught:
        argocd_files(request({"gitops": None}, **environments))

    assert ("environment dev" in str(caught.value)) == bool(environments)


def test_a_name_that_no_label_takes_is_refused() -> None:
    with pytest.raises(InputError, match="too long"):
        argocd_files(request({}, **{"e" * 60: {}}))
