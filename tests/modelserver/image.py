"""Builds the double's image: Debian with Python and a lean TensorFlow, and above it a thin layer with our code.

Needs root, `debootstrap` (installed through apt when missing) and the package sources that apt and pip are set up
with. Nothing is pulled from an image registry.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.modelserver import archive, versions
from tests.modelserver.paths import REPOSITORY, Paths
from tests.modelserver.venv import locked

CODE_ROOT: Final = "usr/lib/model-server-double"
BINARY: Final = "usr/bin/tensorflow_model_server"
ENTRYPOINT: Final = "usr/bin/tf_serving_entrypoint.sh"
SITE_PACKAGES: Final = "usr/lib/python3/dist-packages"

_TIMEOUT_S: Final = 900
_TRIMMED_DEBIAN: Final = (
    "var/cache/apt", "var/lib/apt/lists", "var/log", "usr/share/doc", "usr/share/man", "usr/share/locale",
    "usr/share/zoneinfo", "usr/share/info", "dev",
)  # fmt: skip
_TRIMMED_TENSORFLOW: Final = ("include", "lite", "_api", "xla_aot_runtime_src", "compiler/mlir", "python/keras")
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
_CONFIG: Final = {
    "Env": [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "MODEL_BASE_PATH=/models",
        "MODEL_NAME=model",
    ],
    "Entrypoint": [f"/{ENTRYPOINT}"],
    "ExposedPorts": {"8500/tcp": {}, "8501/tcp": {}},
    "WorkingDir": "/",
}


def build(paths: Paths) -> Path:
    """The docker archive; built when absent or when pins or code changed."""
    with locked(paths.cache / "model-server-image.lock"):
        marker = paths.image.with_suffix(".digest")
        digest = _digest_of_everything()
        if paths.image.exists() and marker.exists() and marker.read_text() == digest:
            return paths.image
        root = _base(paths.image_work)
        _install_code(root)
        code = (CODE_ROOT, BINARY, ENTRYPOINT)
        layers = [archive.LayerSource(root=root, excluded=code), archive.LayerSource(root=root, only=code)]
        archive.write(paths.image, name=versions.IMAGE_NAME, config=_CONFIG, layers=layers)
        marker.write_text(digest)
    return paths.image


def _base(work: Path) -> Path:
    """The root file system without our code; kept, since only the code changes often."""
    root, marker = work / "rootfs", work / "rootfs.digest"
    digest = hashlib.sha256(_base_recipe().encode()).hexdigest()
    if marker.exists() and marker.read_text() == digest:
        return root
    marker.unlink(missing_ok=True)
    shutil.rmtree(root, ignore_errors=True)
    work.mkdir(parents=True, exist_ok=True)
    _debootstrap(root)
    _install_tensorflow(root / SITE_PACKAGES)
    _strip_libraries(root / SITE_PACKAGES)
    _compile(root, f"/{SITE_PACKAGES}", "/usr/lib/python3.11")
    for name in ("models", "dev", "proc", "sys"):
        (root / name).mkdir(exist_ok=True)
    marker.write_text(digest)
    return root


def _debootstrap(root: Path) -> None:
    if shutil.which("debootstrap") is None:
        _run(
            "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", "install", "-y", "--no-install-recommends", "debootstrap"
        )
    packages = "python3-minimal,libpython3-stdlib,libstdc++6,ca-certificates"
    _say(f"Debian {versions.DEBIAN_SUITE} in {root}")
    _run(
        "debootstrap", "--variant=minbase", f"--include={packages}", versions.DEBIAN_SUITE, str(root), _debian_mirror()
    )
    for name in _TRIMMED_DEBIAN:
        shutil.rmtree(root / name, ignore_errors=True)


def _debian_mirror() -> str:
    """The mirror that apt on this machine is set up with."""
    listing = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    output = subprocess.run(listing, check=True, capture_output=True, text=True).stdout
    return next(line for line in output.splitlines() if line and "security" not in line)


def _install_tensorflow(target: Path) -> None:
    _say(f"TensorFlow {versions.TENSORFLOW} in {target}")
    platforms = [argument for platform in versions.WHEEL_PLATFORMS for argument in ("--platform", platform)]
    _run(
        sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", "--no-deps",
        "--only-binary", ":all:", "--python-version", versions.IMAGE_PYTHON, "--implementation", "cp", *platforms,
        "--target", str(target), *versions.RUNTIME_REQUIREMENTS,
    )  # fmt: skip
    for name in _TRIMMED_TENSORFLOW:
        shutil.rmtree(target / "tensorflow" / name, ignore_errors=True)
    for tests in [*target.glob("**/tests"), *target.glob("**/testdata")]:
        shutil.rmtree(tests, ignore_errors=True)


def _strip_libraries(target: Path) -> None:
    """Drops the symbol tables, a quarter of TensorFlow's size. Stripping is saving, not need."""
    if shutil.which("strip") is None:
        _say("no strip here: the image will be 200 MB larger")
        return
    libraries = [path for path in target.glob("**/*.so*") if path.is_file() and not path.is_symlink()]
    for library in libraries:
        if "numpy.libs" not in library.parts:  # rewritten by auditwheel in a way that strip breaks
            _run("strip", "--strip-unneeded", str(library))


def _install_code(root: Path) -> None:
    code = root / CODE_ROOT
    shutil.rmtree(code, ignore_errors=True)
    package = code / "tests" / "modelserver"
    shutil.copytree(
        REPOSITORY / "tests" / "modelserver" / "server",
        package / "server",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copy(REPOSITORY / "tests" / "modelserver" / "__init__.py", package)
    for path, text in ((BINARY, _BINARY_TEXT), (ENTRYPOINT, _ENTRYPOINT_TEXT)):
        (root / path).write_text(text)
        (root / path).chmod(0o755)
    _run("chmod", "-R", "u=rwX,go=rX", str(code))
    _compile(root, f"/{CODE_ROOT}")


def _compile(root: Path, *directories: str) -> None:
    """Byte-compiles for a read-only file system; by hash, since the archive sets every time stamp to zero."""
    compiler = ["python3", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    # Some files of other Python versions do not compile: exit 1 then says nothing about the rest.
    subprocess.run(["chroot", str(root), *compiler, *directories], check=False, timeout=_TIMEOUT_S, stdout=sys.stderr)


def _base_recipe() -> str:
    functions = (_base, _debootstrap, _install_tensorflow, _strip_libraries)
    pins = (*versions.RUNTIME_REQUIREMENTS, versions.DEBIAN_SUITE, *_TRIMMED_DEBIAN, *_TRIMMED_TENSORFLOW)
    return "\n".join([*pins, *map(inspect.getsource, functions)])


def _digest_of_everything() -> str:
    code = sorted((REPOSITORY / "tests" / "modelserver" / "server").glob("*.py"))
    parts = [_base_recipe(), _BINARY_TEXT, _ENTRYPOINT_TEXT, repr(_CONFIG), *(path.read_text() for path in code)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _run(*command: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, check=True, timeout=_TIMEOUT_S, stdout=sys.stderr, env=environment)


def _say(text: str) -> None:
    sys.stderr.write(f"model-server image: {text}\n")
