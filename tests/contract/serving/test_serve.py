"""`tfk8s serve` and `tfk8s predict` as a user runs them, with the double as the binary on the PATH."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from tests.contract.serving.conftest import RunningServer
from tests.modelserver.paths import Paths
from tests.modelserver.running import accepts, eventually, stays
from tests.ports import free_port

pytestmark = pytest.mark.contract

START_S = 90.0
DEFAULT_SIGNALS = ("env", "--default-signal=INT,HUP")
"""As on a terminal: a suite that a shell runs in the background is told to ignore Ctrl-C, and passes that on."""
STOP_S = 60.0


def environment(tmp_path: Path) -> dict[str, str]:
    """The double is found as the binary, and temporary files of the command can be counted."""
    paths = Paths.from_environment()
    folder = tmp_path / "tmp"
    folder.mkdir(exist_ok=True)
    return {**os.environ, "PATH": f"{paths.wrapper.parent}:{os.environ['PATH']}", "TMPDIR": str(folder)}


@contextmanager
def serving(
    *arguments: str, tmp_path: Path, under: tuple[str, ...] = DEFAULT_SIGNALS
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `tfk8s serve` until it prints its address."""
    command = [*under, sys.executable, "-m", "tfk8s", "serve", *arguments, "--timeout", str(START_S)]
    log = tmp_path / "log"
    with (
        log.open("w") as sink,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=sink, text=True, env=environment(tmp_path), start_new_session=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert address, log.read_text()
            yield process, address
        finally:
            process.kill()


def predict(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tfk8s", "predict", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.usefixtures("running_server")  # the double's environment and models are there
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_serve_answers_predictions_and_leaves_nothing_when_it_is_stopped(sent: signal.Signals, tmp_path: Path) -> None:
    rest_port, grpc_port = free_port(), free_port()
    model = Paths.from_environment().models / "half_plus"
    ports = ("--rest-port", str(rest_port), "--port", str(grpc_port))

    with serving(str(model), "--binary", *ports, tmp_path=tmp_path) as (process, address):
        over_rest = predict("-", "--url", address, "--model", "half_plus", "-o", "json", stdin="[2.0]")
        over_grpc = predict("-", "--url", f"127.0.0.1:{grpc_port}", "--grpc", "--model", "half_plus", stdin="[2.0]")
        started = time.monotonic()
        process.send_signal(sent)
        code = process.wait(timeout=STOP_S)

    assert address == f"http://127.0.0.1:{rest_port}"
    assert json.loads(over_rest.stdout)["outputs"] == {"y": [5.0]}
    assert "y: [5.0]" in over_grpc.stdout
    assert code == 0
    assert time.monotonic() - started < STOP_S
    assert not accepts(rest_port)
    assert not accepts(grpc_port)
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.usefixtures("running_server")
def test_serve_under_nohup_outlives_its_terminal(tmp_path: Path) -> None:
    rest_port, grpc_port = free_port(), free_port()
    model = Paths.from_environment().models / "half_plus"
    ports = ("--rest-port", str(rest_port), "--port", str(grpc_port))

    with serving(str(model), "--binary", *ports, tmp_path=tmp_path, under=("nohup",)) as (process, _):
        process.send_signal(signal.SIGHUP)
        lives_on = stays(lambda: process.poll() is None and accepts(rest_port), for_s=2)
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=STOP_S)

    assert lives_on
    assert code == 0


@pytest.mark.usefixtures("running_server")
def test_a_killed_serve_takes_its_server_with_it(tmp_path: Path) -> None:
    rest_port, grpc_port = free_port(), free_port()
    model = Paths.from_environment().models / "half_plus"
    ports = ("--rest-port", str(rest_port), "--port", str(grpc_port))

    with serving(str(model), "--binary", *ports, tmp_path=tmp_path) as (process, _):
        answered = accepts(rest_port)
        process.kill()
        process.wait(timeout=STOP_S)

    assert answered
    eventually(lambda: not accepts(rest_port), timeout_s=STOP_S)


def test_serve_gives_the_flags_and_files_of_the_rendered_service(running_server: RunningServer, tmp_path: Path) -> None:
    spec = tmp_path / "tfk8s.yaml"
    spec.write_text(
        "apiVersion: tfk8s.dev/v1\nname: halves\nmodel:\n  name: half_plus\n"
        f"  source: {running_server.models / 'half_plus'}\n  versions: [1, 2]\n  labels: {{stable: 1}}\n"
    )
    rest_port = free_port()
    ports = ("--rest-port", str(rest_port), "--port", str(free_port()))

    with serving("-f", str(spec), "--binary", *ports, tmp_path=tmp_path) as (_, address):
        stable = predict("-", "-f", str(spec), "--url", address, "--label", "stable", "-o", "json", stdin="[2.0]")
        absent = predict("-", "-f", str(spec), "--url", address, "--version", "3", stdin="[2.0]")

    assert json.loads(stable.stdout)["version"] == 1
    assert absent.returncode == 11
    assert "version 2: AVAILABLE" in absent.stderr
    assert "available versions: 1, 2" in absent.stderr


def test_a_server_that_cannot_load_its_model_ends_the_command_with_its_last_lines(
    running_server: RunningServer, tmp_path: Path
) -> None:
    spec = tmp_path / "tfk8s.yaml"
    source = running_server.models / "half_plus"  # `inspect` finds nothing wrong with it
    spec.write_text(
        f"apiVersion: tfk8s.dev/v1\nname: bad\nmodel: {{source: {source}}}\n"
        "serving: {loadRetries: 0, flags: {saved_model_tags: nobody}}\n"
    )
    command = [sys.executable, "-m", "tfk8s", "serve", "-f", str(spec), "--binary"]
    command += ["--rest-port", str(free_port()), "--port", str(free_port())]

    done = subprocess.run(
        command, capture_output=True, text=True, timeout=START_S, check=False, env=environment(tmp_path)
    )

    assert done.returncode == 6
    assert done.stdout == ""
    assert "the model server ended with exit code" in done.stderr
    assert re.search(r"^ {2}.*nobody", done.stderr, re.MULTILINE)
    assert "Traceback" not in done.stderr
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_port_in_use_is_said_before_anything_starts(running_server: RunningServer, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tfk8s", "serve", str(running_server.models / "half_plus"), "--binary"]
    command += ["--rest-port", str(running_server.rest_port), "--port", str(free_port())]

    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment(tmp_path))

    assert done.returncode == 4
    assert f"port {running_server.rest_port} of this computer is in use" in done.stderr


def test_without_docker_and_binary_both_ways_are_named(running_server: RunningServer, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tfk8s", "serve", str(running_server.models / "half_plus")]
    command += ["--rest-port", str(free_port()), "--port", str(free_port())]

    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "PATH": str(tmp_path)}
    )

    assert done.returncode == 4
    assert "docker is not on the PATH, and tensorflow_model_server is not on the PATH" in done.stderr
    assert "docs.docker.com" in done.stderr
    assert "tensorflow-model-server" in done.stderr


