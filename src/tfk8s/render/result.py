"""What rendering takes and gives, as values."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from textwrap import fill
from typing import NamedTuple

from tfk8s.manifest import JsonValue, Manifest, Manifests, ObjectRef
from tfk8s.manifest.release import DEFAULT_MINOR
from tfk8s.manifest.yaml import Path, dump
from tfk8s.render.settled import Settled

_COMMENT_WIDTH = 90


class RenderOptions(NamedTuple):
    """What is known beside the spec.

    Attributes:
        image: reference of the image that the pods run, best with its digest; None for the one that the spec implies.
        kubernetes_minor: the release to render for, 34 for Kubernetes 1.34.
    """

    image: str | None = None
    kubernetes_minor: int = DEFAULT_MINOR


class Explanation(NamedTuple):
    """Why a field of an object has its value."""

    ref: ObjectRef
    path: Path
    value: JsonValue
    reason: str

    @property
    def comment(self) -> str:
        """The reason in lines, as it stands above the field."""
        return _wrapped(self.reason)


@lru_cache(maxsize=1024)  # services of one repository have most reasons in common
def _wrapped(reason: str) -> str:
    return fill(reason, width=_COMMENT_WIDTH, break_on_hyphens=False, break_long_words=False)


class RenderWarning(NamedTuple):
    """Something in the spec that will not do what its author expects.

    Attributes:
        code: stable name, such as `memory-low`.
        message: what is wrong; lower case, no full stop.
        hint: the next thing to do.
    """

    code: str
    message: str
    hint: str


class Rendered(NamedTuple):
    """The objects of a service in apply order, the reasons of their numbers, and what to know about them.

    Attributes:
        manifests: the objects.
        explanations: why fields have their values, object by object in the same order.
        warnings: what will not do what the spec's author expects.
        rollout_timeout_s: seconds to wait for the whole roll-out, the spec's own number if it has one.
        settled: what the objects hold that cannot be read in the spec.
    """

    manifests: Manifests
    explanations: tuple[Explanation, ...]
    warnings: tuple[RenderWarning, ...]
    rollout_timeout_s: int
    settled: Settled

    def text_of(self, manifest: Manifest) -> str:
        """The manifest as a file holds it: canonical YAML, each computed field under its reason."""
        return manifest_text(manifest, self.explanations)


def manifest_text(manifest: Manifest, explanations: tuple[Explanation, ...]) -> str:
    """Write a manifest as canonical YAML, with those explanations that are about it as comments."""
    comments: Mapping[Path, str] = {
        explanation.path: explanation.comment for explanation in explanations if explanation.ref == manifest.ref
    }
    return dump(manifest.body, comments=comments)
