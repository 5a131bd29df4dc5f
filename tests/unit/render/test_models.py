from __future__ import annotations

from typing import Any

import pytest

from tests.unit.render.specs import config, flags, model, pod, rendered
from tfk8s.errors import InputError
from tfk8s.manifest.fields import objects_at
from tfk8s.model import Finding, Severity

GOOGLE: dict[str, Any] = {"serviceAccount": {"googleServiceAccount": "none"}}


def served(**fields: Any) -> dict[str, object]:
    return {"source": "./models/resnet", **fields}


def test_labels_are_permitted_before_their_versions_are_loaded_and_list_each_version() -> None:
    found = rendered(model=served(labels={"stable": 1}), info=model(1, 2, 3))

    assert flags(found)["allow_version_labels_for_unavailable_models"] == "true"
    text = config(found, "models.config")
    assert "versions: 1\n" in text
    assert "versions: 3\n" in text
    assert "versions: 2\n" not in text
    assert 'key: "stable"' in text


def test_all_with_labels_lists_every_version_that_is_there() -> None:
    text = config(rendered(model=served(versions="all", labels={"a": 1}), info=model(1, 2)), "models.config")

    assert "versions: 1\n" in text
    assert "versions: 2\n" in text


def test_a_label_to_a_version_that_is_not_there_names_both() -> None:
    with pytest.raises(InputError, match="label stable of model resnet names version 7") as caught:
        rendered(model=served(labels={"stable": 7}), info=model(1, 2))

    assert caught.value.hint == "versions there: 1, 2"


def test_a_version_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="no version 9"):
        rendered(model=served(versions=[9]), info=model(1))


def test_a_model_that_cannot_be_served_is_refused_with_its_finding() -> None:
    info = model(1)
    broken = Finding(
        code="variables-missing",
        severity=Severity.ERROR,
        where="models/resnet/1",
        message="no variables",
        remedy="copy it",
    )

    with pytest.raises(InputError, match="no variables"):
        rendered(info=type(info)(path=info.path, name=info.name, versions=info.versions, findings=(broken,)))


def test_a_bucket_is_read_by_the_server_itself() -> None:
    found = rendered(model={"source": "gs://bucket/models/bert/"}, **GOOGLE)

    assert 'base_path: "gs://bucket/models/bert"' in config(found, "models.config")
    assert [volume["name"] for volume in objects_at(pod(found), "volumes")] == ["config", "tmp"]


def test_a_claim_is_mounted_once_and_read_only() -> None:
    models = [
        {"name": "a", "source": "pvc://shared/first"},
        {"name": "b", "source": "pvc://shared/second"},
        {"name": "c", "source": "pvc://other"},
    ]
    found = rendered(model=None, models=models)

    claims = [volume for volume in objects_at(pod(found), "volumes") if "persistentVolumeClaim" in volume]
    assert claims == [
        {"name": "models-0", "persistentVolumeClaim": {"claimName": "shared", "readOnly": True}},
        {"name": "models-1", "persistentVolumeClaim": {"claimName": "other", "readOnly": True}},
    ]
    text = config(found, "models.config")
    assert 'base_path: "/volumes/shared/second"' in text
    assert 'base_path: "/volumes/other"' in text


def test_several_models_load_beside_each_other() -> None:
    models = [{"name": "a", "source": "gs://bucket/a"}, {"name": "b", "source": "gs://bucket/b"}]

    assert int(flags(rendered(model=None, models=models, **GOOGLE))["num_load_threads"]) >= 1
    assert "num_load_threads" not in flags(rendered())


def test_batching_has_a_file_and_the_flag_that_reads_it() -> None:
    found = rendered(serving={"batching": {"maxBatchSize": 64, "allowedBatchSizes": [8, 64]}}, resources={"cpu": 3})

    assert flags(found)["enable_batching"] == "true"
    assert flags(found)["batching_parameters_file"] == "/etc/tfk8s/batching.config"
    text = config(found, "batching.config")
    assert "max_batch_size {\n  value: 64\n}" in text
    assert "num_batch_threads {\n  value: 3\n}" in text
    assert text.endswith("allowed_batch_sizes: 8\nallowed_batch_sizes: 64\n")


def test_numbers_inside_a_configuration_file_are_explained_as_well() -> None:
    found = rendered(serving={"batching": {}}, resources={"cpu": 3}, model=served(labels={"stable": 1}))

    reasons = {item.path: item.reason for item in found.explanations if item.ref.kind == "ConfigMap"}
    assert reasons[("data", "batching.config")].startswith(
        "num_batch_threads: one for each processor of the limit (3 CPU)"
    )
    assert "labels" in reasons[("data", "models.config")]
    own = rendered(serving={"batching": {"threads": 2}})
    assert not [item for item in own.explanations if item.ref.kind == "ConfigMap"]


def test_metrics_have_their_file_unless_they_are_switched_off() -> None:
    assert 'path: "/monitoring/prometheus/metrics"' in config(rendered(), "monitoring.config")
    off = rendered(serving={"monitoring": False})
    assert config(off, "monitoring.config") == ""
    assert "monitoring_config_file" not in flags(off)
