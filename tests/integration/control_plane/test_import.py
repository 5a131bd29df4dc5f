"""Hand-made objects, imported and applied over: changed in place, and nothing of the old stays beside the new."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.integration.control_plane.conftest import Desk
from tfk8s.cli.main import root
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import labels_of, object_at, objects_at, text_at
from tfk8s.manifest.yaml import dump_documents, load_documents

pytestmark = pytest.mark.control_plane

SHAPES = Path(__file__).parents[2] / "unit" / "adoption" / "shapes"
KINDS = "deploy,svc,hpa,pdb,ingress,sa"
_CURRENT = {
    "Deployment": "apps/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "Ingress": "networking.k8s.io/v1",
}
_CLASS = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "IngressClass",
    "metadata": {"name": "nginx"},
    "spec": {"controller": "example.test/none"},
}


def _as_stored(body: JsonObject, *, namespace: str) -> JsonObject:
    """As an API server that was upgraded holds it today: the current API, and the selector that the old one chose."""
    version = text_at(body, "apiVersion")
    kind = text_at(body, "kind")
    current: JsonObject = body if version == "autoscaling/v1" else {**body, "apiVersion": _CURRENT.get(kind, version)}
    metadata: JsonObject = {**object_at(body, "metadata"), "namespace": namespace}
    stored: JsonObject = {**current, "metadata": metadata}
    spec = object_at(stored, "spec")
    if kind == "Deployment" and "selector" not in spec:
        labels: JsonObject = {**labels_of(object_at(spec, "template"))}
        stored["spec"] = {**spec, "selector": {"matchLabels": labels}}
    if kind == "Deployment":  # no API server of the tests lets a pod have the node's rights
        for container in objects_at(spec, "template", "spec", "containers"):
            object_at(container, "securityContext").pop("privileged", None)
    if kind == "Ingress":
        service: JsonObject = {"service": {"name": "half", "port": {"number": 80}}}
        path: JsonObject = {"path": "/", "pathType": "Prefix", "backend": service}
        stored["spec"] = {**spec, "rules": [{"host": "half.example.com", "http": {"paths": [path]}}]}
    return stored


def _put_in_place(desk: Desk, shape: str) -> Path:
    """Apply a shape by kubectl, as its author did, and leave its own file for the import."""
    text = (SHAPES / f"{shape}.yaml").read_text()
    bodies: list[Any] = []
    for document in load_documents(text, source=shape):
        value: Any = document.value
        bodies += value["items"] if value["kind"] == "List" else [value]
    namespace = desk.namespace
    stored = [_as_stored(body, namespace=namespace) for body in bodies]
    desk.kubectl("apply", "-f", "-", stdin=dump_documents(stored))
    file = desk.folder / f"{shape}.yaml"
    file.write_text(
        dump_documents([{**body, "metadata": {**body["metadata"], "namespace": namespace}} for body in bodies])
    )
    return file


def _import(desk: Desk, file: Path) -> None:
    out = desk.folder / "tfk8s.yaml"
    result = CliRunner().invoke(root, ["import", str(file), "--out", str(out)])
    assert result.exit_code == 0, result.output
    # the model of this one is fetched by a container that a spec has no place for: a person puts it into the image
    out.write_text(out.read_text().replace('"./models/resnet"', '"image:///models/resnet"'))


@pytest.mark.parametrize("shape", ["seed", "shell", "pipelines", "chart", "lab", "ingress"])
def test_what_was_made_by_hand_is_changed_in_place_and_none_of_it_stays(desk: Desk, shape: str) -> None:
    desk.testbed.kubectl("apply", "-f", "-", stdin=json.dumps(_CLASS))
    file = _put_in_place(desk, shape)
    before = desk.objects(KINDS)
    _import(desk, file)

    unasked = desk.run("apply", "--no-wait")
    desk.apply("--force-conflicts")
    again = desk.run("diff", "--exit-code")

    assert unasked.exit_code == 5, unasked.output
    assert "kubectl-client-side-apply" in unasked.output
    after = desk.objects(KINDS)
    assert {name: body["metadata"]["uid"] for name, body in after.items() if name in before} == {
        name: body["metadata"]["uid"] for name, body in before.items()
    }
    assert again.exit_code == 0, again.output
    (deployment,) = (body for name, body in after.items() if name.startswith("Deployment/"))
    (container,) = objects_at(deployment, "spec", "template", "spec", "containers")
    assert container["name"] == "model-server"
    assert not {"command", "livenessProbe"} & container.keys()
    assert {text_at(volume, "name") for volume in objects_at(deployment, "spec", "template", "spec", "volumes")} <= {
        "config",
        "tmp",
        "models-0",
    }
    assert "initContainers" not in object_at(deployment, "spec", "template", "spec")


def test_a_count_that_the_autoscaler_keeps_survives_the_take_over(desk: Desk) -> None:
    file = _put_in_place(desk, "lab")
    desk.kubectl("scale", "deployment/image-classifier", "--replicas=3")
    _import(desk, file)

    desk.apply("--force-conflicts")

    assert desk.objects("deploy")["Deployment/image-classifier"]["spec"]["replicas"] == 3
