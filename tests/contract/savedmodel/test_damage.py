"""What we call an error fails in TensorFlow, and what we call whole does not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.savedmodel.conftest import TensorFlow
from tfk8s.model import read_model

pytestmark = pytest.mark.contract

INDEX = "variables/variables.index"
DATA = "variables/variables.data-00000-of-00001"


def _change(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def apply(version: Path) -> None:
        path = version / name
        path.write_bytes(change(path.read_bytes()))

    return apply


def _remove(name: str) -> Callable[[Path], None]:
    def apply(version: Path) -> None:
        path = version / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()

    return apply


def _flip(place: int) -> Callable[[bytes], bytes]:
    def apply(content: bytes) -> bytes:
        changed = bytearray(content)
        changed[place] ^= 0x20
        return bytes(changed)

    return apply


DAMAGES: dict[str, tuple[str | None, Callable[[Path], None]]] = {
    "whole": (None, lambda _: None),
    "graph emptied": ("graph-truncated", _change("saved_model.pb", lambda _: b"")),
    "graph cut in half": ("graph-truncated", _change("saved_model.pb", lambda content: content[: len(content) // 2])),
    "graph without its last byte": ("graph-truncated", _change("saved_model.pb", lambda content: content[:-1])),
    "graph of zero bytes": ("graph-corrupt", _change("saved_model.pb", lambda content: bytes(len(content)))),
    "graph gone": ("graph-missing", _remove("saved_model.pb")),
    "another tag": (
        "no-serve-graph",
        _change("saved_model.pb", lambda content: content.replace(b"serve", b"train", 1)),
    ),
    "variables gone": ("variables-missing", _remove("variables")),
    "index gone": ("variables-missing", _remove(INDEX)),
    "index emptied": ("variables-corrupt", _change(INDEX, lambda _: b"")),
    "index cut in half": ("variables-corrupt", _change(INDEX, lambda content: content[: len(content) // 2])),
    "bit flipped in a block of the index": ("variables-corrupt", _change(INDEX, _flip(5))),
    "bit flipped in the footer of the index": ("variables-corrupt", _change(INDEX, _flip(-1))),
    "data gone": ("shard-missing", _remove(DATA)),
    "data cut in half": ("shard-truncated", _change(DATA, lambda content: content[: len(content) // 2])),
    "data emptied": ("shard-truncated", _change(DATA, lambda _: b"")),
    "data longer than needed": (None, _change(DATA, lambda content: content + b"more")),
    "fingerprint gone": (None, _remove("fingerprint.pb")),
}


@pytest.mark.parametrize("name", ["half_plus", "keras_dense"])
def test_tensorflow_fails_where_we_find_an_error_and_only_there(
    name: str, made_models: Path, tensorflow: TensorFlow, tmp_path: Path
) -> None:
    source = made_models / name / "1"
    versions = {}
    for damage, (_, apply) in DAMAGES.items():
        versions[damage] = tmp_path / damage / "1"
        shutil.copytree(source, versions[damage])
        apply(versions[damage])

    failures = tensorflow("load", *versions.values())

    for damage, (code, _) in DAMAGES.items():
        info = read_model(tmp_path / damage)
        failure = failures[str(versions[damage])]
        assert info.servable is (failure is None), f"{damage}: {failure}"
        assert {finding.code for finding in info.findings} == ({code} if code else set()), damage


def test_models_made_here_can_be_served_as_we_say(made_models: Path, tensorflow: TensorFlow) -> None:
    infos = [read_model(made_models / name) for name in ("constant_only", "many_types", "simple_save", "no_signature")]

    failures = tensorflow("load", *(info.versions[0].path for info in infos))

    for info in infos:
        assert info.servable is (failures[str(info.versions[0].path)] is None), info.name


def test_what_a_server_would_stumble_over_is_found_in_real_models(made_models: Path) -> None:
    found = {
        name: [finding.code for finding in read_model(made_models / name).findings]
        for name in ("reads_file", "calls_python", "no_signature", "warm", "bad_warm_up")
    }

    assert found == {
        "reads_file": ["operation-outside"],
        "calls_python": ["operation-python"],
        "no_signature": ["no-signature"],
        "warm": [],
        "bad_warm_up": ["warmup-broken"],
    }


def test_the_serving_projects_models_are_judged_as_it_uses_them(real_models: Path) -> None:
    infos = [read_model(path) for path in sorted(real_models.iterdir()) if path.is_dir()]

    servable = {info.name for info in infos if info.servable}
    assert {info.name for info in infos} - servable == {"bad_half_plus_two"}
    assert len(servable) >= 5
