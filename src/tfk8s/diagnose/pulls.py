"""An image that a node could not pull: a login that is missing, a name that is wrong, or neither that can be told.

The kubelet passes on the runtime's error as text and gives no code for it; the phrases are those of containerd.
"""

from __future__ import annotations

import re

from tfk8s.diagnose.finding import Finding

REASONS = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"})

_REFUSED = re.compile(r"\b(?:401 Unauthorized|403 Forbidden)|\bdenied\b|insufficient_scope", re.IGNORECASE)
_ABSENT = re.compile(r"\b404 Not Found|: not found|manifest unknown|name unknown", re.IGNORECASE)

_UNKNOWN_HOST = re.compile(r"no such host|server misbehaving|Temporary failure in name resolution")
_UNTRUSTED = re.compile(r"x509: |tls: |certificate signed by unknown authority")
_OLD_REGISTRY = re.compile(r"^(?:[a-z]+\.)?gcr\.io/(?!google-containers/|distroless/)")
"""Container Registry was shut down in 2025: https://cloud.google.com/container-registry/docs/deprecations."""

_CHECK = "check the name and tag, that it was pushed or loaded, and that the nodes may read the registry"
_LOOK_UP = "correct the host in image.repository; nodes look names up with their own DNS, and not with the cluster's"
_TRUST = "give the container runtime of the nodes the certificate of the registry's authority"
_MOVE = "push it to Artifact Registry: image.repository as LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/NAME"
_PUSH = "check the name and tag, and that it was pushed"
_ALLOW = (
    "on Google Cloud give the nodes' service account the role roles/artifactregistry.reader on the repository; "
    "elsewhere name a Secret with a login in image.pullSecrets"
)


def pull_failure(image: str, *, reason: str, words: str, place: str) -> Finding:
    """The finding for a container that waits with one of `REASONS`; `words` are the kubelet's."""
    code, cause, fix = "image-pull", f"the image {image} cannot be pulled ({reason})", _CHECK
    if _REFUSED.search(words):
        code, cause, fix = "image-forbidden", f"the registry does not let the nodes pull {image} ({reason})", _ALLOW
    elif _ABSENT.search(words):
        code, cause, fix = "image-absent", f"the registry has no image {image} ({reason})", _PUSH
    elif _UNKNOWN_HOST.search(words):
        code, cause, fix = "registry-dns", f"the nodes cannot look up the registry of {image} ({reason})", _LOOK_UP
    elif _UNTRUSTED.search(words):
        code, cause, fix = "registry-tls", f"the nodes do not trust the registry of {image} ({reason})", _TRUST
    if _OLD_REGISTRY.match(image) and code != "registry-dns":
        code, cause, fix = "registry-gone", f"{image} is on gcr.io, which no longer serves it ({reason})", _MOVE
    return Finding(
        code=code,
        place=place,
        cause=cause,
        fix=fix,
        evidence=(words,) if words else (),
        is_final=reason != "ErrImagePull",  # the first try may fail for a passing reason
    )
