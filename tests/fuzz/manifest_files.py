"""Manifests of others: what `import`, `check` and the reader of YAML make of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tests.fuzz.guard import show_failure, show_product
from tests.fuzz.lines import mutate_lines
from tfk8s.app.check_manifests import check_manifests
from tfk8s.app.import_ import import_manifests
from tfk8s.errors import Tfk8sError
from tfk8s.manifest.yaml import dump_documents, load_documents, read_documents

_ROOT: Final = Path(__file__).resolve().parents[2]
_NAME: Final = "manifests.yaml"
_KEY: Final = re.compile(rb"^[ -]*([A-Za-z][A-Za-z0-9./]*):", re.MULTILINE)
_LARGEST_SEED: Final = 8 << 10


def check(data: bytes) -> None:
    """Import and check; whatever can be read is written and read again."""
    for found in check_manifests({_NAME: data}, minor=34).found:
        show_product(str(found), text=found.message)
    _write_and_read(data)
    try:
        imported = import_manifests({_NAME: data})
    except Tfk8sError as error:
        show_failure(error)
    else:
        show_product(imported.as_json(), text="\n".join([imported.text, imported.summary(), *map(str, imported.notes)]))


def _write_and_read(data: bytes) -> None:
    for follows in (False, True):
        reading = read_documents(data, source=_NAME, follows_aliases=follows)
        if reading.problems:
            continue
        values = [document.value for document in reading.documents]
        text = dump_documents(values)
        text.encode("utf-8")
        if [document.value for document in load_documents(text, source=_NAME)] != values:
            raise AssertionError("what was written is not read back")


def seeds() -> Iterator[bytes]:
    """Shapes that people write, and what is rendered."""
    yield from (path.read_bytes() for path in sorted((_ROOT / "tests/unit/adoption/shapes").glob("*.yaml")))
    for folder in sorted((_ROOT / "tests/golden/cases").glob("*/expected")):
        whole = b"---\n".join(path.read_bytes() for path in sorted(folder.rglob("*.yaml")))
        yield whole if len(whole) <= _LARGEST_SEED else whole[:_LARGEST_SEED].rpartition(b"\n---\n")[0] + b"\n"
    yield _ALIASES


_ALIASES: Final = b"""\
x: &a {b: 1}
y: {<<: *a, c: [*a]}
---
apiVersion: v1
kind: List
items:
- {apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {template: {spec: {containers: [
    {name: s, image: "tensorflow/serving:2.20.0", args: ["--model_config_file=/c/m"],
     env: [{name: MODEL_NAME, value: m}], volumeMounts: [{name: c, mountPath: /c}]}],
     volumes: [{name: c, configMap: {name: m}}]}}}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: m}, data: {m: "model_config_list { config {
    name: 'm' base_path: '/models/m' model_platform: 'tensorflow' model_version_policy { specific { versions: 1 } }
    version_labels { key: 'stable' value: 1 } } }"}}
"""

WORDS: Final = (
    *(b"apiVersion", b"kind", b"metadata", b"List", b"ConfigMap", b"Secret", b"Deployment", b"tensorflow_model_server"),
    *(b"--model_config_file=/c/m", b"model_config_list {", b"base_path: '/m'", b"version_labels {", b"\\377", b"0x1F"),
    *sorted({word for seed in seeds() for word in _KEY.findall(seed)}),
)


def mutate(data: bytes, *, most: int, seed: int, native: Callable[[bytes, int], bytes]) -> bytes:
    """By lines."""
    return mutate_lines(data, most=most, seed=seed, native=native, words=WORDS)
