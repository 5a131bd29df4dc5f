"""Models written as TensorFlow 1 graphs, which many that are served today still are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tensorflow as tf

if TYPE_CHECKING:
    from pathlib import Path

v1 = tf.compat.v1


def simple_save(directory: Path) -> None:
    """Writes y = 3 x + 1 through `simple_save`."""
    with v1.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None, 1], name="x")
        weight = v1.get_variable("weight", initializer=3.0, use_resource=False)
        y = v1.identity(x * weight + 1.0, name="y")
        session.run(v1.global_variables_initializer())
        v1.saved_model.simple_save(session, str(directory), inputs={"x": x}, outputs={"y": y})


def slow_load(directory: Path, seconds: float) -> None:
    """Writes y = x whose initialisation keeps one core busy for `seconds`, on any machine."""
    with v1.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, [None], name="x")
        signature = v1.saved_model.predict_signature_def({"x": x}, {"y": v1.identity(x)})
        builder = v1.saved_model.Builder(str(directory))
        builder.add_meta_graph_and_variables(
            session, ["serve"], signature_def_map={"serving_default": signature}, main_op=_busy(seconds)
        )
        builder.save()


def _busy(seconds: float) -> Any:
    end = tf.timestamp() + tf.constant(seconds, tf.float64)
    loop = v1.while_loop(
        lambda _: tf.timestamp() < end, lambda n: n + 1, [tf.constant(0, tf.int64)], parallel_iterations=1
    )
    return v1.group(loop)
