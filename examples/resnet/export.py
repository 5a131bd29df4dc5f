"""Exports ResNet50 as a SavedModel that TensorFlow Serving loads: `python export.py DIR` writes DIR/resnet/1.

Needs TensorFlow and Keras 3. The model takes a batch of RGB images of 224 x 224, scaled to [0, 1], and answers with
the probability of each of the 1000 ImageNet classes. The scaling that ResNet50 was trained with (channels turned to
BGR, the ImageNet means subtracted) is part of the graph, so that a client needs to know nothing of it.

With `--weights imagenet` the published weights are downloaded; `auto` falls back to random ones when that
fails. Random weights come from a fixed seed: the classes mean nothing, but the work is that of the real network.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

import keras

SEED = 20240501
IMAGE_SHAPE = (224, 224, 3)
IMAGENET_MEANS_BGR = (103.939, 116.779, 123.68)  # from Keras's documentation of resnet50.preprocess_input, mode "caffe"


def build(weights: str) -> tuple[keras.Model, str]:
    """The model, and the weights it has: `imagenet` or `random`."""
    keras.utils.set_random_seed(SEED)
    network, used = _network(weights)
    image = keras.Input(IMAGE_SHAPE, name="image")
    scaled = keras.ops.flip(image, axis=-1) * 255.0 - keras.ops.array(IMAGENET_MEANS_BGR)
    return keras.Model(image, {"probabilities": network(scaled)}, name="resnet50"), used


def export(model: keras.Model, target: Path) -> None:
    """Writes beside the target first: a server that watches the directory never sees half a version."""
    temporary = target.parent.parent / f".{target.parent.name}-{target.name}.partial"
    shutil.rmtree(temporary, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    model.export(str(temporary), verbose=False)
    temporary.rename(target)


def _network(weights: str) -> tuple[keras.Model, str]:
    if weights != "random":
        try:
            return keras.applications.ResNet50(weights="imagenet"), "imagenet"
        except Exception as error:
            if weights == "imagenet":
                raise
            sys.stderr.write(f"the published weights cannot be fetched ({error}); using random ones\n")
    return keras.applications.ResNet50(weights=None), "random"


def main() -> None:
    """Parses the command line; prints one JSON object that says what was written."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--weights", choices=["auto", "imagenet", "random"], default="auto")
    parser.add_argument("--version", type=int, default=1)
    arguments = parser.parse_args()
    target = arguments.directory / "resnet" / str(arguments.version)
    if target.exists():
        sys.exit(f"{target} exists already")
    model, used = build(arguments.weights)
    export(model, target)
    sys.stdout.write(json.dumps({"model": str(target), "weights": used, "parameters": model.count_params()}) + "\n")


if __name__ == "__main__":
    main()
