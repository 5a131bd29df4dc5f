"""Recognises what people give in place of a SavedModel."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tfk8s.model import rules
from tfk8s.model.shown import shown

if TYPE_CHECKING:
    from tfk8s.model.finding import Finding

_FORMATS = {
    ".keras": "a Keras 3 file",
    ".h5": "a Keras HDF5 file",
    ".hdf5": "a Keras HDF5 file",
    ".tflite": "a TensorFlow Lite model",
    ".onnx": "an ONNX model",
    ".pt": "a PyTorch file",
    ".pth": "a PyTorch file",
    ".safetensors": "a file of weights",
    ".pb": "a frozen graph",
}
_OF_A_SAVED_MODEL = frozenset({"fingerprint.pb", "keras_metadata.pb"})
_KERAS = frozenset({".keras", ".h5", ".hdf5"})
_CHECKPOINT = r"^checkpoint$|\.data-\d{5}-of-\d{5}$|\.index$|\.meta$"
_REMOTE = r"^[A-Za-z][A-Za-z0-9+.-]+:/"
_WINDOWS = r"^[A-Za-z]:[\\/]|^\\\\|^[^/]*\\"


def missing(path: Path) -> Finding:
    """The finding for a path where nothing is."""
    name = shown(path)
    remote = re.match(_REMOTE, str(path))
    if remote:  # a Path has lost the second slash
        address = name.replace(":/", "://", 1)
        remedy = "inspect reads directories of this computer: copy the model here first, and inspect the copy"
        return rules.PATH_MISSING.found(f"{address} is not a directory of this computer", where=address, remedy=remedy)
    if re.match(_WINDOWS, str(path)):
        remedy = "the path is written as on Windows; on this system it is written with slashes: models/resnet"
        return rules.PATH_MISSING.found(f"there is nothing at {name}", where=name, remedy=remedy)
    if path.is_symlink():
        return rules.PATH_MISSING.found(f"{name} is a symbolic link to something that does not exist", where=name)
    return rules.PATH_MISSING.found(f"there is nothing at {name}", where=name)


def file_given(path: Path) -> Finding:
    """The finding for a file in place of a directory."""
    if path.name in ("saved_model.pb", "saved_model.pbtxt"):
        remedy = f"give the model directory, the parent of the version directory: {shown(path.parent.parent)}"
        message = f"{shown(path)} is one file of a SavedModel, not its directory"
        return rules.NOT_A_DIRECTORY.found(message, where=shown(path), remedy=remedy)
    if path.suffix.lower() in _FORMATS:
        return _other_format(path)
    if re.search(_CHECKPOINT, path.name):
        return rules.CHECKPOINT.found(f"{shown(path)} is part of a training checkpoint", where=shown(path))
    return rules.NOT_A_DIRECTORY.found(f"{shown(path)} is a file, not a directory", where=shown(path))


def other_format(directory: Path, *, names: Sequence[str]) -> Finding | None:
    """The finding for a directory that holds a model of another kind, or None."""
    for name in names:
        if Path(name).suffix.lower() in _FORMATS and name not in _OF_A_SAVED_MODEL:
            return _other_format(directory / name)
    parts = [name for name in names if re.search(_CHECKPOINT, name)]
    if parts:
        message = f"the directory holds a training checkpoint ({shown(parts[0])}), not a SavedModel"
        return rules.CHECKPOINT.found(message, where=shown(directory))
    return None


def _other_format(path: Path) -> Finding:
    suffix = path.suffix.lower()
    message = f"{shown(path.name)} is {_FORMATS[suffix]}, not a SavedModel"
    if suffix in _KERAS:
        remedy = f'export it: keras.models.load_model("{shown(path.name)}").export("DIR/1"), then inspect DIR'
        return rules.NOT_A_SAVED_MODEL.found(message, where=shown(path), remedy=remedy)
    return rules.NOT_A_SAVED_MODEL.found(message, where=shown(path))
