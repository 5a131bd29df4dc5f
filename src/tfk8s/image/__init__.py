"""Model images: a base image and one layer for each model version, worked out, pushed and written without a daemon."""

from __future__ import annotations

from tfk8s.image.builder import ModelImageBuilder
from tfk8s.image.descriptor import Descriptor, digest_of
from tfk8s.image.docker_config import ChainedLogins, DockerConfigLogins, docker_config_path
from tfk8s.image.layer import Layer, model_layer
from tfk8s.image.layout_reader import layout_base
from tfk8s.image.manifest import ImageDocuments, append_layers
from tfk8s.image.outputs import write_archive, write_layout
from tfk8s.image.reference import Reference, parse_reference, push_target
from tfk8s.image.registry_options import RegistryOptions, ca_file_from
from tfk8s.image.registry_store import RegistryImageStore
from tfk8s.image.upload_journal import upload_state_dir

__all__ = [
    "ChainedLogins",
    "Descriptor",
    "DockerConfigLogins",
    "ImageDocuments",
    "Layer",
    "ModelImageBuilder",
    "Reference",
    "RegistryImageStore",
    "RegistryOptions",
    "append_layers",
    "ca_file_from",
    "digest_of",
    "docker_config_path",
    "layout_base",
    "model_layer",
    "parse_reference",
    "push_target",
    "upload_state_dir",
    "write_archive",
    "write_layout",
]
