"""Directories of SavedModels, as `inspect`, `init` and image builds read them.

An input is a text of sections, each `=== KIND PATH` on a line of its own and its content behind it: `file`; `link`,
whose content is where it leads; `folder`; `block`, a block of variables.index, around which a table with right
checksums is put; `record`, a recorded request in a TFRecord with right checksums.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from tests.fuzz.guard import show_product
from tests.unit.model.savedmodels import (
    Variable,
    add_block,
    block,
    footer,
    graph,
    index,
    init_op,
    record,
    saved_model,
    signature,
    tensor,
    with_calls,
)
from tfk8s.app.init import spec_text
from tfk8s.app.inspect import inspect_model
from tfk8s.cli.model_text import model_text
from tfk8s.errors import InputError
from tfk8s.model import content_digest, from_json, read_model, require_servable, to_json
from tfk8s.model.contract import compare_contracts
from tfk8s.model.protos.saved_model_pb2 import BundleEntryProto, BundleHeaderProto

_MARK: Final = b"\n=== "
_KINDS: Final = (b"file", b"link", b"folder", b"block", b"record")
_MOST_SECTIONS: Final = 40
_GRAPH, _INDEX, _WARMUP = "1/saved_model.pb", "1/variables/variables.index", "1/assets.extra/tf_serving_warmup_requests"

WORDS: Final = (
    *(b"=== " + kind + b" 1/" for kind in _KINDS),
    *(b"saved_model.pb", b"saved_model.pbtxt", b"variables/variables.index", b"variables.data-00000-of-00001"),
    *(b"assets/", b"assets.extra/tf_serving_warmup_requests", b"fingerprint.pb", b"serve", b"serving_default"),
    *(b"PyFunc", b"ReadFile", b"VarHandleOp", b"../../etc/passwd", b"/etc/passwd", b"tensorflow/serving/predict"),
    *(b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", b"\xff\xff\xff\xff\x0f", b"\x0a\x00", b"\x12\x00"),
)


class Section(NamedTuple):
    """A part of an input."""

    kind: bytes
    path: bytes
    content: bytes


def check(data: bytes) -> None:
    """Read the directory in every way that there is."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as folder:
        base = Path(folder) / "model"
        base.mkdir()
        for section in _sections(data)[:_MOST_SECTIONS]:
            _write(base, section)
        _read(base)


def _read(base: Path) -> None:
    inspection = inspect_model(base)
    info = inspection.info
    document = to_json(info)
    show_product(document, text=model_text(info))
    if to_json(from_json(document)) != document:
        raise AssertionError("what inspect wrote is not read back")
    for version in info.versions:
        compare_contracts(version.signatures, info.versions[0].signatures)
        try:
            content_digest(version)
        except InputError:
            continue
        if version.path.is_dir():
            read_model(version.path)
    require_servable(info)
    spec_text(info, folder=base.parent)


def _sections(data: bytes) -> list[Section]:
    found = []
    for part in (b"\n" + data).split(_MARK)[1:]:
        head, _, content = part.partition(b"\n")
        kind, _, path = head.partition(b" ")
        found.append(Section(kind, path, content))
    return found


def _joined(sections: list[Section]) -> bytes:
    return b"".join(_MARK + kind + b" " + path + b"\n" + content for kind, path, content in sections)[1:]


def _write(base: Path, section: Section) -> None:
    """Write a section; one that has no place below the folder, or stands in the way of itself, is left out."""
    path = PurePosixPath(os.fsdecode(section.path))
    if not _is_below(path):
        return
    place = base / path
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        if section.kind == b"folder":
            place.mkdir(exist_ok=True)
        elif section.kind == b"link":
            target = PurePosixPath(os.fsdecode(section.content.strip()))
            if _is_below(target) or all(part == ".." for part in target.parts[: len(path.parts) - 1]):
                place.symlink_to(target if _is_below(target) else "..")
        else:
            place.write_bytes(_content(section))
    except (OSError, ValueError):
        return


