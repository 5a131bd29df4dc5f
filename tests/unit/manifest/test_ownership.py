from __future__ import annotations

from tfk8s.manifest.ownership import (
    CONFIG_HASH_ANNOTATION,
    INSTANCE_LABEL,
    MANAGED_BY_LABEL,
    is_owned,
    owner_selector,
    ownership_labels,
    service_selector,
    workload_selector,
)


def test_a_selector_holds_the_application_the_instance_and_the_component_alone() -> None:
    assert workload_selector("resnet") == {
        "app.kubernetes.io/name": "tensorflow-serving",
        "app.kubernetes.io/instance": "resnet",
        "app.kubernetes.io/component": "model-server",
    }


def test_a_canary_is_found_by_the_service_and_not_by_the_stable_deployment() -> None:
    canary = ownership_labels("resnet", component="model-server-canary")

    assert service_selector("resnet").items() <= canary.items()
    assert not workload_selector("resnet").items() <= canary.items()


def test_the_labels_of_our_objects_make_them_ours_for_their_own_instance_only() -> None:
    labels = ownership_labels("resnet")

    assert is_owned(labels, instance="resnet")
    assert not is_owned(labels, instance="bert")
    assert not is_owned({**labels, MANAGED_BY_LABEL: "Helm"}, instance="resnet")
    assert not is_owned({INSTANCE_LABEL: "resnet"}, instance="resnet")


def test_the_selector_for_the_api_names_both_labels() -> None:
    assert owner_selector("resnet") == "app.kubernetes.io/managed-by=tfk8s,app.kubernetes.io/instance=resnet"


def test_the_hash_of_the_configuration_is_an_annotation_of_our_domain() -> None:
    assert CONFIG_HASH_ANNOTATION == "tfk8s.dev/config-hash"
