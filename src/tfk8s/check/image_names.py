"""How servers name their images: a digest is the same image for ever, a tag is what it is given to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfk8s.check.findings import CheckFinding, noted
from tfk8s.check.servers import Server
from tfk8s.manifest import Manifests, ObjectRef
from tfk8s.manifest.fields import text_at, value_at
from tfk8s.names.image import LOCAL_REPOSITORY, REFERENCE


def image_name_findings(manifests: Manifests, *, servers: Mapping[ObjectRef, Server]) -> Iterator[CheckFinding]:
    """A note on each server whose image is named by a tag that says a release; one that says none is the rule `image`.

    An image that is in the nodes alone has no other name, and nobody else can give its tag away.
    """
    for manifest in manifests:
        if manifest.ref not in servers:
            continue
        index = servers[manifest.ref].container
        containers = value_at(manifest.body, "spec", "template", "spec", "containers")
        image = text_at(containers[index] if isinstance(containers, list) else None, "image")
        named = REFERENCE.match(image)
        if named is None or named["digest"] or named["tag"] in {None, "latest"}:
            continue
        if not image.startswith(f"{LOCAL_REPOSITORY}/"):
            path = ("spec", "template", "spec", "containers", index, "image")
            message = f"{image!r} is named by a tag, which may be given to another image"
            yield noted("image-tag", manifest, path=path, message=message)
