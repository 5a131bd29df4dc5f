"""A service for kustomize: a base of one object a file, and an overlay for each environment.

`kustomize build` and `kubectl kustomize` yield the objects of `tfk8s render`, and those of `--env ENV` for an overlay.
"""

from __future__ import annotations

from tfk8s.gitops.kustomize_overlay import overlay_files
from tfk8s.gitops.kustomize_resources import resource_files
from tfk8s.gitops.kustomize_texts import require_carried
from tfk8s.gitops.request import FormFiles, FormRequest


def kustomize_files(request: FormRequest) -> FormFiles:
    """Write `base/` and, for each environment of the spec, `overlays/ENV/`.

    An overlay says what differs from the base; one of another name has nothing in common with it and stands alone.

    Raises:
        InputError: an object holds characters that kustomize does not carry.
    """
    for rendered in (request.rendered, *(there.rendered for there in request.environments.values())):
        require_carried(rendered.manifests)
    files = {f"base/{path}": text for path, text in resource_files(request.rendered).items()}
    for name, there in request.environments.items():
        is_alone = there.spec.name != request.spec.name
        own = resource_files(there.rendered) if is_alone else overlay_files(request.rendered, there.rendered)
        files |= {f"overlays/{name}/{path}": text for path, text in own.items()}
    return files
