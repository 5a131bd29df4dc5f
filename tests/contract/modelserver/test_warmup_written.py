"""What `tfk8s warmup` writes, as TensorFlow itself and a model server read it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.contract.modelserver.asking import answer
from tests.contract.modelserver.test_warmup import RECORDS

if TYPE_CHECKING:
    from tests.contract.modelserver.conftest import StartServer
    from tests.modelserver.paths import Paths

pytestmark = pytest.mark.contract

PICTURE = Path(__file__).parents[3] / "examples" / "resnet" / "images" / "apple.jpg"

READS_WITH_TENSORFLOW = """
import json, sys
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2
found = []
for record in tf.data.TFRecordDataset(sys.argv[1]):  # verifies both checksums of each record
    request = prediction_log_pb2.PredictionLog.FromString(record.numpy()).predict_log.request
    tensors = {key: tf.make_ndarray(tensor) for key, tensor in request.inputs.items()}
    found.append({"signature": request.model_spec.signature_name, "inputs": {
        key: [tensor.dtype.name, list(tensor.shape), str(tensor.reshape(-1)[:3].tolist())]
        for key, tensor in tensors.items()}})
json.dump(found, sys.stdout)
"""


def warmup(
    directory: Path, *arguments: str | Path, stdin: str = "", path: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command; `path` is a folder with the server's binary."""
    words = [sys.executable, "-m", "tfk8s", "warmup", directory, *arguments]
    environment = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}" if path else os.environ["PATH"]}
    return subprocess.run(words, input=stdin, capture_output=True, text=True, timeout=250, check=False, env=environment)


def read_by_tensorflow(paths: Paths, file: Path) -> Any:
    done = subprocess.run(
        [paths.venv_python, "-c", READS_WITH_TENSORFLOW, file],
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.fixture
def copied(made_models: Path, tmp_path: Path) -> Path:
    """Copies of models, to write into: `copied / NAME`."""
    for name in ("half_plus", "many_types", "image_bytes", "keras_two_inputs"):
        shutil.copytree(made_models / name, tmp_path / name)
    return tmp_path


def test_tensorflow_reads_every_type_and_verifies_the_checksums(copied: Path, model_server_paths: Paths) -> None:
    rows = [{"flag": True, "count": -3, "pair": [0.5, 2], "text": "é"}]
    (copied / "q.json").write_text(json.dumps({"instances": rows}))
    other = {"signature_name": "any_rank", "inputs": {"anything": [[1, 2], [3, 4]]}}
    (copied / "other.json").write_text(json.dumps(other))

    done = warmup(copied / "many_types", "--json", copied / "q.json", "--json", copied / "other.json")

    assert done.returncode == 0, done.stderr
    assert read_by_tensorflow(model_server_paths, copied / "many_types" / "1" / RECORDS) == [
        {
            "signature": "serving_default",
            "inputs": {
                "flag": ["bool", [1], "[True]"],
                "count": ["int64", [1], "[-3]"],
                "pair": ["float64", [1, 2], "[0.5, 2.0]"],
                "text": ["object", [1], "[b'\\xc3\\xa9']"],
            },
        },
        {"signature": "any_rank", "inputs": {"anything": ["uint8", [2, 2], "[1, 2, 3]"]}},
    ]


def test_a_server_replays_json_and_a_batch_of_pictures_while_it_loads(start_server: StartServer, copied: Path) -> None:
    Image.new("RGB", (4, 4), (255, 0, 0)).save(copied / "red.jpg")
    pictures = warmup(
        copied / "image_bytes", "--image", copied / "red.jpg", "--batch", "3", "--signature", "floats", "--copies", "2"
    )
    numbers = warmup(copied / "half_plus", "--json", "-", stdin="[1.0, 2.0]")
    (copied / "models.config").write_text(
        "model_config_list {"
        + "".join(
            f'config {{ name: "{name}" base_path: "{copied / name}" model_platform: "tensorflow" }}'
            for name in ("half_plus", "image_bytes")
        )
        + "}"
    )

    server = start_server(f"--model_config_file={copied}/models.config", "--max_num_load_retries=0")

    assert (pictures.returncode, numbers.returncode) == (0, 0), pictures.stderr + numbers.stderr
    output = server.running.output()
    assert "Number of warmup records read: 2" in output
    assert "Number of warmup records read: 1" in output
    assert answer(server, "half_plus") == 5.0  # version 3, the latest, is the one that was written to


def test_a_record_that_the_server_refuses_is_refused_before_it_is_written(
    start_server: StartServer, copied: Path
) -> None:
    """The same wrong request: one input of two, written past our check."""
    wrong = {"inputs": {"left": [[1.0, 2.0]]}}
    both = {"inputs": {"left": [[1.0, 2.0]], "right": [[1.0, 2.0, 3.0]]}}
    directory, elsewhere = copied / "keras_two_inputs", copied / "left_alone"
    refused = warmup(directory, "--json", "-", stdin=json.dumps(wrong))
    accepted = warmup(directory, "--json", "-", stdin=json.dumps(both))
    shutil.copytree(directory, elsewhere)
    records = elsewhere / "1" / RECORDS
    records.write_bytes(_without_right(records))

    server = start_server(f"--model_base_path={elsewhere}", "--max_num_load_retries=0", is_open=False)
    good = start_server(f"--model_base_path={directory}", "--max_num_load_retries=0")

    assert refused.returncode == 3
    assert "right is missing" in refused.stderr
    assert accepted.returncode == 0, accepted.stderr
    assert server.wait_for_exit() == 255
    assert good.is_open()


def test_measuring_shows_what_the_first_request_gains(
    copied: Path, model_server_paths: Paths, made_models: Path
) -> None:
    """Of a large graph: to make it ready is many times the work of an answer, so no busy machine turns them round."""
    model = copied / "resnet"
    shutil.copytree(made_models / "resnet", model)
    options = ("--image", PICTURE, "--measure", "--binary", "-o", "json")

    done = warmup(model, *options, path=model_server_paths.wrapper.parent)

    assert done.returncode == 0, done.stderr
    measured = json.loads(done.stdout)["measured"]
    assert measured["warmed"]["first_s"] < measured["without"]["first_s"]
    assert (model / "1" / RECORDS).exists()
    assert "Traceback" not in done.stderr


def test_a_measurement_whose_server_does_not_load_writes_nothing(copied: Path, model_server_paths: Paths) -> None:
    """A request that has the signature's shape, and that the graph cannot answer: no JPEG file."""
    (copied / "q.json").write_text(json.dumps({"inputs": {"image_bytes": ["no picture"]}}))
    options = ("--json", copied / "q.json", "--measure", "--binary", "--timeout", "60")

    done = warmup(copied / "image_bytes", *options, path=model_server_paths.wrapper.parent)

    assert done.returncode == 11, done.stderr
    assert not (copied / "image_bytes" / "1" / RECORDS).exists()


def _without_right(records: Path) -> bytes:
    from tests.unit.model.savedmodels import record
    from tfk8s.model.protos.saved_model_pb2 import PredictionLog

    log = PredictionLog.FromString(records.read_bytes()[12:-4])
    del log.predict_log.request.inputs["right"]
    return record(log.SerializeToString())
