"""The builder that `up` uses: model directories and base image in, a model image out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tfk8s.image.archive import oci_layout
from tfk8s.image.descriptor import digest_of
from tfk8s.image.layer import Layer, model_layer
from tfk8s.image.manifest import Addition, append_layers
from tfk8s.ports import BaseImage, Blob, Digest, ModelContent, ModelImage


class ModelImageBuilder:
    """Implements `tfk8s.ports.ImageBuilder`."""

    def build(self, contents: Sequence[ModelContent], *, base: BaseImage, reference: str) -> ModelImage:
        """Append one layer a version to the base; see `tfk8s.ports.ImageBuilder.build`."""
        layers = [model_layer(content, number=number) for content in contents for number, _ in content.versions]
        documents = append_layers(base, _addition(contents, layers, base=base))

        def archive(without: frozenset[Digest]) -> Iterator[bytes]:
            return oci_layout(documents, layers, reference=reference, without=without)

        return ModelImage(
            reference=reference,
            digest=digest_of(documents.manifest),
            layers=tuple(layer.descriptor.digest for layer in layers),
            size_bytes=sum(layer.descriptor.size_bytes for layer in layers),
            archive=archive,
            manifest=documents.manifest,
            config=documents.config,
            blobs=tuple(_blob(layer) for layer in layers),
        )


def _blob(layer: Layer) -> Blob:
    content = layer.descriptor
    return Blob(
        media_type=content.media_type, digest=content.digest, size_bytes=content.size_bytes, chunks=layer.chunks
    )


def _addition(contents: Sequence[ModelContent], layers: Sequence[Layer], *, base: BaseImage) -> Addition:
    models = ",".join(content.name for content in contents)
    return Addition(
        layers=tuple(layer.descriptor for layer in layers),
        history=tuple(f"tfk8s: /{layer.folder}" for layer in layers),
        labels={
            "dev.tfk8s.models": models,
            "dev.tfk8s.model-layers": ",".join(f"{layer.folder}@{layer.descriptor.digest}" for layer in layers),
        },
        env=_environment(contents),
        annotations={
            "org.opencontainers.image.base.name": base.reference,
            "org.opencontainers.image.base.digest": digest_of(base.manifest),
            "org.opencontainers.image.title": models,
        },
    )


def _environment(contents: Sequence[ModelContent]) -> Mapping[str, str]:
    """The entrypoint of TensorFlow Serving loads /models/$MODEL_NAME when it is given no other arguments."""
    return {"MODEL_NAME": contents[0].name} if len(contents) == 1 else {}
