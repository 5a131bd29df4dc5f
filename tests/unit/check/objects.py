"""Small objects of a model server that keep every policy; a test breaks one thing at a time."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from tfk8s.check import CheckFinding, policy_findings
from tfk8s.manifest import Manifest

LABELS = {
    "app.kubernetes.io/name": "tensorflow-serving",
    "app.kubernetes.io/instance": "resnet",
    "app.kubernetes.io/component": "model-server",
}

CONTAINER: dict[str, Any] = {
    "name": "model-server",
    "image": f"tensorflow/serving:2.20.0@sha256:{'5' * 64}",
    "args": ["--enable_profiler=false"],
    "env": [{"name": "A", "value": "1"}],
    "startupProbe": {
        "httpGet": {"path": "/v1/models/m/metadata", "port": "rest"},
        "periodSeconds": 2,
        "failureThreshold": 90,
    },
    "readinessProbe": {"httpGet": {"path": "/v1/models/m/versions/2/metadata", "port": "rest"}},
    "lifecycle": {"preStop": {"sleep": {"seconds": 15}}},
    "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "1Gi"}},
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    },
}

DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "resnet", "namespace": "serving", "labels": dict(LABELS)},
    "spec": {
        "replicas": 2,
        "progressDeadlineSeconds": 600,
        "selector": {"matchLabels": dict(LABELS)},
        "template": {
            "metadata": {"labels": dict(LABELS)},
            "spec": {
                "automountServiceAccountToken": False,
                "terminationGracePeriodSeconds": 50,
                "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
                "containers": [CONTAINER],
                "volumes": [{"name": "tmp", "emptyDir": {}}],
            },
        },
    },
}

SERVICE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "resnet", "namespace": "serving"},
    "spec": {
        "type": "LoadBalancer",
        "loadBalancerSourceRanges": ["203.0.113.0/24"],
        "selector": dict(LABELS),
        "ports": [{"name": "rest", "port": 8501, "targetPort": "rest"}],
    },
}

AUTOSCALER: dict[str, Any] = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "resnet", "namespace": "serving"},
    "spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "resnet"},
        "minReplicas": 1,
        "maxReplicas": 3,
        "metrics": [{"type": "Resource"}],
    },
}


def budget(**spec: object) -> dict[str, Any]:
    """A budget over the pods of the Deployment."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "resnet", "namespace": "serving"},
        "spec": {"selector": {"matchLabels": dict(LABELS)}, **spec},
    }


Change = Callable[[dict[str, Any]], object]


def changed(body: dict[str, Any], change: Change) -> dict[str, Any]:
    """A copy with one thing changed."""
    made = copy.deepcopy(body)
    change(made)
    return made


def container(body: dict[str, Any]) -> dict[str, Any]:
    """The container of a Deployment."""
    found: dict[str, Any] = pod(body)["containers"][0]
    return found


def pod(body: dict[str, Any]) -> dict[str, Any]:
    """The pod of a Deployment."""
    found: dict[str, Any] = body["spec"]["template"]["spec"]
    return found


def findings(*bodies: dict[str, Any]) -> tuple[CheckFinding, ...]:
    """What the policies say of these objects together."""
    return policy_findings(tuple(Manifest.of(body) for body in bodies))


def codes(*bodies: dict[str, Any]) -> list[str]:
    """The codes alone."""
    return [finding.code for finding in findings(*bodies)]
