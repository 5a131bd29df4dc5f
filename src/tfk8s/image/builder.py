"""The builder that `up` uses: model directory and base image in, a named model image out."""

from __future__ import annotations

from collections.abc import Iterator

from tfk8s.image.archive import oci_layout
from tfk8s.image.descriptor import digest_of
from tfk8s.image.layer import model_layer
from tfk8s.image.manifest import Addition, append_layers, content_tag
from tfk8s.ports import BaseImage, Digest, ModelContent, ModelImage


class ModelImageBuilder:
    """Implements `tfk8s.ports.ImageBuilder`."""

    def build(self, content: ModelContent, *, base: BaseImage, repository: str) -> ModelImage:
        """Append one layer a version to the base; see `tfk8s.ports.ImageBuilder.build`."""
        layers = [model_layer(content, number=number) for number, _ in content.versions]
        digests = tuple(layer.descriptor.digest for layer in layers)
        documents = append_layers(
            base,
            Addition(
                layers=tuple(layer.descriptor for layer in layers),
                history=tuple(f"tfk8s: model {content.name} version {number}" for number, _ in content.versions),
                labels={
                    "dev.tfk8s.model.name": content.name,
                    "dev.tfk8s.model.versions": ",".join(str(number) for number, _ in content.versions),
                    "dev.tfk8s.model.layers": ",".join(digests),
                },
                # the entrypoint of TensorFlow Serving loads /models/$MODEL_NAME when it is given no arguments
                env={"MODEL_NAME": content.name},
                annotations={
                    "org.opencontainers.image.base.name": base.reference,
                    "org.opencontainers.image.base.digest": digest_of(base.manifest),
                    "org.opencontainers.image.title": content.name,
                },
            ),
        )
        reference = f"{repository}:{content_tag(documents)}"

        def archive(without: frozenset[Digest]) -> Iterator[bytes]:
            return oci_layout(documents, layers, reference=reference, without=without)

        return ModelImage(
            reference=reference,
            digest=digest_of(documents.manifest),
            layers=digests,
            size_bytes=sum(layer.descriptor.size_bytes for layer in layers),
            archive=archive,
        )