def _is_below(path: PurePosixPath) -> bool:
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\0" not in str(path)


def _content(section: Section) -> bytes:
    if section.kind == b"record":
        return record(section.content)
    if section.kind != b"block":
        return section.content
    written = bytearray()
    data = add_block(written, section.content, kind=0)
    top = add_block(written, block([(b"z", data)]), kind=0)
    return bytes(written) + footer(data, top)


def seeds() -> Iterator[bytes]:
    """Whole models, and ones of many parts."""
    whole = saved_model(graph(signatures={"serving_default": signature(), "__saved_model_init_op": init_op()}))
    variables = saved_model(graph(operations=("VarHandleOp", "ReadVariableOp"), functions={"f": ("MatMul", "Const")}))
    called = graph(operations=("ReadFile",), functions={"f": ("PyFunc",), "g": ("WriteFile",)}, assets=("words.txt",))
    many = {f"in{number}": tensor(f"in{number}:0", shape=(-1, number)) for number in range(4)}
    entries = [(b"", BundleHeaderProto(num_shards=1).SerializeToString())]
    entries.append((b"w", BundleEntryProto(shard_id=0, offset=0, size=8).SerializeToString()))
    yield _archive({_GRAPH: whole})
    yield _archive({_GRAPH: variables, _INDEX: index(Variable(name="w", size=8)), _DATA: bytes(8)})
    yield _archive({_GRAPH: variables, _DATA: bytes(8)}) + _joined([Section(b"block", _INDEX.encode(), block(entries))])
    yield _archive({_GRAPH: variables, _INDEX: index(Variable(name="w", size=8), kind=1)})
    yield _archive({_GRAPH: saved_model(with_calls(called, calls={"": ["f"]})), "1/assets/words.txt": b"a\nb\n"})
    yield _archive({_GRAPH: saved_model(graph(signatures={"a": signature(many, many)}), graph(tags=("gpu", "serve")))})
    yield _archive({_GRAPH: whole}) + _joined([Section(b"record", _WARMUP.encode(), b"\x32\x04\x0a\x02\x0a\x00")])
    yield _archive({"00000123/saved_model.pb": whole, "2/saved_model.pb": whole, "v3/x": b"", "checkpoint": b""})
    yield _joined([Section(b"link", b"1", b"2"), Section(b"folder", b"2", b""), Section(b"link", b"2/up", b"..")])
    yield from _real()


_DATA: Final = "1/variables/variables.data-00000-of-00001"


def _real() -> Iterator[bytes]:
    """Models of others, where there are any: read here and never kept in the tree."""
    named = os.environ.get("TFK8S_SAVEDMODELS")
    for model in sorted(Path(named).iterdir()) if named else []:
        if model.is_dir():
            files = {
                str(path.relative_to(model)): path.read_bytes() for path in sorted(model.rglob("*")) if path.is_file()
            }
            yield _archive({name: content for name, content in files.items() if len(content) < 1 << 15})


def _archive(files: dict[str, bytes]) -> bytes:
    return _joined([Section(b"file", os.fsencode(path), content) for path, content in files.items()])


def mutate(data: bytes, *, most: int, seed: int, native: Callable[[bytes, int], bytes]) -> bytes:
    """Change one section, or which there are."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    sections = _sections(data)
    if not sections or chance.random() < 0.2:
        return native(data, most)
    place = chance.randrange(len(sections))
    chosen = sections[place]
    match chance.randrange(8):
        case 0:
            sections.insert(place, chosen._replace(path=native(chosen.path, 64)))
        case 1 if len(sections) > 1:
            del sections[place]
        case 2:
            sections[place] = chosen._replace(kind=chance.choice(_KINDS))
        case 3:
            sections[place] = chosen._replace(path=native(chosen.path, 64))
        case _:
            room = max(most - len(data) + len(chosen.content), 1)
            sections[place] = chosen._replace(content=native(chosen.content, room))
    return _joined(sections)[:most]
