from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.errors import InputError
from tfk8s.manifest import Manifest
from tfk8s.manifest.order import apply_rank, in_apply_order


def an_object(kind: str, name: str = "resnet") -> Manifest:
    return Manifest.of({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "serving"}})


def test_what_pods_need_comes_before_the_deployment_and_what_reads_it_comes_after() -> None:
    kinds = ["HorizontalPodAutoscaler", "Deployment", "Service", "ConfigMap", "ServiceAccount", "NetworkPolicy"]

    ordered = in_apply_order(an_object(kind) for kind in [*kinds, "PodDisruptionBudget", "Namespace"])

    assert [manifest.ref.kind for manifest in ordered] == [
        "Namespace",
        "NetworkPolicy",
        "ServiceAccount",
        "ConfigMap",
        "Service",
        "Deployment",
        "PodDisruptionBudget",
        "HorizontalPodAutoscaler",
    ]


def test_unknown_kinds_come_last_and_are_kept() -> None:
    ordered = in_apply_order([an_object("HealthCheckPolicy"), an_object("HorizontalPodAutoscaler")])

    assert [manifest.ref.kind for manifest in ordered] == ["HorizontalPodAutoscaler", "HealthCheckPolicy"]


def test_an_object_that_is_named_twice_is_refused() -> None:
    with pytest.raises(InputError, match="Service/resnet in serving is there twice"):
        in_apply_order([an_object("Service"), an_object("Service")])


@given(st.permutations([("Service", "a"), ("Service", "b"), ("Deployment", "a"), ("Widget", "a"), ("Gadget", "a")]))
def test_the_order_does_not_depend_on_the_order_of_the_input(names: list[tuple[str, str]]) -> None:
    ordered = in_apply_order(an_object(kind, name) for kind, name in names)

    assert [(manifest.ref.kind, manifest.ref.name) for manifest in ordered] == [
        ("Service", "a"),
        ("Service", "b"),
        ("Deployment", "a"),
        ("Gadget", "a"),
        ("Widget", "a"),
    ]


def test_ranks_of_known_kinds_differ() -> None:
    kinds = ("Namespace", "ConfigMap", "Service", "Deployment", "HorizontalPodAutoscaler")

    ranks = [apply_rank(an_object(kind).ref) for kind in kinds]

    assert ranks == sorted(set(ranks))
