"""Command line of the double's workshop: `python3 -m tests.modelserver venv|models|export-resnet|image`.

Each command prints the path it made on stdout, and does nothing when that is already there.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.modelserver import image, recipe, venv
from tests.modelserver.paths import REPOSITORY, Paths
from tests.testbed.process import run
from tests.testbed.progress import SetupError, say

EXPORT_TIMEOUT_S = 600.0


def main(arguments: list[str] | None = None) -> None:
    """Runs one command."""
    options = _parser().parse_args(arguments)
    paths = Paths.from_environment()
    try:
        made = _make(options, paths)
    except SetupError as error:
        sys.exit(f"error: {error}")
    sys.stdout.write(f"{made}\n")


def _make(options: argparse.Namespace, paths: Paths) -> Path:
    match options.command:
        case "venv":
            return venv.ensure(paths)
        case "models":
            return make_models(paths, options.directory or paths.models)
        case "export-resnet":
            return export_resnet(paths, options.directory or paths.models, weights=options.weights)
        case _:
            return image.build(paths)


def make_models(paths: Paths, directory: Path) -> Path:
    """Writes the small test models below `directory`."""
    with venv.locked(paths.cache / "models.lock"):
        if not recipe.is_current(directory):
            run_in_venv(paths, "-m", "tests.modelserver.making", str(directory))
    return directory


def export_resnet(paths: Paths, directory: Path, *, weights: str) -> Path:
    """Writes ResNet50 to `directory`/resnet/1."""
    target = directory / "resnet" / "1"
    with venv.locked(paths.cache / "models.lock"):
        if not target.exists():
            script = REPOSITORY / "examples" / "resnet" / "export.py"
            run_in_venv(paths, str(script), str(directory), "--weights", weights)
    return target


def run_in_venv(paths: Paths, *arguments: str) -> None:
    """Runs Python with TensorFlow from the repository's root."""
    environment = {"PYTHONPATH": str(REPOSITORY), "TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": "-1"}
    say(run([venv.ensure(paths), *arguments], timeout_s=EXPORT_TIMEOUT_S, env=environment).strip())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m tests.modelserver", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("venv", help="the virtual environment with TensorFlow, and the wrapper in <cache>/bin")
    models = commands.add_parser("models", help="small SavedModels for tests")
    models.add_argument("directory", type=Path, nargs="?")
    resnet = commands.add_parser("export-resnet", help="ResNet50 as a SavedModel")
    resnet.add_argument("directory", type=Path, nargs="?")
    resnet.add_argument("--weights", choices=["random", "auto", "imagenet"], default="random")
    commands.add_parser("image", help="the double as a docker archive")
    return parser


if __name__ == "__main__":
    main()
