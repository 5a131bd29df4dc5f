"""The builder that `up` uses: model directories and base image in, a model image out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tfk8s.errors import InputError
from tfk8s.image.archive import oci_layout
from tfk8s.image.descriptor import digest_of
from tfk8s.image.layer import Layer, model_layer
from tfk8s.image.manifest import Addition, append_layers, image_labels
from tfk8s.image.reference import parse_reference
from tfk8s.ports import BaseImage, Blob, Digest, ModelContent, ModelImage

_INHERITED: Final = ("org.opencontainers.image.source", "org.opencontainers.image.licenses")


class ModelImageBuilder:
    """Implements `tfk8s.ports.ImageBuilder`."""

    def __init__(self, annotations: Mapping[str, str] | None = None) -> None:
        """Take annotations of every image, beside those that follow from its content.

        Args:
            annotations: as `org.opencontainers.image.source` and `.licenses`; where one of these two is missing, the
                base's label of the same name is taken.
        """
        self._annotations = dict(annotations or {})

    def build(self, contents: Sequence[ModelContent], *, base: BaseImage, reference: str) -> ModelImage:
        """Append one layer a version to the base; see `tfk8s.ports.ImageBuilder.build`."""
        layers = [model_layer(content, number=number) for content in contents for number, _ in content.versions]
        documents = append_layers(base, self._addition(contents, layers, base=base))
        blobs = tuple(_blob(layer) for layer in layers)

        def archive(without: frozenset[Digest]) -> Iterator[bytes]:
            return oci_layout(documents, blobs, reference=reference, without=without)

        return ModelImage(
            reference=reference,
            digest=digest_of(documents.manifest),
            layers=tuple(layer.descriptor.digest for layer in layers),
            size_bytes=sum(layer.descriptor.size_bytes for layer in layers),
            archive=archive,
            manifest=documents.manifest,
            config=documents.config,
            blobs=blobs,
        )

    def _addition(self, contents: Sequence[ModelContent], layers: Sequence[Layer], *, base: BaseImage) -> Addition:
        models = ",".join(content.name for content in contents)
        of_layers = ",".join(f"{layer.folder}@{layer.descriptor.digest}" for layer in layers)
        return Addition(
            layers=tuple(layer.descriptor for layer in layers),
            diff_ids=tuple(layer.diff_id for layer in layers),
            history=tuple(f"tfk8s: /{layer.folder}" for layer in layers),
            labels={"dev.tfk8s.models": models, "dev.tfk8s.model-layers": of_layers},
            env=_environment(contents),
            annotations={
                **_inherited(base),
                **self._annotations,
                **_base_name(base),
                "org.opencontainers.image.base.digest": digest_of(base.manifest),
                "org.opencontainers.image.title": models,
                "dev.tfk8s.model-digest": digest_of(of_layers.encode()),
            },
        )


def _blob(layer: Layer) -> Blob:
    content = layer.descriptor
    return Blob(
        media_type=content.media_type, digest=content.digest, size_bytes=content.size_bytes, chunks=layer.chunks
    )


def _base_name(base: BaseImage) -> Mapping[str, str]:
    """The base's complete name; a base that was read from a directory may have none."""
    try:
        return {"org.opencontainers.image.base.name": str(parse_reference(base.reference))}
    except InputError:
        return {}


def _inherited(base: BaseImage) -> Mapping[str, str]:
    """What the base says of its source and licences, which are those of the model server."""
    labels = image_labels(base)
    return {name: labels[name] for name in _INHERITED if name in labels}


def _environment(contents: Sequence[ModelContent]) -> Mapping[str, str]:
    """The entrypoint of TensorFlow Serving loads /models/$MODEL_NAME when it is given no other arguments."""
    return {"MODEL_NAME": contents[0].name} if len(contents) == 1 else {}
