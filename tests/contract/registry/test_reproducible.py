"""The same model gives the same image, whoever builds it, wherever and whenever."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.registry.images import base_archive, oci_layout
from tests.registry.pushing import model

pytestmark = pytest.mark.contract

PROGRAM = """
import os, sys
from pathlib import Path
from tfk8s.image.builder import ModelImageBuilder
from tfk8s.image.layout_reader import layout_image
from tfk8s.ports import ModelContent

root, layout, umask = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3], 8)
os.umask(umask)
content = ModelContent(name="half", root=root, versions=((1, root / "1"),))
image = ModelImageBuilder().build([content], base=layout_image(f"oci:{layout}"), reference="registry.example/half:1")
print(image.digest)
"""


def _digest(root: Path, *, layout: Path, umask: str, environment: Mapping[str, str]) -> str:
    command = [sys.executable, "-c", PROGRAM, str(root), str(layout), umask]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def test_two_builds_with_other_times_owners_masks_zones_and_locales_have_one_digest(tmp_path: Path) -> None:
    layout = oci_layout(base_archive(tmp_path), tmp_path / "layout")
    moved = shutil.copytree(layout, tmp_path / "b" / "layout of somebody else")
    first, second = model(tmp_path / "a").root, model(tmp_path / "b" / "elsewhere").root
    for number, path in enumerate(sorted(second.rglob("*"), reverse=True)):
        path.chmod(0o700 if path.is_dir() else 0o600)
        if os.geteuid() == 0:
            os.chown(path, 1234, 1234)
        os.utime(path, (1_000_000_000 + number, 1_000_000_000 + number))

    digests = {
        _digest(first, layout=layout, umask="022", environment={"TZ": "UTC", "LC_ALL": "C"}),
        _digest(
            second,
            layout=moved,
            umask="077",
            environment={"TZ": "Pacific/Auckland", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "7"},
        ),
    }

    assert len(digests) == 1
    assert next(iter(digests)).startswith("sha256:")


def test_another_byte_is_another_digest(tmp_path: Path) -> None:
    layout = oci_layout(base_archive(tmp_path), tmp_path / "layout")
    root = model(tmp_path).root
    before = _digest(root, layout=layout, umask="022", environment={})
    (root / "1" / "saved_model.pb").write_bytes(b"graph of version 2")

    assert _digest(root, layout=layout, umask="022", environment={}) != before
