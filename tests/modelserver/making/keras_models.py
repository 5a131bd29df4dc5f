"""Models written by Keras 3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

if TYPE_CHECKING:
    from pathlib import Path


def dense(directory: Path) -> None:
    """Writes a small dense network through `model.export`, as Keras 3 users do."""
    keras.utils.set_random_seed(7)
    model = keras.Sequential(
        [keras.Input((4,), name="features"), keras.layers.Dense(8, "relu"), keras.layers.Dense(3, "softmax")]
    )
    model.export(str(directory), verbose=False)


def two_inputs(directory: Path) -> None:
    """Writes a functional model with two named inputs and two named outputs through `model.export`."""
    keras.utils.set_random_seed(7)
    left, right = keras.Input((2,), name="left"), keras.Input((3,), name="right")
    joined = keras.layers.Concatenate()([left, right])
    outputs = {"score": keras.layers.Dense(1)(joined), "kind": keras.layers.Dense(4, "softmax")(joined)}
    keras.Model({"left": left, "right": right}, outputs).export(str(directory), verbose=False)


def subclassed(directory: Path) -> None:
    """Writes a subclassed model that was never called: it loads, and has no signature."""

    def call(model: Any, inputs: Any) -> Any:
        return model.dense(inputs)

    never_called = type("NeverCalled", (keras.Model,), {"call": call})
    keras.utils.set_random_seed(7)
    model = never_called()
    model.dense = keras.layers.Dense(2)
    model.dense.build((None, 3))
    tf.saved_model.save(model, str(directory))
    _demand_no_signature(directory)


def _demand_no_signature(directory: Path) -> None:
    served = list(tf.saved_model.load(str(directory)).signatures)
    if served:
        message = f"{directory} was meant to have no signature, and has {served}"
        raise RuntimeError(message)
