"""What `helm test` runs in the cluster, with bash alone: it tells a served model from any other answer."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.contract.serving.conftest import RunningServer
from tfk8s.gitops.chart import chart_files

pytestmark = pytest.mark.contract

PREDICTION = '{"instances": [1.0, 2.0, 5.0]}'


def ask(server: RunningServer, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the script as the chart's pod does."""
    target = {"HOST": "127.0.0.1", "PORT": str(server.rest_port), "MODEL": "half_plus", "BODY": "", "EXPECT": ""}
    command = ["bash", "-c", chart_files()["files/predict.sh"]]
    env = {"PATH": os.environ["PATH"], **target, **variables}
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)


def test_a_prediction_and_the_metadata_of_a_served_model_are_right(running_server: RunningServer) -> None:
    predicted = ask(running_server, BODY=PREDICTION, EXPECT="[4.5, 5.0,6.5]")
    described = ask(running_server)

    assert (predicted.returncode, described.returncode) == (0, 0)
    assert '"signature_def"' in described.stdout


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"MODEL": "absent"}, "the model was not served"),
        ({"BODY": '{"instances": ["é"]}'}, "the model was not served"),
        ({"BODY": PREDICTION, "EXPECT": "99.0"}, "the answer lacks: 99.0"),
        ({"PORT": "1"}, "onnection refused"),
    ],
    ids=["another model", "a request that it refuses", "another answer", "nobody there"],
)
def test_anything_else_is_a_failure(running_server: RunningServer, variables: dict[str, str], says: str) -> None:
    failed = ask(running_server, **variables)

    assert failed.returncode == 1
    assert says in failed.stderr
