"""The environment with TensorFlow, and the models that it made."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.modelserver import venv
from tests.modelserver.__main__ import export_resnet, make_models
from tests.modelserver.paths import REPOSITORY, Paths

Answer: TypeAlias = "dict[str, object]"


@dataclass(frozen=True, kw_only=True)
class TensorFlow:
    """The real TensorFlow, loaded once; `tensorflow("show", directory, ...)` asks it: see tensorflow_side.py.

    Attributes:
        process: answers lines.
        log: what it writes to stderr.
    """

    process: subprocess.Popen[str]
    log: Path

    def __call__(self, command: str, *arguments: Path) -> Answer:
        """Ask what must be answered."""
        code, answer = self.ask(command, *arguments)
        assert code == 0, self.words()
        assert isinstance(answer, dict)
        return answer

    def ask(self, command: str, *arguments: Path | str) -> tuple[int, object]:
        """The exit code of the fork that was asked, and its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([command, *map(str, arguments)]) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, self.words()
        said = json.loads(line)
        return said["code"], said["answer"]

    def words(self) -> str:
        """The last of what it wrote."""
        return self.log.read_text(errors="replace")[-4000:]


@pytest.fixture(scope="session")
def tensorflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TensorFlow]:
    """TensorFlow, for all tests of a worker."""
    command = [venv.ensure(Paths.from_environment()), Path(__file__).with_name("tensorflow_side.py")]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    log = tmp_path_factory.mktemp("tensorflow") / "log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=environment, text=True
        ) as process,
    ):
        yield TensorFlow(process=process, log=log)
        process.kill()


@pytest.fixture(scope="session")
def made_models() -> Path:
    """Model directories by Keras 3 `model.export`, `tf.saved_model.save` and TF1 `simple_save`; ResNet50 among them."""
    paths = Paths.from_environment()
    export_resnet(paths, paths.models, weights="random")
    return make_models(paths, paths.models)


@pytest.fixture(scope="session")
def operations_are_fresh(tensorflow: TensorFlow) -> tuple[int, str]:
    """Exit code and last words of `tools/list_operations.py --check` with TensorFlow's Python."""
    code, _ = tensorflow.ask("tool", REPOSITORY / "tools" / "list_operations.py", "--check")
    return code, tensorflow.words()
