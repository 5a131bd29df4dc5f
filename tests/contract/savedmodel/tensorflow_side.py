"""What the real TensorFlow says; runs in the environment that holds it, and loads it once for all questions.

A line on stdin asks, as a JSON list; a line on stdout answers: `{"code": EXIT CODE, "answer": VALUE}`.

["show", DIR, ...]     the text of `saved_model_cli show --all` for each directory
["load", DIR, ...]     the error with which loading, or a request to each signature, fails; or null
["types"]              number by name of every DataType
["read", DIR]          our own reader, in one process with TensorFlow
["tool", FILE, ...]    the exit code of a script of ours
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import runpy
import sys
import traceback
from pathlib import Path
from typing import NoReturn

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import types_pb2


def show(directory: str) -> str:
    """The tool's own text, by the function that `show --all` calls; its entry point ends the process."""
    from tensorflow.python.tools import saved_model_cli

    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        saved_model_cli._show_all(directory)
    return text.getvalue()


def load(directory: str) -> str | None:
    """Load as a server does (restore, then the initialisation), and ask every signature once."""
    try:
        with tf.Graph().as_default(), tf.compat.v1.Session() as session:
            meta_graph = tf.compat.v1.saved_model.load(session, ["serve"], directory)
            signatures = {name: found for name, found in meta_graph.signature_def.items() if name[0] != "_"}
            if not signatures:
                return "no signature"
            for signature in signatures.values():
                outputs = {key: info.name for key, info in signature.outputs.items()}
                session.run(outputs, {info.name: _example(info) for info in signature.inputs.values()})
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
        return f"{type(error).__name__}: {error}"
    return None


def _example(info: tf.compat.v1.TensorInfo) -> object:
    shape = [1 if dim.size < 0 else dim.size for dim in info.tensor_shape.dim]
    if info.dtype == types_pb2.DT_STRING:
        return np.full(shape, b"text", object)
    return np.zeros(shape, tf.as_dtype(info.dtype).as_numpy_dtype)


def read(directory: str) -> dict[str, object]:
    """Our reader beside TensorFlow, whose messages have the same names in another package."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "src"))
    from tfk8s.model import read_model, to_json

    return {"info": to_json(read_model(Path(directory)))}


def tool(file: str, *arguments: str) -> dict[str, object]:
    """Run a script as Python does; its words go to stderr."""
    sys.argv = [file, *arguments]
    runpy.run_path(file, run_name="__main__")
    return {}


def answer(command: str, *arguments: str) -> object:
    """Do what one line asks."""
    match command:
        case "show":
            return {directory: show(directory) for directory in arguments}
        case "load":
            return {directory: load(directory) for directory in arguments}
        case "types":
            return dict(types_pb2.DataType.items())
        case "tool":
            return tool(*arguments)
        case _:
            return read(arguments[0])


def main() -> None:
    """Answer each line from a fork, so that no question knows of an earlier one."""
    out = os.dup(1)
    os.dup2(2, 1)  # what TensorFlow or a tool prints is no answer
    for line in sys.stdin:
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.close(reading)
            _answer_and_end(json.loads(line), to=writing)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            text = pipe.read()
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.write(out, json.dumps({"code": code, "answer": json.loads(text or "null")}).encode() + b"\n")


def _answer_and_end(words: list[str], *, to: int) -> NoReturn:
    code = 1
    try:
        with os.fdopen(to, "w") as pipe:
            json.dump(answer(*words), pipe)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
        sys.stderr.write("" if isinstance(end.code, int) else f"{end.code}\n")
    except BaseException:  # noqa: BLE001 - the asker reads it, and nothing of the fork may outlive it
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
