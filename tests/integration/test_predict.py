"""`tfk8s predict` by port-forward to a service of the real cluster, and `tfk8s serve` in the real Docker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.service import MODEL, Service, service
from tests.modelserver import image
from tests.modelserver.paths import Paths
from tests.modelserver.running import accepts
from tests.ports import free_port
from tests.testbed.fixtures import Cluster
from tests.testbed.process import run
from tests.testbed.versions import DOUBLE_IMAGE

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]


@pytest.fixture
def half(tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path) -> Iterator[Service]:
    with service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as made:
        made.write(model={"name": MODEL, "source": f"./{MODEL}", "versions": [1, 2], "labels": {"stable": 1}})
        yield made


def test_predict_reaches_a_service_of_the_cluster_over_both_transports(half: Service, tmp_path: Path) -> None:
    question = tmp_path / "q.json"
    question.write_text("[2.0, 4.0]")
    half.up()

    def outputs(*arguments: str) -> object:
        done = half.run("predict", str(question), "-o", "json", *arguments)
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        return answer["version"], answer["outputs"]

    assert outputs() == (2, {"y": [4.0, 5.0]})
    assert outputs("--grpc") == (2, {"y": [4.0, 5.0]})
    assert outputs("--version", "1") == (1, {"y": [3.0, 4.0]})
    assert outputs("--label", "stable", "--grpc") == (1, {"y": [3.0, 4.0]})
    other = half.run("predict", str(question), "--model", "other")
    assert other.returncode == 11
    assert f"served by the spec: {MODEL}" in other.stderr
    absent = half.run("predict", str(question), "--version", "3")
    assert absent.returncode == 11
    assert "available versions: 1, 2" in absent.stderr


def test_predict_without_the_service_says_how_to_make_it(half: Service, tmp_path: Path) -> None:
    (tmp_path / "q.json").write_text("[2.0]")

    done = half.run("predict", str(tmp_path / "q.json"))

    assert done.returncode == 4
    assert f"there is no Service/half in {half.namespace}" in done.stderr
    assert "tfk8s apply" in done.stderr


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_serve_in_docker_answers_and_leaves_no_container(server_image: str, models: Path, sent: signal.Signals) -> None:
    if server_image == DOUBLE_IMAGE:
        run(["docker", "load", "--input", image.build(Paths.from_environment())], timeout_s=240)
    rest_port, grpc_port = free_port(), free_port()
    words = [
        "env",
        "--default-signal=INT",
    ]  # a suite that a shell runs in the background ignores Ctrl-C, and passes that on
    words += [sys.executable, "-m", "tfk8s", "serve", str(models / MODEL), "--docker", "--image", server_image]
    words += ["--rest-port", str(rest_port), "--port", str(grpc_port)]

    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, start_new_session=True) as child:
        try:
            assert child.stdout is not None
            address = child.stdout.readline().strip()
            asked = [sys.executable, "-m", "tfk8s", "predict", "-", "--url", address, "--model", MODEL, "-o", "json"]
            answer = subprocess.run(asked, input="[2.0]", capture_output=True, text=True, timeout=240, check=True)
            child.send_signal(sent)
            code = child.wait(timeout=240)
        finally:
            child.kill()

    assert json.loads(answer.stdout)["outputs"] == {"y": [5.0]}
    assert code == 0
    assert not accepts(rest_port)
    assert not accepts(grpc_port)
    listed = run(
        ["docker", "ps", "--all", "--quiet", "--filter", f"label=tfk8s.dev/serve={MODEL.replace('_', '-')}"],
        timeout_s=30,
    )
    assert listed.strip() == ""


def test_serve_says_that_docker_cannot_get_an_image(models: Path) -> None:
    words = [sys.executable, "-m", "tfk8s", "serve", str(models / MODEL), "--docker"]
    words += ["--image", "tfk8s.invalid/no/such:1", "--rest-port", str(free_port()), "--port", str(free_port())]

    done = subprocess.run(words, capture_output=True, text=True, timeout=240, check=False, env={**os.environ})

    assert done.returncode == 6
    assert "docker could not get or start the image" in done.stderr
    assert "Traceback" not in done.stderr
