"""Base images for the tests of the image room."""

from __future__ import annotations

import hashlib
import json
from typing import Literal, cast

from tfk8s.image.descriptor import encode
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.ports import BaseImage

Media = Literal["oci", "oci-gzip", "docker"]

_MEDIA: dict[Media, tuple[str, str]] = {
    "oci": ("application/vnd.oci.image.config.v1+json", "application/vnd.oci.image.layer.v1.tar"),
    "oci-gzip": ("application/vnd.oci.image.config.v1+json", "application/vnd.oci.image.layer.v1.tar+gzip"),
    "docker": (
        "application/vnd.docker.container.image.v1+json",
        "application/vnd.docker.image.rootfs.diff.tar.gzip",
    ),
}


def loads(document: bytes) -> JsonObject:
    value = json.loads(document)
    assert isinstance(value, dict)
    return cast("JsonObject", value)


def base_image(
    *,
    layers: int = 1,
    media: Media = "oci",
    architecture: str = "amd64",
    created: str = "2025-08-01T00:00:00Z",
) -> BaseImage:
    """An image as TensorFlow Serving's: the same config whatever the media, another manifest for each."""
    config_type, layer_type = _MEDIA[media]
    diff_ids: list[JsonValue] = [_digest(f"layer {number}") for number in range(layers)]
    config = encode(
        {
            "architecture": architecture,
            "os": "linux",
            "created": created,
            "config": {
                "Entrypoint": ["/usr/bin/tf_serving_entrypoint.sh"],
                "Env": ["PATH=/usr/bin", "MODEL_BASE_PATH=/models", "MODEL_NAME=model"],
                "Labels": {"maintainer": "someone"},
            },
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "history": [{"created_by": f"step {number}"} for number in range(layers)],
        }
    )
    manifest = encode(
        {
            "schemaVersion": 2,
            "config": {"mediaType": config_type, "digest": _digest(config.decode()), "size": len(config)},
            "layers": [
                {"mediaType": layer_type, "digest": _digest(f"{media} {number}"), "size": 10}
                for number in range(layers)
            ],
        }
    )
    return BaseImage(reference="tensorflow/serving:2.20.0", manifest=manifest, config=config)


def _digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
