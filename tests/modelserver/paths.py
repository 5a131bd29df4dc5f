"""Where the double's virtual environment, wrapper, models and image live: under the testbed's cache."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Every path that the commands of this folder write, below one cache directory."""

    cache: Path

    @classmethod
    def from_environment(cls) -> Paths:
        """Paths below `TFK8S_TESTBED_CACHE`, or `~/.cache/tfk8s-testbed`."""
        chosen = os.environ.get("TFK8S_TESTBED_CACHE")
        return cls(cache=Path(chosen).absolute() if chosen else Path.home() / ".cache" / "tfk8s-testbed")

    @property
    def venv(self) -> Path:
        """The virtual environment that holds TensorFlow."""
        return self.cache / "tf-venv"

    @property
    def venv_python(self) -> Path:
        """The interpreter of that environment."""
        return self.venv / "bin" / "python"

    @property
    def wrapper(self) -> Path:
        """The executable named as the real server's binary."""
        return self.cache / "bin" / "tensorflow_model_server"

    @property
    def models(self) -> Path:
        """Models made by `export-resnet` and `models`."""
        return self.cache / "models"

    @property
    def image(self) -> Path:
        """The docker archive."""
        return self.cache / "images" / "model-server-double.tar"

    @property
    def image_work(self) -> Path:
        """Layers and root file system from which the archive is put together."""
        return self.cache / "model-server-double"
