"""Pods that no node takes, in the scheduler's own words."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.diagnose.evidences import changed, codes_of, only
from tfk8s.manifest.evidence import Evidence

OF = "too-much-cpu"


def waiting(words: str) -> Evidence:
    def say(data: Any) -> None:
        for condition in data["pods"][0]["status"]["conditions"]:
            condition["message"] = words

    return changed(say, of=OF)


CAUSES = [
    (
        '0/3 nodes are available: persistentvolumeclaim "m" not found.',
        "claim-missing",
        "the claim m, which does not exist",
    ),
    ("0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.", "claim-pending", "no volume yet"),
    ("0/3 nodes are available: 3 node(s) had volume node affinity conflict.", "volume-zone", "zone"),
    ("0/1 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity.", "volume-zone", "zone"),
    ("0/3 nodes are available: 3 node(s) had untolerated taint {gpu: yes}.", "unschedulable", "the taint gpu: yes"),
    (
        "0/3 nodes are available: 1 node(s) had untolerated taint {control-plane: }, 2 node(s) didn't match Pod's node "
        "affinity/selector.",
        "unschedulable",
        "the taint control-plane",
    ),
    ("0/3 nodes are available: 3 Too many pods.", "unschedulable", "as many pods as it may"),
    ("0/3 nodes are available: 3 Insufficient nvidia.com/gpu.", "unschedulable", "nvidia.com/gpu"),
    (
        "0/3 nodes are available: 1 Insufficient cpu, 2 Insufficient memory.",
        "unschedulable",
        "not enough cpu and memory",
    ),
    ("0/3 nodes are available: something new.", "unschedulable", "no node can take it"),
]


@pytest.mark.parametrize(("words", "code", "cause"), CAUSES)
def test_the_schedulers_words_are_told_apart(words: str, code: str, cause: str) -> None:
    found = only(waiting(words), code)

    assert cause in found.cause
    assert found.evidence == (words,)
    assert found.command


def test_a_taint_of_nodes_that_lack_the_labels_too_is_not_the_cause() -> None:
    words = (
        "0/2 nodes are available: 1 node(s) had untolerated taint {control-plane: }, 1 node(s) didn't match Pod's node "
        "affinity/selector."
    )

    def ask(data: Any) -> None:
        data["pods"][0]["spec"]["nodeSelector"] = {"pool": "gpu"}
        for condition in data["pods"][0]["status"]["conditions"]:
            condition["message"] = words

    assert "no node has the labels that it asks for: pool=gpu" in only(changed(ask, of=OF), "unschedulable").cause


def test_a_request_that_would_fit_an_empty_node_says_that_others_are_in_the_way() -> None:
    def ask_less(data: Any) -> None:
        resources = data["pods"][0]["spec"]["containers"][0]["resources"]
        resources["requests"]["cpu"] = "1"

    assert "before what others request" in only(changed(ask_less, of=OF), "unschedulable").cause


def test_without_a_look_at_nodes_no_number_is_made_up() -> None:
    def hide(data: Any) -> None:
        del data["objects"]["nodes"]

    cause = only(changed(hide, of=OF), "unschedulable").cause

    assert cause == "no node can take it: not enough cpu"


def test_a_pod_that_has_a_node_is_not_told_of() -> None:
    def place(data: Any) -> None:
        for condition in data["pods"][0]["status"]["conditions"]:
            condition["status"] = "True"

    assert codes_of(changed(place, of=OF)) == []
