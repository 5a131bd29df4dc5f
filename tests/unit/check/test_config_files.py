"""The server's configuration files, as ConfigMaps hold them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.check.objects import DEPLOYMENT, changed, container, pod
from tfk8s.check.findings import CheckFinding
from tfk8s.check.servers import Server, server_findings
from tfk8s.manifest import Manifest

_FLAGS = {
    "models": "--model_config_file=/etc/tfs/models",
    "batching": "--batching_parameters_file=/etc/tfs/batching",
    "monitoring": "--monitoring_config_file=/etc/tfs/monitoring",
}
_LABELS = "--allow_version_labels_for_unavailable_models=true"


def _found(
    key: str, text: str | None, *args: str, release: tuple[int, int] = (2, 20), namespace: str = "serving"
) -> tuple[CheckFinding, ...]:
    def mounted(body: dict[str, Any]) -> None:
        pod(body)["volumes"].append({"name": "config", "configMap": {"name": "tfs"}})
        mounts = [{"name": "tmp", "mountPath": "/etc"}, {"name": "config", "mountPath": "/etc/tfs"}]
        container(body).update(args=[_FLAGS[key], "--enable_batching=true", *args], volumeMounts=mounts)

    deployment = Manifest.of(changed(DEPLOYMENT, mounted))
    data: dict[str, Any] = {} if text is None else {key: text}
    config: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "tfs", "namespace": namespace},
    }
    manifests = (deployment, Manifest.of({**config, "data": data}))
    servers = {deployment.ref: Server(container=0, release=release)}
    return tuple(server_findings(manifests, servers=servers))


def _model(text: str = "", *, name: str = "a", path: str = "/models/a", platform: str = "tensorflow") -> str:
    return f'config {{ name: "{name}" base_path: "{path}" model_platform: "{platform}" {text} }}'


def _models(*models: str) -> str:
    return "model_config_list { " + " ".join(models) + " }"


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("models", _models(_model(), _model(name="b", path="gs://bucket/b"))),
        ("models", _models(_model("model_version_policy { specific { versions: 1 versions: 2 } }"))),
        ("models", _models(_model("model_version_policy { all: {} }"))),
        ("models", 'model_config_list: { config: { name: "a", base_path: "/a", model_type: TENSORFLOW } }'),
        ("batching", "max_batch_size { value: 8 } allowed_batch_sizes: [2, 8] pad_variable_length_inputs: true"),
        ("batching", "allowed_batch_sizes: 1000"),
        ("monitoring", 'prometheus_config: { enable: true, path: "/metrics" }'),
    ],
)
def test_files_that_the_server_reads_are_found_nothing_wrong_with(key: str, text: str) -> None:
    assert _found(key, text) == ()


@pytest.mark.parametrize(
    ("key", "text", "code", "told"),
    [
        ("models", "model_config_list {", "config-text", "is no text form of ModelServerConfig"),
        ("models", _models(_model("base_pth: 1")), "config-field", "did you mean base_path?"),
        ("models", _models(_model('name: "b"')), "config-field", "stands 2 times"),
        ("models", _models(_model('version_labels { key: "s" value: "1" }')), "config-field", "must be a number"),
        ("models", _models(_model("model_version_policy { all {} latest {} }")), "config-field", "all and latest"),
        ("models", _models(_model(), _model()), "config-model", "model a stands there twice"),
        ("models", _models(_model(path="models/a")), "config-model", "is relative"),
        ("models", _models(_model(path="")), "config-model", "has no base_path"),
        ("models", _models(_model(platform="")), "config-model", "has no model_platform"),
        ("models", _models(_model(name="")), "config-model", "a model has no name"),
        ("models", _models(_model(path="s3://b/m")), "path-scheme", "no file system s3:// since 2.7"),
        ("models", _models(_model('version_labels { key: "s" value: 1 }')), "config-labels", _LABELS),
        ("batching", "max_batch_size: 8", "config-field", "write max_batch_size { value: 8 }"),
        ("batching", "max_batch_size { value: 8 } allowed_batch_sizes: [4, 2]", "config-batch-sizes", "ascend"),
        ("batching", "max_batch_size { value: 8 } allowed_batch_sizes: 4", "config-batch-sizes", "which is 8"),
        ("batching", "allowed_batch_sizes: 4", "config-batch-sizes", "1000 when it is not given"),
        ("monitoring", "prometheus_config { enabled: true }", "config-field", "did you mean enable?"),
        ("monitoring", "prometheus_config { enable: 3 }", "config-field", "must be a boolean"),
        ("monitoring", "prometheus_config { enable {} }", "config-field", "must be a boolean"),
        ("batching", "allowed_batch_sizes { value: 8 }", "config-field", "must be a number"),
        ("models", _models(_model("model_version_policy { specific { versions {} } }")), "config-field", "a number"),
    ],
)
def test_each_mistake_in_a_file_is_found_at_its_key(key: str, text: str, code: str, told: str) -> None:
    (finding,) = _found(key, text)

    assert (finding.code, finding.ref.kind, finding.path) == (code, "ConfigMap", ("data", key))
    assert told in finding.message


def test_a_label_needs_its_version_in_the_list() -> None:
    labels = 'model_version_policy { specific { versions: 1 } } version_labels { key: "stable" value: 2 }'

    (finding,) = _found("models", _models(_model(labels)), _LABELS)

    assert (finding.code, finding.message) == (
        "config-labels",
        "model a: label stable names version 2, not in the list",
    )
    assert _found("models", _models(_model(labels.replace("2", "1"))), _LABELS) == ()


def test_a_field_is_held_against_the_release_of_the_image() -> None:
    text = "max_batch_size { value: 8 } enable_large_batch_splitting { value: true }"

    assert _found("batching", text, release=(2, 4)) == ()
    (finding,) = _found("batching", text, release=(2, 3))
    assert finding.message == "enable_large_batch_splitting is known since 2.4, not to 2.3"


@pytest.mark.parametrize(("text", "namespace"), [(None, "serving"), (_models(_model()), "other")])
def test_a_file_that_is_not_among_the_manifests_is_told_of(text: str | None, namespace: str) -> None:
    (finding,) = _found("models", text, namespace=namespace)

    assert (finding.code, finding.ref.kind) == ("config-missing", "Deployment")
