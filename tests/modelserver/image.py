"""Builds the double's image: Debian with Python, a layer with a lean TensorFlow, and a thin one with our code.

Needs root and the package sources that apt and pip are set up with. Nothing is pulled from an image registry.
"""

from __future__ import annotations

import hashlib
import inspect
import shutil
import sys
from pathlib import Path
from typing import Final

from tests.modelserver.paths import REPOSITORY, Paths
from tests.modelserver.venv import locked
from tests.testbed import engine, rootfs, versions
from tests.testbed.images import docker_archive
from tests.testbed.layout import layout
from tests.testbed.process import run
from tests.testbed.progress import say, step

CODE_ROOT: Final = "usr/lib/model-server-double"
BINARY: Final = "usr/bin/tensorflow_model_server"
ENTRYPOINT: Final = "usr/bin/tf_serving_entrypoint.sh"
SITE_PACKAGES: Final = "usr/lib/python3/dist-packages"

_DEBIAN_PACKAGES: Final = ("python3-minimal", "libpython3-stdlib", "libstdc++6", "ca-certificates")
_TRIMMED: Final = ("include", "lite", "_api", "xla_aot_runtime_src", "compiler/mlir", "python/keras")
_TIMEOUT_S: Final = 900.0
_BINARY_TEXT: Final = f"""#!/bin/sh
# A test double of TensorFlow Serving's binary.
export PYTHONPATH=/{CODE_ROOT} PYTHONDONTWRITEBYTECODE=1
exec /usr/bin/python3 -s -m tests.modelserver.server "$@"
"""
# The form of the real image's entrypoint: bash stays process 1, does not exec and does not forward signals.
_ENTRYPOINT_TEXT: Final = r"""#!/bin/bash

tensorflow_model_server --port=8500 --rest_api_port=8501 \
  --model_name=${MODEL_NAME} --model_base_path=${MODEL_BASE_PATH}/${MODEL_NAME} "$@"
"""


def build(paths: Paths) -> Path:
    """The docker archive; built when absent or when pins or code changed.

    Raises:
        SetupError: a package cannot be had, or this is no Debian machine with root.
    """
    with locked(paths.cache / "model-server-image.lock"):
        marker = paths.image.with_suffix(".digest")
        digest = _digest_of_everything()
        if not (paths.image.exists() and marker.exists() and marker.read_text() == digest):
            _build(paths)
            marker.write_text(digest)
    return paths.image


def _build(paths: Paths) -> None:
    if shutil.which("debootstrap") is None:
        engine.install()
    debian = rootfs.debian("model-server", _DEBIAN_PACKAGES, layout=layout())
    root, tensorflow = _tensorflow_layer(paths.image_work, debian=debian)
    with step("model server image"):
        _install_code(root)
        models = paths.image_work / "models"
        models.mkdir(exist_ok=True)
        code = [(root / path, path) for path in (CODE_ROOT, BINARY, ENTRYPOINT)]
        docker_archive(
            paths.image,
            tags=[versions.DOUBLE_IMAGE],
            layers=[debian, tensorflow, [*code, (models, "models")]],
            entrypoint=[f"/{ENTRYPOINT}"],
            env=["MODEL_BASE_PATH=/models", "MODEL_NAME=model"],
            ports=[8500, 8501],
        )


def _tensorflow_layer(work: Path, *, debian: Path) -> tuple[Path, Path]:
    """A root file system with TensorFlow in it, and the layer that TensorFlow is; kept, since only our code changes."""
    root, layer, marker = work / "rootfs", work / "tensorflow.tar", work / "tensorflow.digest"
    recipe = hashlib.sha256(f"{debian.name}{_recipe()}".encode()).hexdigest()
    if marker.exists() and marker.read_text() == recipe:
        return root, layer
    marker.unlink(missing_ok=True)
    with step(f"TensorFlow {versions.TENSORFLOW} for the model server image"):
        rootfs.unpack(debian, into=root)
        _install_tensorflow(root / SITE_PACKAGES)
        _strip_libraries(root / SITE_PACKAGES)
        _compile(root, SITE_PACKAGES)
        _pack(root, layer)
    marker.write_text(recipe)
    return root, layer


def _install_tensorflow(target: Path) -> None:
    platforms = [argument for platform in versions.TENSORFLOW_PLATFORMS for argument in ("--platform", platform)]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    image = ["--no-compile", "--no-deps", "--only-binary=:all:", f"--python-version={versions.DOUBLE_PYTHON}"]
    run([*pip, *image, *platforms, "--target", target, *versions.DOUBLE_REQUIREMENTS], timeout_s=_TIMEOUT_S)
    for name in _TRIMMED:
        shutil.rmtree(target / "tensorflow" / name, ignore_errors=True)
    for tests in [*target.glob("**/tests"), *target.glob("**/testdata")]:
        shutil.rmtree(tests, ignore_errors=True)


def _strip_libraries(target: Path) -> None:
    """Drops the symbol tables, a quarter of TensorFlow's size: a saving, not a need."""
    if shutil.which("strip") is None:
        say("no `strip` here: the model server image will be 200 MB larger")
        return
    libraries = [path for path in target.glob("**/*.so*") if path.is_file() and not path.is_symlink()]
    # What auditwheel rewrote (numpy's own libraries) does not survive it.
    run(["strip", "--strip-unneeded", *(path for path in libraries if "numpy.libs" not in path.parts)], timeout_s=300)


def _pack(root: Path, layer: Path) -> None:
    same_bytes = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"]
    partial = layer.with_suffix(".partial")
    run(["tar", *same_bytes, "-C", root, "-cf", partial, SITE_PACKAGES], timeout_s=300)
    partial.replace(layer)


def _install_code(root: Path) -> None:
    shutil.rmtree(root / CODE_ROOT, ignore_errors=True)
    package = root / CODE_ROOT / "tests" / "modelserver"
    ours = REPOSITORY / "tests" / "modelserver"
    shutil.copytree(ours / "server", package / "server", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ours / "__init__.py", package)
    for path, text in ((BINARY, _BINARY_TEXT), (ENTRYPOINT, _ENTRYPOINT_TEXT)):
        (root / path).write_text(text)
        (root / path).chmod(0o755)
    run(["chmod", "-R", "u=rwX,go=rX", root / CODE_ROOT], timeout_s=60)
    _compile(root, CODE_ROOT)


def _compile(root: Path, directory: str) -> None:
    """Byte-compiles for a read-only file system; by hash, since every time stamp in the archive is zero."""
    compiler = ["python3", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    run(["chroot", root, *compiler, f"/{directory}"], timeout_s=300)


def _recipe() -> str:
    sources = [inspect.getsource(part) for part in (_install_tensorflow, _strip_libraries, _compile, _pack)]
    return "\n".join([*versions.DOUBLE_REQUIREMENTS, *_TRIMMED, *sources])


def _digest_of_everything() -> str:
    code = sorted((REPOSITORY / "tests" / "modelserver" / "server").glob("*.py"))
    parts = [*_DEBIAN_PACKAGES, _recipe(), inspect.getsource(_build), _BINARY_TEXT, _ENTRYPOINT_TEXT]
    return hashlib.sha256("\0".join([*parts, *(path.read_text() for path in code)]).encode()).hexdigest()
