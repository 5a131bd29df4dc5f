"""Rules about GitOps settings that need the rest of the spec."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfk8s.spec.violation import Violation

if TYPE_CHECKING:
    from tfk8s.spec.service import ServiceSpec


def followed_images_have_a_place(spec: ServiceSpec) -> Iterator[Violation]:
    """Flux finds new images in the spec's repository, and commits to a branch; elsewhere it would do nothing."""
    gitops = spec.gitops
    if gitops is None or gitops.flux.images is None:
        return
    path = ("gitops", "flux", "images")
    if spec.image.repository is None:
        yield Violation(path=path, message="needs image.repository: that is where new images are looked for")
    if gitops.is_commit or gitops.revision.startswith("refs/tags/"):
        yield Violation(path=path, message=f"needs a branch to commit to, and gitops.revision is {gitops.revision}")
    if gitops.flux.images.order != "semver" and "range" in gitops.flux.images.model_fields_set:
        yield Violation(path=(*path, "range"), message=f"needs order: semver, and it is {gitops.flux.images.order}")
