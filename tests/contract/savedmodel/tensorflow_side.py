"""What the real TensorFlow says; runs in the environment that holds it, and writes one JSON value to stdout.

tensorflow_side.py show DIR ...    the text of `saved_model_cli show --all` for each directory
tensorflow_side.py load DIR ...    the error with which loading, or a request to each signature, fails; or null
tensorflow_side.py types           number by name of every DataType
tensorflow_side.py read DIR        our own reader, in one process with TensorFlow
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow.core.framework import types_pb2
from tensorflow.python.tools import saved_model_cli


def show(directory: str) -> str:
    """The tool's own text, by the function that `show --all` calls; its entry point ends the process."""
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


def main(command: str, *arguments: str) -> None:
    """Run one command."""
    answer: object
    match command:
        case "show":
            answer = {directory: show(directory) for directory in arguments}
        case "load":
            answer = {directory: load(directory) for directory in arguments}
        case "types":
            answer = dict(types_pb2.DataType.items())
        case _:
            answer = read(arguments[0])
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
