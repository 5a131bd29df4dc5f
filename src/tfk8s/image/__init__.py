"""Model images: a base image and one layer for each model version, worked out without a daemon.

Nothing here runs a program or opens a connection: files in, digests and streams of bytes out.
"""

from __future__ import annotations

from tfk8s.image.builder import ModelImageBuilder
from tfk8s.image.descriptor import Descriptor, digest_of
from tfk8s.image.layer import Layer, model_layer
from tfk8s.image.manifest import ImageDocuments, append_layers

__all__ = [
    "Descriptor",
    "ImageDocuments",
    "Layer",
    "ModelImageBuilder",
    "append_layers",
    "digest_of",
    "model_layer",
]
