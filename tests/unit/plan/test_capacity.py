from __future__ import annotations

import json

import pytest

from tests.fakes.service import deployment
from tfk8s.errors import InputError
from tfk8s.manifest import JsonObject, Manifest
from tfk8s.plan.capacity import check_claims, check_nodes, claims_used


def pods_that_request(**amounts: str) -> Manifest:
    body = json.loads(json.dumps(deployment(replicas=1).body))
    body["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": amounts}
    return Manifest.of(body)


def node(**allocatable: str) -> JsonObject:
    return {"status": {"allocatable": {**allocatable}}}


def test_a_request_above_the_largest_node_is_told_with_both_numbers() -> None:
    nodes = (node(cpu="1930m", memory="8Gi"), node(cpu="3920m", memory="8Gi"))

    (warning,) = check_nodes((pods_that_request(cpu="4"),), nodes)

    assert "cpu 4, and the largest node offers 3.92" in warning.message
    assert "never offers all" in warning.hint


def test_memory_is_told_in_mebibytes() -> None:
    (warning,) = check_nodes((pods_that_request(memory="9Gi"),), (node(cpu="4", memory="8152808Ki"),))

    assert "memory 9216Mi, and the largest node offers 7962Mi" in warning.message


def test_a_gpu_that_no_node_has_is_named() -> None:
    requested = pods_that_request(**{"nvidia.com/gpu": "1"})

    (warning,) = check_nodes((requested,), (node(cpu="4", memory="8Gi"),))

    assert "nvidia.com/gpu 1, and the largest node offers 0" in warning.message
    assert "GPU" in warning.hint


def test_a_request_that_fits_or_nodes_that_may_not_be_seen_warn_of_nothing() -> None:
    assert check_nodes((pods_that_request(cpu="2"),), (node(cpu="2", memory="1Gi"),)) == ()
    assert check_nodes((pods_that_request(cpu="200"),), ()) == ()


def on_claim(*, replicas: int = 1, strategy: str = "RollingUpdate") -> tuple[Manifest, ...]:
    body = json.loads(json.dumps(deployment(replicas=replicas).body))
    body["spec"]["strategy"] = {"type": strategy}
    body["spec"]["template"]["spec"]["volumes"] = [{"name": "m", "persistentVolumeClaim": {"claimName": "models"}}]
    return (Manifest.of(body),)


def claim(*modes: str) -> JsonObject:
    return {"metadata": {"name": "models"}, "spec": {"accessModes": [*modes]}}


def test_the_claims_of_the_pods_are_found() -> None:
    assert claims_used(on_claim()) == ("models",)


@pytest.mark.parametrize(("replicas", "strategy"), [(2, "Recreate"), (1, "RollingUpdate")])
def test_a_claim_for_one_node_is_refused_when_a_second_pod_may_come(replicas: int, strategy: str) -> None:
    with pytest.raises(InputError, match="ReadWriteOnce") as refusal:
        check_claims(on_claim(replicas=replicas, strategy=strategy), [claim("ReadWriteOnce")])

    assert refusal.value.exit_code == 3


def test_a_claim_that_fits_is_taken() -> None:
    check_claims(on_claim(replicas=5), [claim("ReadWriteOnce", "ReadOnlyMany")])
    check_claims(on_claim(replicas=1, strategy="Recreate"), [claim("ReadWriteOnce")])
