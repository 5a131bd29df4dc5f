"""`tfk8s versions list` on the real cluster: two pods, one of which was told another configuration behind our back."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.integration.service import MODEL, Service, service
from tests.testbed.fixtures import Cluster
from tfk8s.cluster import connect
from tfk8s.manifest import ObjectRef
from tfk8s.manifest.fields import text_at
from tfk8s.manifest.server_config import MODELS_FILE, ServerConfig, read_server_config
from tfk8s.ports import Endpoint
from tfk8s.serving.connect import ModelServerClients

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]


@pytest.fixture
def half(tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path) -> Iterator[Service]:
    with service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as made:
        made.write(
            model={"name": MODEL, "source": f"./{MODEL}", "versions": [1, 2], "labels": {"stable": 1}},
            scaling={"replicas": 2},
            resources={"cpu": "50m", "memory": "600Mi"},
        )
        made.up()
        yield made


def live_config(half: Service) -> ServerConfig:
    (found,) = [body for body in half.objects("configmaps") if MODELS_FILE in json.dumps(body)]
    return read_server_config(text_at(found, "data", MODELS_FILE))


def tell(half: Service, pod: str, config: ServerConfig) -> None:
    """Change the configuration of one running server."""
    ref = ObjectRef(api_version="v1", kind="Pod", namespace=half.namespace, name=pod)
    with connect(kubeconfig=half.cluster.kubeconfig).forward(ref, port=8500) as port:
        endpoint = Endpoint(transport="grpc", host="127.0.0.1", port=port, how="test")
        with ModelServerClients().connect(endpoint) as client:
            client.reload(config)


def listed(text: str) -> dict[str, Any]:
    value = json.loads(text)
    assert isinstance(value, dict)
    return value


def test_a_label_that_was_moved_on_one_pod_is_told_until_that_pod_is_replaced(half: Service) -> None:
    sound = half.run("versions list", "-o", "json")
    assert sound.returncode == 0, sound.stderr
    pods = [pod["name"] for pod in listed(sound.stdout)["components"]["model-server"]["pods"]]
    assert len(pods) == 2
    assert listed(sound.stdout)["findings"] == []

    (model,) = live_config(half).models
    tell(half, pods[1], ServerConfig(models=(replace(model, labels={"stable": 2}),)))

    told, status = half.run("versions list"), half.run("status")
    for done in (told, status):
        assert done.returncode == 6, done.stderr
        assert f"Pod/{pods[1]}: label stable of {MODEL} points to version 2, and should to 1" in done.stdout
        assert f"Pod/{pods[0]}" not in done.stdout

    words = [sys.executable, "-m", "tfk8s", "versions", "list", "--name", "half", "-n", half.namespace, "--watch"]
    words += ["--interval", "0.5", "-o", "json", "--kubeconfig", str(half.cluster.kubeconfig)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        first = listed(child.stdout.readline())
        assert [(found["code"], found["place"]) for found in first["findings"]] == [
            ("label-elsewhere", f"Pod/{pods[1]}")
        ]
        half.cluster.kubectl("delete", "pod", pods[1], "--namespace", half.namespace, "--wait=false")
        for line in child.stdout:
            seen = listed(line)
            staying = {pod["name"] for pod in seen["components"]["model-server"]["pods"] if not pod["leaving"]}
            if seen["sound"] and len(staying) == 2 and pods[1] not in staying:
                break
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=120)

    assert (errors.strip(), child.returncode) == ("", 0)
