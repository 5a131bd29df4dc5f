"""Models written with `tf.saved_model.save` from a `tf.Module`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import tensorflow as tf

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BURNER_STEPS: Final = 40


def half_plus(directory: Path, addend: float) -> None:
    """Writes y = x / 2 + addend, the addend held in a variable: versions of it give different answers."""
    module = tf.Module()
    module.addend = tf.Variable(addend, name="addend")
    module.serve = _signature(lambda x: {"y": x / 2.0 + module.addend}, _floats("x"))
    tf.saved_model.save(module, str(directory), signatures=module.serve)


def constant_only(directory: Path) -> None:
    """Writes y = x / 2 + 2 without any variable."""
    module = tf.Module()
    module.serve = _signature(lambda x: {"y": x / 2.0 + 2.0}, _floats("x"))
    tf.saved_model.save(module, str(directory), signatures=module.serve)


def image_bytes(directory: Path) -> None:
    """Writes a model with two signatures: JPEG files as strings, and images as floats; it answers the mean colour."""
    module = tf.Module()
    module.scale = tf.Variable(1.0 / 255.0, name="scale")

    def decode(encoded: Any) -> Any:
        image = tf.cast(tf.io.decode_jpeg(encoded, channels=3), tf.float32)
        return tf.reduce_mean(image * module.scale, axis=[0, 1])

    module.from_bytes = _signature(
        lambda image_bytes: {"mean_rgb": tf.map_fn(decode, image_bytes, fn_output_signature=tf.float32)},
        tf.TensorSpec([None], tf.string, name="image_bytes"),
    )
    module.from_floats = _signature(
        lambda images: {"mean_rgb": tf.reduce_mean(images, axis=[1, 2])},
        tf.TensorSpec([None, None, None, 3], tf.float32, name="images"),
    )
    signatures = {"serving_default": module.from_bytes, "floats": module.from_floats}
    tf.saved_model.save(module, str(directory), signatures=signatures)


def many_types(directory: Path) -> None:
    """Writes a signature for each way in which JSON and tensors can misunderstand each other."""
    module = tf.Module()
    module.echo = _signature(
        lambda flag, count, pair, text: {
            "not_flag": tf.logical_not(flag),
            "count_plus_one": count + 1,
            "pair": tf.identity(pair),
            "text": tf.identity(text),
            "text_bytes": tf.identity(text),
        },
        tf.TensorSpec([None], tf.bool, name="flag"),
        tf.TensorSpec([None], tf.int64, name="count"),
        tf.TensorSpec([None, 2], tf.float64, name="pair"),
        tf.TensorSpec([None], tf.string, name="text"),
    )
    module.not_numbers = _signature(lambda x: {"log": tf.math.log(x), "inverse": 1.0 / x}, _floats("x"))
    module.zeros = _signature(lambda n: {"zeros": tf.zeros([n], tf.float32)}, tf.TensorSpec([], tf.int32, name="n"))
    module.uneven = _signature(lambda a, b: {"sum": a + b}, _floats("a"), tf.TensorSpec([1], tf.float32, name="b"))
    module.any_rank = _signature(
        lambda anything: {"rank": tf.rank(anything), "anything": tf.identity(anything)},
        tf.TensorSpec(None, tf.uint8, name="anything"),
    )
    signatures = {name: getattr(module, name) for name in ("not_numbers", "zeros", "uneven", "any_rank")}
    tf.saved_model.save(module, str(directory), signatures={"serving_default": module.echo, **signatures})


def reads_file(directory: Path) -> None:
    """Writes a model that reads a file which the request names: `inspect` must warn about that operation."""
    module = tf.Module()
    module.serve = _signature(
        lambda path: {"content": tf.io.read_file(path)}, tf.TensorSpec([], tf.string, name="path")
    )
    tf.saved_model.save(module, str(directory), signatures=module.serve)


def calls_python(directory: Path) -> None:
    """Writes a model that calls back into the process that made it: loads anywhere, answers nowhere else."""
    module = tf.Module()
    module.serve = _signature(lambda x: {"y": tf.numpy_function(lambda v: v, [x], tf.float32)}, _floats("x"))
    tf.saved_model.save(module, str(directory), signatures=module.serve)


def cpu_burner(directory: Path) -> None:
    """Writes y = x after 40 products of 256 x 256 matrices: some 15 ms of one core, for autoscaling by CPU."""
    module = tf.Module()
    module.matrix = tf.Variable(tf.eye(256), name="matrix")

    def burn(x: Any) -> dict[str, Any]:
        _, product = tf.while_loop(
            lambda step, _: step < BURNER_STEPS,
            lambda step, product: (step + 1, tf.matmul(product, module.matrix)),
            (tf.constant(0), tf.identity(module.matrix)),
        )
        return {"y": x * product[0, 0]}

    module.serve = _signature(burn, _floats("x"))
    tf.saved_model.save(module, str(directory), signatures=module.serve)


def _signature(function: Callable[..., Any], *specs: Any) -> Any:
    return tf.function(function, input_signature=list(specs))


def _floats(name: str) -> Any:
    return tf.TensorSpec([None], tf.float32, name=name)
