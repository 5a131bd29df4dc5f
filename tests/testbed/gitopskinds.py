"""The kinds of Argo CD and Flux, as definitions that a real API server takes.

Argo CD's and those of two of Flux's controllers are their own. Flux's controllers for images publish their definitions
nowhere that a registry serves: `@kubernetes-models/flux-cd` is generated from them, with fields, types, required fields
and enumerations; patterns and rules across fields are missing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from tests.testbed import versions
from tests.testbed.established import wait_for_kinds
from tests.testbed.gkekinds import Kind, definition
from tests.testbed.published import module_files, npm_files
from tests.testbed.typescript import interface

if TYPE_CHECKING:
    from tests.testbed.fixtures import Cluster
    from tests.testbed.layout import Layout

_PACKAGE: Final = "@kubernetes-models/flux-cd"
_SHA256: Final = "8ee84d0621047c3206415bed8739f1c1b8c00594bb7677652c425a3d0706668d"
_PUBLISHED: Final = (
    ("github.com/argoproj/argo-cd/v3", versions.ARGO_CD, "manifests/crds/application-crd.yaml"),
    (
        "github.com/fluxcd/kustomize-controller",
        versions.FLUX_KUSTOMIZE,
        "config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml",
    ),
    (
        "github.com/fluxcd/source-controller",
        versions.FLUX_SOURCE,
        "config/crd/bases/source.toolkit.fluxcd.io_gitrepositories.yaml",
    ),
)
_IMAGES: Final = tuple(
    Kind(group="image.toolkit.fluxcd.io", version="v1", name=name, plural=plural)
    for name, plural in (
        ("ImageRepository", "imagerepositories"),
        ("ImagePolicy", "imagepolicies"),
        ("ImageUpdateAutomation", "imageupdateautomations"),
    )
)


def add_kinds(owner: Cluster, *, layout: Layout) -> None:
    """Define the kinds, and wait until they are served.

    Raises:
        SetupError: A package cannot be had, or the API server refuses a definition.
    """
    texts = npm_files(
        _PACKAGE, versions.FLUX_MODELS, sha256=_SHA256, members=tuple(kind.types for kind in _IMAGES), layout=layout
    )
    own = [definition(kind, interface(texts[kind.types], f"I{kind.name}")) for kind in _IMAGES]
    files = [module_files(*where, layout=layout) for where in _PUBLISHED]
    # Without validation here, for which kubectl would fetch every schema anew: the API server judges all the same.
    apply = ("apply", "--server-side", "--validate=false", "--filename=-", *(f"--filename={file}" for file in files))
    owner.kubectl(*apply, stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": own}), timeout_s=120)
    wait_for_kinds(owner)
