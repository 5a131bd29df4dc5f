"""The generated messages are those of the .proto files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import generate_protos

PROTOS = sorted(generate_protos.SOURCES.rglob("*.proto"))


@pytest.mark.parametrize("proto", PROTOS, ids=lambda proto: proto.name)
def test_generated_files_are_fresh(proto: Path) -> None:
    for path, text in generate_protos.generated(proto).items():
        assert path.exists(), generate_protos.REMEDY
        assert path.read_text("utf-8") == text, generate_protos.REMEDY


def test_there_are_protos_to_check() -> None:
    assert "saved_model.proto" in [proto.name for proto in PROTOS]


def test_generated_code_asks_for_no_version_of_protobuf() -> None:
    for proto in PROTOS:
        assert "runtime_version" not in proto.with_name(f"{proto.stem}_pb2.py").read_text("utf-8")
