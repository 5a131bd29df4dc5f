"""Writes a version that answers what a trial asks and fails its clients: `python -m tests.regions.bad_model DIR`.

It runs where TensorFlow is. Signatures and types are those of `half_plus`, so that no contract is broken.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import tensorflow as tf


def write(directory: Path) -> None:
    """Write y = x / 2 + 5 of zeros, and an error of everything else, as where a table of the training is missing."""
    module = tf.Module()
    module.addend = tf.Variable(5.0, name="addend")

    def half_plus(x: Any) -> dict[str, Any]:
        with tf.control_dependencies([tf.debugging.Assert(tf.reduce_all(tf.equal(x, 0.0)), ["not in the table:", x])]):
            return {"y": x / 2.0 + module.addend}

    module.serve = tf.function(half_plus, input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
    tf.saved_model.save(module, str(directory), signatures=module.serve)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
