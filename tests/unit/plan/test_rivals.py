from __future__ import annotations

import json

from tests.fakes.keda import autoscaler_ref
from tests.fakes.service import small_service
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.plan.rivals import Rival, rival_warnings, rivals

BY_KUBERNETES = small_service(replicas=None).manifests
BY_KEDA = small_service(replicas=None, by_keda=True).manifests
OURS = frozenset(item.ref for item in (*BY_KUBERNETES, *BY_KEDA))


def scaler(name: str, *, at: str = "resnet", kind: str = "Deployment", owner: str = "") -> JsonObject:
    body: JsonObject = json.loads(json.dumps(BY_KUBERNETES[-1].body))
    owners: list[object] = [
        {"kind": "ScaledObject", "apiVersion": "keda.sh/v1alpha1", "name": owner, "controller": True}
    ]
    metadata = {"name": name, "namespace": "serving", **({"ownerReferences": owners} if owner else {})}
    return {**body, "metadata": metadata, "spec": {"scaleTargetRef": {"kind": kind, "name": at}}}  # type: ignore[dict-item]


def vertical(**spec: object) -> JsonObject:
    target: JsonObject = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "resnet"}
    metadata: JsonObject = {"name": "sizes", "namespace": "serving"}
    made: JsonObject = {"apiVersion": "autoscaling.k8s.io/v1", "kind": "VerticalPodAutoscaler", "metadata": metadata}
    return {**made, "spec": {"targetRef": target, **spec}}  # type: ignore[dict-item]


def refs(*live: JsonObject) -> list[str]:
    return [f"{rival.ref.kind}/{rival.ref.name}" for rival in rivals(BY_KUBERNETES, live, ours=OURS)]


def test_our_own_autoscaler_is_no_rival_nor_is_one_of_another_workload() -> None:
    assert refs(scaler("resnet"), scaler("other", at="bert"), scaler("set", kind="StatefulSet")) == []


def test_what_keda_makes_of_our_scaled_object_is_ours() -> None:
    assert refs(scaler("anything", owner="resnet")) == []


def test_what_keda_makes_of_another_scaled_object_is_told_as_that_once() -> None:
    theirs: JsonObject = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject"}
    theirs |= {"metadata": {"name": "theirs", "namespace": "serving"}, "spec": {"scaleTargetRef": {"name": "resnet"}}}

    assert refs(scaler("keda-hpa-theirs", owner="theirs"), theirs) == ["ScaledObject/theirs"]
    assert refs(scaler("keda-hpa-theirs", owner="theirs")) == ["ScaledObject/theirs"]


def test_a_vertical_autoscaler_is_a_rival_where_it_changes_what_ours_measures_against() -> None:
    (rival,) = rivals(BY_KUBERNETES, [vertical()], ours=OURS)

    assert str(rival).startswith("VerticalPodAutoscaler/sizes in serving changes the cpu request of Deployment/resnet")
    assert rival.remedy.startswith('kubectl -n serving patch vpa sizes --type merge -p \'{"spec"')
    assert refs(vertical(updatePolicy={"updateMode": "Off"})) == []
    assert rivals(BY_KEDA, [vertical()], ours=OURS) == ()
    assert rivals(small_service(replicas=2).manifests, [vertical()], ours=OURS) == ()


def test_a_name_that_keda_would_take_from_another_workload_is_a_rival() -> None:
    only_keda = frozenset(item.ref for item in BY_KEDA)

    (rival,) = rivals(BY_KEDA, [scaler("resnet", at="bert")], ours=only_keda)

    assert rival.ref == autoscaler_ref("resnet")
    assert "scales Deployment/bert" in rival.does


def test_beside_a_fixed_count_a_rival_is_a_warning() -> None:
    fixed = small_service(replicas=2).manifests
    deployment = ObjectRef(api_version="apps/v1", kind="Deployment", namespace="serving", name="resnet")
    rival = Rival(ref=autoscaler_ref("theirs"), deployment=deployment, does=f"counts the pods of {deployment}")

    (warning,) = rival_warnings(fixed, (rival,))

    assert "the spec says how many there are" in warning.message
    assert rival_warnings(BY_KUBERNETES, (rival,)) == ()
