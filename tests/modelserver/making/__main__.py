"""Writes every test model below a directory, with what `saved_model_cli` says of each: `python -m ... DIR`."""

from __future__ import annotations

import contextlib
import functools
import io
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import tensorflow as tf
from tensorflow.python.tools import saved_model_cli

from tests.modelserver import recipe
from tests.modelserver.making import graphs, keras_models, modules, warmup

Writer = Callable[[Path], None]

SLOW_LOAD_S = 8.0
MODELS: dict[str, Writer] = {
    "keras_dense/1": keras_models.dense,
    "keras_two_inputs/1": keras_models.two_inputs,
    "no_signature/1": keras_models.subclassed,
    "image_bytes/1": modules.image_bytes,
    "many_types/1": modules.many_types,
    "half_plus/1": functools.partial(modules.half_plus, addend=2.0),
    "half_plus/2": functools.partial(modules.half_plus, addend=3.0),
    "half_plus/3": functools.partial(modules.half_plus, addend=4.0),
    "constant_only/1": modules.constant_only,
    "reads_file/1": modules.reads_file,
    "calls_python/1": modules.calls_python,
    "cpu_burner/1": modules.cpu_burner,
    "simple_save/1": graphs.simple_save,
    "slow_load/1": functools.partial(graphs.slow_load, seconds=SLOW_LOAD_S),
    "warm/1": functools.partial(warmup.half_plus_with_records, good=True),
    "bad_warm_up/1": functools.partial(warmup.half_plus_with_records, good=False),
}


def main(directory: Path) -> None:
    """Writes what is missing or made by another recipe; each is written beside its place and renamed into it."""
    is_current = recipe.is_current(directory)
    for name, write in MODELS.items():
        if not is_current:
            shutil.rmtree(directory / name, ignore_errors=True)
            (directory / "saved_model_cli" / f"{name.replace('/', '-')}.txt").unlink(missing_ok=True)
        target = directory / name
        if not target.exists():
            _write_one(write, target=target)
        _describe(target, directory / "saved_model_cli" / f"{name.replace('/', '-')}.txt")
    recipe.mark(directory)
    sys.stdout.write(f"{len(MODELS)} model versions in {directory}\n")


def _write_one(write: Writer, *, target: Path) -> None:
    sys.stderr.write(f"writing {target}\n")
    temporary = target.parent.parent / f".{target.parent.name}-{target.name}.partial"
    shutil.rmtree(temporary, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    tf.keras.backend.clear_session()
    write(temporary)
    temporary.rename(target)


def _describe(model: Path, report: Path) -> None:
    if report.exists():
        return
    report.parent.mkdir(parents=True, exist_ok=True)
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        parser = saved_model_cli.create_parser()
        arguments = parser.parse_args(["show", "--dir", str(model), "--all"])
        arguments.func()
    report.write_text(output.getvalue())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