def test_a_picture_gets_named_classes_from_a_running_server(running_server: RunningServer, tmp_path: Path) -> None:
    picture, labels = tmp_path / "red.jpg", tmp_path / "labels.txt"
    Image.new("RGB", (32, 32), (250, 20, 120)).save(picture, quality=95)
    labels.write_text("red\ngreen\nblue\n")
    url = running_server.endpoint("rest").url

    done = predict(str(picture), "--url", url, "--model", "image_bytes", "--labels-file", str(labels), "--top", "2")

    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()[-2:]] == ["red", "blue"]


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "words"),
    [
        (("--model", "nothing"), "[1.0]", 11, "no model named 'nothing' is served"),
        (("--model", "half_plus", "--signature", "nope"), "[1.0]", 3, "its signatures are: serving_default"),
        (("--model", "half_plus"), "[[1.0], [1.0, 2.0]]", 3, "instance 1 has size 2, instance 0 has size 1"),
        (("--model", "half_plus"), "{}", 3, "instances"),
        (("--model", "half_plus"), '["a"]', 11, "hint:"),
        (("--model", "no_signature"), "[1.0]", 3, "no signature that a request can name"),
        (("--model", "half_plus", "--version", "1", "--label", "stable"), "[1.0]", 2, "exclude each other"),
        ((), "[1.0]", 3, "there is no tfk8s.yaml here"),
    ],
)
def test_what_goes_wrong_ends_with_its_exit_code_and_words(
    running_server: RunningServer, tmp_path: Path, arguments: tuple[str, ...], stdin: str, code: int, words: str
) -> None:
    command = [sys.executable, "-m", "tfk8s", "predict", "-", "--url", running_server.endpoint("rest").url, *arguments]

    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)

    assert done.returncode == code
    assert words in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
