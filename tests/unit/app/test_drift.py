"""Drift against a fake cluster: what differs, what is others' by right, and what cannot be seen."""

from __future__ import annotations

import json

import pytest

from tests.fakes.cluster import FakeCluster
from tests.fakes.service import NAME, config_map, deployment, small_service
from tfk8s.app.drift import Expected, drift_json, drift_lines, service_drift
from tfk8s.app.service import Deployable
from tfk8s.manifest import JsonObject, Manifest, ObjectRef
from tfk8s.manifest.fields import object_at, objects_at
from tfk8s.plan.drift import Drift
from tfk8s.ports import ApplyOptions
from tfk8s.ports.cluster import ForbiddenError


def applied(deployable: Deployable, *, manager: str = "tfk8s") -> FakeCluster:
    cluster = FakeCluster()
    for manifest in deployable.manifests:
        cluster.apply(manifest, options=ApplyOptions(field_manager=manager))
    return cluster


def drift(deployable: Deployable, cluster: FakeCluster) -> Drift:
    expected = Expected(name=deployable.name, manifests=deployable.manifests)
    return service_drift(expected, cluster=cluster).drift


def found(deployable: Deployable, cluster: FakeCluster) -> list[tuple[str, str, list[str]]]:
    seen = drift(deployable, cluster)
    return [(item.state.value, item.ref.kind, [field.path for field in item.fields]) for item in seen.objects]


def edited(cluster: FakeCluster, ref: ObjectRef, *, manager: str = "kubectl-edit") -> JsonObject:
    """A copy of the live object, to be changed and put back with `put`."""
    body: JsonObject = json.loads(json.dumps(cluster.get(ref)))
    object_at(body, "metadata").pop("managedFields")
    return body


@pytest.mark.parametrize("manager", ["tfk8s", "argocd-controller", "helm"])
@pytest.mark.parametrize("replicas", [2, None])
def test_after_applying_there_is_no_drift_whichever_tool_did_it(manager: str, replicas: int | None) -> None:
    service = small_service(replicas=replicas)

    assert found(service, applied(service, manager=manager)) == []


def test_a_missing_a_changed_and_an_extra_object_are_told_apart() -> None:
    service = small_service()
    cluster = applied(service)
    cluster.delete(config_map(f"{NAME}-config").ref)
    cluster.apply(config_map("resnet-old", a="1"))
    cluster.scale(service.deployment, 3, manager="kubectl")

    assert found(service, cluster) == [
        ("missing", "ConfigMap", []),
        ("changed", "Deployment", [".spec.replicas"]),
        ("extra", "ConfigMap", []),
    ]


def test_a_field_that_somebody_added_is_drift_with_its_author() -> None:
    service = small_service()
    cluster = applied(service)
    body = edited(cluster, service.deployment)
    object_at(body, "spec", "template", "spec")["hostNetwork"] = True
    cluster.put(body, manager="kubectl-edit")

    (item,) = drift(service, cluster).objects
    (field,) = item.fields

    assert (field.path, field.git, field.live) == (".spec.template.spec.hostNetwork", None, True)
    assert field.writer is not None
    assert field.writer.manager == "kubectl-edit"


def test_the_count_under_an_autoscaler_is_left_alone_with_the_reason() -> None:
    service = small_service(replicas=None)
    cluster = applied(service)
    cluster.scale(service.deployment, 4)

    seen = drift(service, cluster)

    assert seen.objects == ()
    assert [(item.path, item.owner) for item in seen.left_alone] == [(".spec.replicas", "HorizontalPodAutoscaler")]


def test_a_service_whose_autoscaler_was_deleted_has_drift() -> None:
    service = small_service(replicas=None)
    cluster = applied(service)
    scaler = next(item.ref for item in service.manifests if item.ref.kind == "HorizontalPodAutoscaler")
    cluster.delete(scaler)

    assert found(service, cluster) == [("missing", "HorizontalPodAutoscaler", [])]


def test_objects_that_a_controller_made_for_the_service_are_not_extra() -> None:
    service = small_service()
    cluster = applied(service)
    made = config_map("resnet-made", a="1").body
    object_at(made, "metadata")["ownerReferences"] = [{"kind": "Deployment", "name": NAME, "controller": True}]
    cluster.put(made)

    assert found(service, cluster) == []


