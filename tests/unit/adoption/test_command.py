"""Flags in whatever form somebody wrote them: understood, told and corrected, or refused; never copied through."""

from __future__ import annotations

import pytest

from tests.unit.adoption.imports import imported, server, told
from tfk8s.errors import InputError
from tfk8s.manifest.fields import objects_at
from tfk8s.render import render

BUCKET = "--model_name=resnet, --model_base_path=gs://bucket/resnet"
SERVER = "/usr/bin/tensorflow_model_server"


@pytest.mark.parametrize(
    ("args", "container", "words"),
    [
        (f"[{BUCKET}, --rest_api_num_threads, '12']", "", "--rest_api_num_threads and its value were two arguments"),
        (f"[{SERVER}, {BUCKET}, --rest_api_num_threads=12]", "", "the path of the program is no argument"),
        (
            f"[{BUCKET}, --rest_api_num_threads=12]",
            f"command: [{SERVER}]",
            "the image's own entrypoint runs the server",
        ),
        (
            f"['exec {SERVER} {BUCKET.replace(',', '')} --rest_api_num_threads=12']",
            "command: [/bin/sh, -c]",
            "without a shell",
        ),
    ],
)
def test_a_bad_form_is_told_and_corrected(args: str, container: str, words: str) -> None:
    found = imported(server(args=args, container=container))

    assert any(words in line for line in told(found))
    assert dict(found.spec.serving.flags) == {"rest_api_num_threads": 12}
    (deployment,) = (item for item in render(found.spec, {}).manifests if item.ref.kind == "Deployment")
    (rendered,) = objects_at(deployment.body, "spec", "template", "spec", "containers")
    arguments = rendered["args"]
    assert isinstance(arguments, list)
    assert "command" not in rendered
    assert all(str(argument).startswith("--") and "=" in str(argument) for argument in arguments)


@pytest.mark.parametrize(
    ("args", "container", "words"),
    [
        ("['fetch /m && tensorflow_model_server --port=8500']", "command: [sh, -c]", "is a shell script"),
        ("['tensorflow_model_server --model_name=\"x']", "command: [sh, -c]", "cannot be read"),
        ("['python serve.py']", "command: [bash, -c]", "runs 'python' in a shell"),
        ("[]", "command: [python, serve.py]", "runs 'python', which is not"),
        ("[--model_base_path=$(WHERE)]", "", "uses the variable WHERE"),
        ("[--model_config_file=/m/models.config]", "", "is in no ConfigMap"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_its_place(args: str, container: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as refused:
        imported(server(args=args, container=container))

    assert refused.value.exit_code == 3
    assert "Deployment/resnet" in refused.value.message


def test_the_last_of_two_flags_wins_as_in_the_server() -> None:
    found = imported(server(args=f"[{BUCKET}, --enable_batching=false, --enable_batching]"))

    assert found.spec.serving.batching is not None


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ("--grpc_max_message_size=9", "is no flag of tensorflow_model_server"),
        ("--ssl_config_file=/s/ssl.config", "end TLS at the load balancer"),
        ("--grpc_max_threads=many", "is no int32"),
        ("serve", "is no flag"),
    ],
)
def test_a_flag_without_a_field_is_told(flag: str, words: str) -> None:
    found = imported(server(args=f"[{BUCKET}, {flag}]"))

    assert [note.kind_text for note in found.notes if words in note.message] == ["lost"]
    assert not found.spec.serving.flags


def test_seconds_and_retries_become_fields() -> None:
    flags = "--rest_api_timeout_in_ms=1500, --max_num_load_retries=7, --file_system_poll_wait_seconds=0"
    serving = imported(server(args=f"[{BUCKET}, {flags}]")).spec.serving

    assert (serving.request_timeout_seconds, serving.load_retries, serving.file_poll_seconds) == (2, 7, 1)


def test_a_config_map_that_was_not_given_is_asked_for() -> None:
    volumes = "      volumes: [{name: c, configMap: {name: models}}]\n"
    mount = "volumeMounts: [{name: c, mountPath: /m}]"

    with pytest.raises(InputError, match="ConfigMap models, which is not among the files"):
        imported(server(args="[--model_config_file=/m/models.config]", container=mount, more=volumes))


def test_the_deployment_is_chosen_or_asked_for() -> None:
    two = server(args=f"[{BUCKET}]") + "---\n" + server(args=f"[{BUCKET}]").replace("name: resnet}", "name: bert}", 1)

    with pytest.raises(InputError, match=r"2 Deployments of model servers: resnet .*, bert"):
        imported(two)
    with pytest.raises(InputError, match="no Deployment of a model server among the files"):
        imported("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")


def test_anchors_aliases_and_merge_keys_of_a_manifest_are_read() -> None:
    limits = "resources:\n  limits: &size {cpu: '2', memory: 4Gi}\n  requests: {<<: *size, cpu: '2'}"
    written = limits.replace("&size ", "").replace("<<: *size", "memory: 4Gi")

    found, plain = (imported(server(args=f"[{BUCKET}]", container=lines)) for lines in (limits, written))

    assert found.document == plain.document
    assert found.document["resources"] == {"cpu": "2", "memory": "4Gi"}


def test_aliases_that_repeat_too_much_are_refused() -> None:
    levels = "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 30))

    with pytest.raises(InputError, match="has 1 error") as refused:
        imported(f"x0: &x0 lol\n{levels}")

    assert "k8s.yaml:6:" in refused.value.details[0]
    assert "write the values in full" in refused.value.details[0]
