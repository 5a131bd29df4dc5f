from __future__ import annotations

from typing import Any

import pytest

from tests.unit.render.specs import model, spec
from tfk8s.errors import InputError
from tfk8s.gitops.helm_values import helm_values
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import object_at
from tfk8s.model import ModelInfo
from tfk8s.render import RenderOptions, render
from tfk8s.render.service_rules import rule_groups

REMOTE: dict[str, Any] = {"model": {"source": "pvc://models/resnet"}}


def values(*, info: ModelInfo | None = None, image: str | None = None, **fields: Any) -> JsonObject:
    made = spec(**fields)
    infos = {served.name: info for served in made.served_models if info is not None}
    return helm_values(made, render(made, infos, options=RenderOptions(image=image)))


def test_what_the_chart_does_by_itself_is_left_out() -> None:
    stated: dict[str, Any] = {
        "namespace": "serving",
        "createNamespace": True,
        "scaling": {"replicas": 1},
        "expose": {"type": "ClusterIP", "ports": ["rest"]},
        "resources": {"cpu": 1, "memory": "auto"},
        "lifecycle": {"timeoutSeconds": 900},
        "cluster": {"provider": "kind"},
    }

    assert values(**REMOTE, **stated) == REMOTE


def test_a_signature_that_helm_would_not_ask_for_is_no_value() -> None:
    made = spec(**REMOTE, image={"verify": {"key": "cosign.pub"}})

    assert helm_values(made, render(made, {}, options=RenderOptions())) == REMOTE


def test_numbers_that_follow_from_a_model_are_given_where_it_was_looked_at() -> None:
    seen = values(**REMOTE, info=model(size_mib=4000))

    assert seen == {**REMOTE, "resources": {"memory": "12416Mi"}, "lifecycle": {"startupSeconds": 470}}


def test_labels_come_with_the_versions_that_the_models_directory_was_seen_to_hold() -> None:
    served = {"source": "./models/resnet", "labels": {"stable": 1}}

    assert object_at(values(model=served, info=model(1, 3)), "model") == {**served, "versions": [1, 3]}


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("registry.example.com:5000/m:v3", {"repository": "registry.example.com:5000/m", "tag": "v3"}),
        ("m@sha256:" + "a" * 64, {"repository": "m", "digest": "sha256:" + "a" * 64}),
        ("m:v3@sha256:" + "a" * 64, {"repository": "m", "tag": "v3", "digest": "sha256:" + "a" * 64}),
    ],
)
def test_the_image_that_was_given_stands_in_parts(reference: str, parts: JsonObject) -> None:
    assert values(**REMOTE, image=reference)["image"] == parts


def test_an_image_that_has_no_repository_is_refused() -> None:
    with pytest.raises(InputError, match="Wrong/Case:1 cannot stand in the chart's values"):
        values(**REMOTE, image="Wrong/Case:1")


@pytest.mark.parametrize(
    ("expose", "part", "name"),
    [
        ({"type": "Ingress", "host": "a.example.com"}, "ingress", "gce"),
        ({"type": "Gateway", "host": "a.example.com"}, "gateway", "gke-l7-global-external-managed"),
        ({"type": "Gateway", "gateway": {"name": "shared"}}, "gateway", "gke-l7-global-external-managed"),
    ],
)
def test_a_class_that_follows_from_the_cluster_is_named(expose: JsonObject, part: str, name: str) -> None:
    cluster = {
        "provider": "gke",
        "name": "c",
        "project": "my-project",
        "location": "us-central1",
        "gatewayApi": "standard",
    }

    found = values(**REMOTE, expose=expose, cluster=cluster)

    assert object_at(found, "expose", part)["className"] == name


def test_who_collects_is_named_where_it_follows_from_the_cluster() -> None:
    cluster = {"provider": "gke", "name": "c", "project": "my-project", "location": "us-central1"}

    assert values(**REMOTE, cluster={**cluster, "managedPrometheus": True})["monitoring"] == {"scrape": "podMonitoring"}
    assert "monitoring" not in values(**REMOTE, cluster=cluster)


def test_rules_of_an_objective_are_given_because_the_chart_computes_none() -> None:
    monitoring = {"scrape": "podMonitor", "objective": {}}

    found = object_at(values(**REMOTE, monitoring=monitoring), "monitoring")

    assert found["ruleGroups"] == rule_groups(spec(**REMOTE, monitoring=monitoring))
    assert object_at(found, "objective")["availability"] == 99.9
    assert "ruleGroups" not in object_at(values(**REMOTE, monitoring={"objective": {}}), "monitoring")


def test_a_drain_that_is_stated_is_given_because_a_front_may_raise_the_default_alone() -> None:
    assert values(**REMOTE, lifecycle={"drainSeconds": 15})["lifecycle"] == {"drainSeconds": 15}


def test_numbers_that_helm_would_write_in_another_way_are_text() -> None:
    """Helm reads numbers of values files as doubles, and writes 1.0 as 1."""
    flags = {"per_process_gpu_memory_fraction": 1.0, "num_load_threads": 3}
    large = 2**53 + 1
    served = {"source": "pvc://models/resnet", "versions": [7, large], "labels": {"stable": large}}

    found = values(model=served, serving={"flags": flags})

    assert object_at(found, "serving")["flags"] == {"num_load_threads": 3, "per_process_gpu_memory_fraction": "1.0"}
    assert object_at(found, "model")["versions"] == [7, str(large)]
    assert object_at(found, "model")["labels"] == {"stable": str(large)}
