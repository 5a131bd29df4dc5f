"""`tfk8s image push` of ResNet50 against `crane append` of the same layer, on a registry of its own each, in pairs.

crane is given the finished layer as a file, so that it does not compress; we read the model and make ours on the way.
Run `python -m tests.bench.push_bench`, or `make bench` for it and the others. Exit code 1 when a target is missed.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.bench.timing import Figures, Sample, measure_pairs, run
from tests.modelserver.__main__ import export_resnet
from tests.modelserver.paths import Paths
from tests.registry.images import base_archive
from tests.testbed import registry
from tests.testbed.gobuild import find_program
from tests.testbed.gomodules import registry_modules
from tests.testbed.layout import layout
from tests.testbed.registry import RegistrySettings, crane

PAIRS: Final = 11
MOST_RATIO: Final = 1.3
MOST_BYTES: Final = 64 * 2**20
_BASE = "bench/base:1"
_OURS, _THEIRS = "bench/ours", "bench/theirs:1"


@contextmanager
def _filled_registry(folder: Path) -> Iterator[str]:
    """Run an empty registry with the base image in it; yields its host."""
    settings = RegistrySettings(data=folder / "data")
    try:
        with registry.serving(settings, folder=folder) as port:
            host = f"{registry.LOOPBACK}:{port}"
            crane("push", base_archive(folder), f"{host}/{_BASE}")
            yield host
    finally:
        shutil.rmtree(folder)


def _push(host: str, model: Path, *, folder: Path) -> Sample:
    program = Path(sys.executable).with_name("tfk8s")
    where = ("--repository", f"{host}/{_OURS}", "--base", f"{host}/{_BASE}", "--tag", "1")
    return run([program, "image", "push", model, *where], env={"XDG_STATE_HOME": str(folder / "state")})


def _append(host: str, layer: Path) -> Sample:
    program = find_program(registry_modules(), "crane", layout=layout())
    return run([program, "append", "--base", f"{host}/{_BASE}", "--new_layer", layer, "--new_tag", f"{host}/{_THEIRS}"])


def _finished_layer(model: Path, *, folder: Path) -> Path:
    """The layer of the model as our own push makes it, out of the registry that it was pushed to."""
    with _filled_registry(folder / "first") as host:
        _push(host, model, folder=folder)
        manifest = json.loads(crane("manifest", f"{host}/{_OURS}:1"))
        digest = manifest["layers"][-1]["digest"].removeprefix("sha256:")
        stored = folder / "first/data/docker/registry/v2/blobs/sha256" / digest[:2] / digest / "data"
        return Path(shutil.copy(stored, folder / "layer.tar.gz"))


def _in_registry(folder: Path, action: Callable[[str], Sample]) -> Callable[[], Sample]:
    def once() -> Sample:
        with _filled_registry(folder / "registry") as host:
            return action(host)

    return once


def main() -> int:
    """Measure both, print both and the ratio, and say whether the targets are met."""
    registry.ensure_programs()
    paths = Paths.from_environment()
    model = export_resnet(paths, paths.models, weights="random").parent
    with tempfile.TemporaryDirectory(prefix="push-bench-") as name:
        folder = Path(name)
        layer = _finished_layer(model, folder=folder)
        size_bytes = layer.stat().st_size
        ours, theirs, ratio = measure_pairs(
            _in_registry(folder, lambda host: _push(host, model, folder=folder)),
            _in_registry(folder, lambda host: _append(host, layer)),
            rounds=PAIRS,
        )
        again = _second_push(model, folder=folder)
    _say(f"push ResNet50, {size_bytes / 2**20:.0f} MiB ({PAIRS} pairs, load average {os.getloadavg()[0]:.1f})")
    for what, figures in (("tfk8s image push", ours), ("crane append", theirs)):
        _say(figures.line(what))
    _say(f"  ratio            {ratio:.2f}; a second push takes {again:.2f} s")
    met = ratio <= MOST_RATIO and ours.peak_bytes < MOST_BYTES
    target = f"at most {MOST_RATIO} times the wall time, under {MOST_BYTES // 2**20} MiB"
    _say(f"  {'met' if met else 'MISSED'}: {target}")
    return 0 if met else 1


def _second_push(model: Path, *, folder: Path) -> float:
    with _filled_registry(folder / "registry") as host:
        _push(host, model, folder=folder)
        return Figures.of([_push(host, model, folder=folder)]).median_s


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