def test_a_viewer_sees_what_git_says_and_what_people_added_and_is_told_so() -> None:
    service = small_service()
    cluster = applied(service)
    cluster.unpatchable = frozenset({"Deployment", "ConfigMap", "Service", "ServiceAccount", "PodDisruptionBudget"})
    body = edited(cluster, service.deployment)
    object_at(body, "spec", "template", "spec")["hostNetwork"] = True
    object_at(body, "spec")["replicas"] = 5
    cluster.put(body, manager="kubectl-edit")

    seen = drift(service, cluster)

    assert [field.path for field in seen.objects[0].fields] == [".spec.replicas", ".spec.template.spec.hostNetwork"]
    assert len(seen.notes) == 1
    assert "may not patch" in seen.notes[0]


@pytest.mark.parametrize(("live", "expected"), [("0.1", []), ("200m", ["Deployment"])])
def test_a_viewer_is_not_told_of_another_spelling_of_an_amount(live: str, expected: list[str]) -> None:
    service = small_service()
    cluster = applied(service)
    cluster.unpatchable = frozenset({"Deployment"})
    body = edited(cluster, service.deployment)
    (container,) = objects_at(body, "spec", "template", "spec", "containers")
    object_at(container, "resources", "requests")["cpu"] = live
    cluster.put(body, manager="tfk8s")

    assert [kind for _, kind, _ in found(service, cluster)] == expected


def test_a_selector_that_cannot_be_replaced_is_still_compared() -> None:
    service = small_service()
    cluster = applied(service)
    body = json.loads(json.dumps(deployment().body))
    body["spec"]["selector"]["matchLabels"] = {"app": "other"}
    cluster.delete(service.deployment)
    cluster.put(body, manager="helm")

    (item,) = drift(service, cluster).objects

    assert ".spec.selector.matchLabels[app.kubernetes.io/instance]" in [field.path for field in item.fields]


def test_what_may_not_be_read_is_named_and_nothing_at_all_is_an_error() -> None:
    service = small_service()
    cluster = applied(service)
    cluster.forbidden = frozenset({"ServiceAccount"})

    assert drift(service, cluster).notes[0].startswith("ServiceAccount/resnet in serving was not looked at")

    cluster.forbidden = frozenset(item.ref.kind for item in service.manifests)
    with pytest.raises(ForbiddenError):
        drift(service, cluster)


def test_values_of_a_secret_are_masked() -> None:
    secret = Manifest.of(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "key", "namespace": "serving"},
            "stringData": {"token": "hidden-before"},
        }
    )
    service = small_service(extra=(secret,))
    cluster = applied(service)
    cluster.unpatchable = frozenset({"Secret"})
    cluster.put({**secret.body, "stringData": {"token": "hidden-after"}}, manager="kubectl-edit")
    expected = Expected(name=service.name, manifests=service.manifests)

    seen = service_drift(expected, cluster=cluster)
    text = "\n".join(drift_lines(seen)) + json.dumps(drift_json(seen))

    assert "Secret/key" in text
    assert "hidden" not in text


def test_the_text_names_both_values_the_author_and_what_the_way_back_would_do() -> None:
    service = small_service()
    cluster = applied(service)
    cluster.scale(service.deployment, 3, manager="kubectl")
    expected = Expected(name=service.name, manifests=service.manifests)

    lines = list(drift_lines(service_drift(expected, cluster=cluster)))

    assert lines == [
        "changed Deployment/resnet in serving",
        "  .spec.replicas: 2 in Git, 3 in the cluster (by kubectl through scale)",
        "  back to Git: replicas 3 to 2: no restart, 1 pod fewer",
        "resnet in serving: 1 changed; Git has 5 objects",
    ]


def test_every_line_is_printable_whatever_the_cluster_holds() -> None:
    unseen = "a\ufeff\u200b\u202e\u2028\x1b[2J\n\x85\x9b\x7f\ud800"
    service = small_service(extra=(config_map("words", key="a"),))
    cluster = applied(service)
    cluster.put(config_map("words", key=unseen, **{unseen: unseen}).body, manager=unseen)

    lines = list(drift_lines(service_drift(Expected(name=service.name, manifests=service.manifests), cluster=cluster)))

    assert any("\\ufeff\\u200b\\u202e" in line for line in lines)
    assert [line for line in lines if not line.isprintable()] == []
