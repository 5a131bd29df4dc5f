"""Inputs that somebody made to take time or memory: each ends within `LIMIT_S` and `LIMIT_BYTES`, in words of ours."""

from __future__ import annotations

import gzip
import importlib
from collections.abc import Callable

import pytest

from tests.fuzz import server_answers as server
from tests.fuzz.guard import run_guarded
from tests.fuzz.targets import module_name
from tfk8s.model.wire import varint

MIB = 1 << 20
SPEC = b"apiVersion: tfk8s.dev/v1\nname: a\nmodel: {source: gs://b/c}\n"
SERVER = (
    b"kind: Deployment\nmetadata: {name: d}\nspec: {template: {spec: {containers: [{image: tensorflow/serving}]}}}\n"
)


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def file(path: bytes, content: bytes) -> bytes:
    return b"=== file " + path + b"\n" + content


def nodes(count: int) -> bytes:
    return field(2, field(1, field(4, b"serve")) + field(2, b"\x0a\x00" * count))


def asked(what: int, form: int, rest: bytes) -> bytes:
    return bytes((what, form)) + rest


def zipped(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(body)


def tensor(*sizes: int) -> bytes:
    """A prediction of one output, one number and a shape."""
    dims = b"".join(field(2, b"\x08" + varint(size)) for size in sizes)
    return field(1, field(1, b"y") + field(2, b"\x08\x01" + field(2, dims) + b"\x2d\0\0\x80\x3f"))


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "YAML nested without end": ("spec_file", lambda: b"{a: " * 200_000),
    "a list of half a million numbers": ("spec_file", lambda: b"a: [" + b"1," * 520_000 + b"1]"),
    "half a million traps": ("spec_file", lambda: b"a: [" + b"no," * 340_000 + b"no]"),
    "a spec of unknown fields": ("spec_file", lambda: SPEC + b"".join(b"k%d: 1\n" % n for n in range(60_000))),
    "a key of a megabyte": ("spec_file", lambda: SPEC + b"? " + b"modl" * 200_000 + b"\n: 1\n"),
    "thousands of environments": (
        "spec_file",
        lambda: SPEC + b"environments:\n" + b"".join(b" k%d: {}\n" % n for n in range(60_000)),
    ),
    "as many annotations as fit, in each environment": (
        "spec_file",
        lambda: (
            SPEC
            + b"annotations:\n"
            + b"".join(b' a%d: ""\n' % n for n in range(30_000))
            + b"environments: {a: {annotations: {a1: b}}, b: {annotations: {a1: null}}}\n"
        ),
    ),
    "a million empty documents": ("manifest_files", lambda: b"---\n" * MIB),
    "aliases of aliases": (
        "manifest_files",
        lambda: b"a0: &a0 [x]\n" + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b"*a%d," % (n - 1) * 9) for n in range(1, 12)),
    ),
    "a long text that aliases repeat": (
        "manifest_files",
        lambda: b"x: &x " + b"a" * MIB + b"\n" + b"".join(b"k%d: *x\n" % n for n in range(10_000)),
    ),
    "anchors without aliases": ("manifest_files", lambda: b"".join(b"- &a%d x\n" % n for n in range(120_000))),
    "a kind that is a path": (
        "manifest_files",
        lambda: SERVER.replace(b"Deployment", b'"../../../../../../etc/passwd\\0"') + b"apiVersion: v1\n",
    ),
    "millions of nodes in a graph": ("saved_model", lambda: file(b"1/saved_model.pb", nodes(2_100_000))),
    "thousands of signatures": (
        "saved_model",
        lambda: file(
            b"1/saved_model.pb", field(2, b"".join(field(5, field(1, b"%x" % name)) for name in range(100_000)))
        ),
    ),
    "an index larger than any": ("saved_model", lambda: file(b"1/variables/variables.index", bytes(20 * MIB))),
    "an index whose keys repeat a long one": (
        "saved_model",
        lambda: (
            file(b"1/saved_model.pb", b"")
            + b"\n=== block 1/variables/variables.index\n"
            + b"\0"
            + varint(MIB)
            + b"\0"
            + bytes(MIB)
            + (varint(MIB) + b"\0\0") * 100_000
            + bytes(8)
        ),
    ),
    "JSON nested without end": ("server_answers", lambda: asked(server.STATUS, server.WELL, b"[" * MIB)),
    "an error nested without end": ("server_answers", lambda: asked(server.PREDICT, server.ERROR, b"[" * MIB)),
    "a million empty lists": (
        "server_answers",
        lambda: asked(server.PREDICT, server.WELL, b'{"outputs": [' + b"[]," * (5 * MIB) + b"1]}"),
    ),
    "an answer without end": ("server_answers", lambda: asked(server.PREDICT, server.WELL, b" " * (64 * MIB))),
    "a gzip of zeros": ("server_answers", lambda: asked(server.METRICS, server.RAW, zipped(bytes(64 * MIB)))),
    "a header without end": (
        "server_answers",
        lambda: asked(server.STATUS, server.RAW, b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * MIB),
    ),
    "a line of metrics with labels without end": (
        "server_answers",
        lambda: asked(
            server.METRICS, server.WELL, b"m{" + b"".join(b'a%d="",' % n for n in range(200_000)) + b" } 1\n"
        ),
    ),
    "a shape of a million million": ("server_answers", lambda: asked(server.GRPC_PREDICT, 0, tensor(10**12))),
    "a shape of lists without elements": ("server_answers", lambda: asked(server.GRPC_PREDICT, 0, tensor(10**12, 0))),
    "thousands of axes": ("server_answers", lambda: asked(server.GRPC_PREDICT, 0, tensor(*[1] * 200_000))),
    "a length of thousands of digits": (
        "server_answers",
        lambda: asked(server.LOAD, 6, b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n"),
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_input_takes_little_time_and_memory(name: str) -> None:
    target, made = HOSTILE[name]

    run_guarded(importlib.import_module(module_name(target)).check, made())
