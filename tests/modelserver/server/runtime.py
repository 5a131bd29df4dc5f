"""Imports the part of TensorFlow that runs a graph, in a quarter of the time and memory of the whole.

`import tensorflow` loads Keras and every API module. The submodules that a server needs work without that, once a
bare module stands where the package would be. This relies on the TensorFlow pinned in `versions`.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import types


def prepare() -> None:
    """Must run before anything below `tensorflow` or `tensorflow_serving` is imported."""
    if "tensorflow" in sys.modules:
        return
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    found = importlib.util.find_spec("tensorflow")
    if found is None or found.submodule_search_locations is None:
        raise ImportError("tensorflow")
    package = types.ModuleType("tensorflow")
    package.__path__ = list(found.submodule_search_locations)
    package.__spec__ = found
    sys.modules["tensorflow"] = package


prepare()
