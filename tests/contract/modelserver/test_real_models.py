"""Models that the TensorFlow Serving project tests itself with."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.contract.modelserver.asking import post, states

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.modelserver.conftest import StartServer
    from tests.modelserver.calls import Calls

pytestmark = pytest.mark.contract

BODY = {"instances": [1.0, 2.0, 5.0]}


@pytest.mark.parametrize("name", ["saved_model_half_plus_two_cpu", "saved_model_half_plus_two_tf2_cpu"])
def test_half_plus_two_answers_under_its_padded_version(
    start_server: StartServer, real_models: Path, tmp_path: Path, name: str
) -> None:
    shutil.copytree(real_models / name, tmp_path / "model")

    server = start_server("--model_name=m", f"--model_base_path={tmp_path}/model")

    assert states(server, "m") == {123: "AVAILABLE"}
    assert post(server, "m:predict", BODY).json() == {"predictions": [2.5, 3.0, 4.5]}
    assert post(server, "m/versions/123:predict", BODY).json() == {"predictions": [2.5, 3.0, 4.5]}


def test_a_checkpoint_of_the_old_session_bundle_kind_fails_the_load(
    start_server: StartServer, real_models: Path, tmp_path: Path
) -> None:
    shutil.copytree(real_models / "bad_half_plus_two", tmp_path / "model")
    flags = ("--max_num_load_retries=0", f"--model_base_path={tmp_path}/model")

    server = start_server(*flags, is_open=False)

    assert server.wait_for_exit() == 255
    assert "Could not find SavedModel .pb or .pbtxt" in server.running.output()


def test_a_model_with_state_keeps_it_between_requests(
    start_server: StartServer, real_models: Path, tmp_path: Path
) -> None:
    shutil.copytree(real_models / "saved_model_counter", tmp_path / "model")
    server = start_server("--model_name=m", f"--model_base_path={tmp_path}/model")
    by_two = {"signature_name": "incr_counter_by", "inputs": 2.0}

    answers = [post(server, "m:predict", by_two).json() for _ in range(2)]

    assert answers == [{"outputs": 2.0}, {"outputs": 4.0}]


def test_a_signature_without_inputs_cannot_be_called_over_rest_but_over_grpc(
    start_server: StartServer, real_models: Path, tmp_path: Path, call: Calls
) -> None:
    shutil.copytree(real_models / "saved_model_counter", tmp_path / "model")
    server = start_server("--model_name=m", f"--model_base_path={tmp_path}/model")

    refused = post(server, "m:predict", {"signature_name": "incr_counter", "inputs": {}})
    answered = call(server.target, "Predict", {"model_spec": {"name": "m", "signature_name": "incr_counter"}})

    assert refused.status_code == 400
    assert "Failed to get input map for signature: incr_counter" in refused.json()["error"]
    assert answered["outputs"]["output"]["float_val"] == [1.0]
