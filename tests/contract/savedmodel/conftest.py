"""The environment with TensorFlow, and the models that it made."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.modelserver import venv
from tests.modelserver.__main__ import export_resnet, make_models
from tests.modelserver.paths import REPOSITORY, Paths

TIMEOUT_S = 300
Answer: TypeAlias = "dict[str, object]"
TensorFlow: TypeAlias = Callable[..., Answer]


@pytest.fixture(scope="session")
def tensorflow() -> TensorFlow:
    """Ask the real TensorFlow: `tensorflow("show", directory, ...)`; see tensorflow_side.py."""
    python = venv.ensure(Paths.from_environment())
    script = Path(__file__).with_name("tensorflow_side.py")
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}

    def ask(command: str, *arguments: Path) -> Answer:
        ended = subprocess.run(
            [python, script, command, *arguments],
            check=False,
            capture_output=True,
            env=environment,
            text=True,
            timeout=TIMEOUT_S,
        )
        assert ended.returncode == 0, ended.stderr[-4000:]
        answer = json.loads(ended.stdout)
        assert isinstance(answer, dict)
        return answer

    return ask


@pytest.fixture(scope="session")
def made_models() -> Path:
    """Model directories by Keras 3 `model.export`, `tf.saved_model.save` and TF1 `simple_save`; ResNet50 among them."""
    paths = Paths.from_environment()
    export_resnet(paths, paths.models, weights="random")
    return make_models(paths, paths.models)


@pytest.fixture(scope="session")
def operations_are_fresh() -> tuple[int, str]:
    """Exit code and last words of `tools/list_operations.py --check` with TensorFlow's Python."""
    python = venv.ensure(Paths.from_environment())
    ended = subprocess.run(
        [python, REPOSITORY / "tools" / "list_operations.py", "--check"],
        check=False,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    return ended.returncode, ended.stderr[-1000:]
