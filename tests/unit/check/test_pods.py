from __future__ import annotations

from typing import Any

import pytest

from tests.unit.check.objects import DEPLOYMENT, Change, changed, codes, container, findings, pod
from tfk8s.check import Level


def test_a_confined_and_probed_pod_is_found_nothing_wrong_with() -> None:
    assert codes(DEPLOYMENT) == []


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("pod-security", lambda body: pod(body)["securityContext"].update(runAsNonRoot=False)),
        ("pod-security", lambda body: pod(body)["securityContext"].pop("seccompProfile")),
        ("pod-security", lambda body: pod(body).update(hostNetwork=True)),
        ("pod-security", lambda body: pod(body)["volumes"].append({"name": "x", "hostPath": {"path": "/"}})),
        ("token", lambda body: pod(body).pop("automountServiceAccountToken")),
        ("pod-security", lambda body: container(body).pop("securityContext")),
        ("pod-security", lambda body: container(body)["securityContext"].update(readOnlyRootFilesystem=False)),
        ("pod-security", lambda body: container(body)["securityContext"].update(privileged=True)),
        ("pod-security", lambda body: container(body)["securityContext"]["capabilities"].update(add=["SYS_ADMIN"])),
        ("gpu-toleration", lambda body: container(body)["resources"]["limits"].update({"nvidia.com/gpu": "1"})),
        ("probe", lambda body: container(body).update(readinessProbe={"tcpSocket": {"port": 8500}})),
        ("probe-bare-path", lambda body: container(body)["readinessProbe"]["httpGet"].update(path="/v1/models/m")),
        ("probe", lambda body: container(body)["readinessProbe"]["httpGet"].update(path="/v1/models/m/labels/stable")),
        ("startup-probe", lambda body: container(body).pop("startupProbe")),
        ("deadline", lambda body: body["spec"].update(progressDeadlineSeconds=180)),
        ("grace", lambda body: pod(body).update(terminationGracePeriodSeconds=15)),
        ("drain", lambda body: container(body).pop("lifecycle")),
        ("command", lambda body: container(body).update(command=["tensorflow_model_server"])),
        ("argument", lambda body: container(body).update(args=["--port", "9000"])),
        ("argument", lambda body: container(body).update(args=["--rest_api_num_threads"])),
        ("argument", lambda body: container(body).update(args=["/usr/bin/tf_serving_entrypoint.sh"])),
        ("argument", lambda body: container(body).update(args=["--port=1", "--port=2"])),
        ("argument", lambda body: container(body).update(args=[1])),
        ("image", lambda body: container(body).update(image="tensorflow/serving")),
        ("image", lambda body: container(body).update(image="registry:5000/serving:latest")),
        ("text", lambda body: container(body).update(env=[{"name": "THREADS", "value": 4}])),
        ("resources", lambda body: container(body)["resources"]["limits"].pop("memory")),
    ],
)
def test_each_way_to_break_a_pod_is_found_by_its_rule(code: str, change: Change) -> None:
    assert set(codes(changed(DEPLOYMENT, change))) == {code}


def test_the_finding_names_object_field_and_reason() -> None:
    def bare_path(body: dict[str, Any]) -> None:
        container(body)["readinessProbe"]["httpGet"]["path"] = "/v1/models/m"

    (finding,) = findings(changed(DEPLOYMENT, bare_path))

    assert finding.level is Level.ERROR
    assert str(finding).startswith(
        "Deployment/resnet in serving: spec.template.spec.containers[0].readinessProbe: must GET /v1/models/m/metadata"
    )


def test_an_exec_drain_counts_its_seconds() -> None:
    def exec_drain(body: dict[str, Any]) -> None:
        container(body)["lifecycle"]["preStop"] = {"exec": {"command": ["sleep", "50"]}}

    assert codes(changed(DEPLOYMENT, exec_drain)) == ["grace"]


def test_an_image_by_digest_needs_no_tag() -> None:
    digest = "registry.example.com/m@sha256:" + "0" * 64

    assert codes(changed(DEPLOYMENT, lambda body: container(body).update(image=digest))) == []
