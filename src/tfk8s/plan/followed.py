"""Pods that were moved to another configuration without being replaced, and a plan that leaves them alone. Pure.

The pod template carries a hash of the configuration, so that a changed one replaces the pods. After a live change the
Deployment notes what its pods were moved to: `BASE=FOLLOWED`, and `@REVISION` of the Deployment that it is true of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tfk8s.manifest import JsonObject, Manifest
from tfk8s.manifest.fields import object_at, text_at
from tfk8s.manifest.ownership import CONFIG_HASH_ANNOTATION

FOLLOWED_ANNOTATION: Final = "tfk8s.dev/config-followed"
"""On the Deployment itself, not on its template."""

_REVISION = "deployment.kubernetes.io/revision"


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What the pods of a template were moved to.

    Attributes:
        base: the template's value of the hash.
        config: hash of the configuration that the pods were given.
        revision: of the Deployment, "" where no controller counts them.
    """

    base: str
    config: str
    revision: str = ""

    def __str__(self) -> str:
        """As the annotation says it."""
        return f"{self.base}={self.config}" + (f"@{self.revision}" if self.revision else "")


def followed_of(deployment: JsonObject | None) -> Followed | None:
    """What the annotation says; None without one, or for one that is not ours."""
    text = text_at(deployment, "metadata", "annotations", FOLLOWED_ANNOTATION)
    pair, _, revision = text.partition("@")
    base, equals, config = pair.partition("=")
    return Followed(base=base, config=config, revision=revision) if equals and base and config else None


def now_followed(deployment: JsonObject, *, config: str) -> Followed:
    """What to note once the pods of the Deployment were given `config`."""
    return Followed(base=_template_value(deployment), config=config, revision=_revision_of(deployment))


def running_config(deployment: JsonObject | None) -> str:
    """Hash of the configuration that the pods run with; "" when it is not known."""
    value, note = _template_value(deployment), followed_of(deployment)
    if note is not None and note.base == value and note.revision == _revision_of(deployment):
        return note.config
    return config_of(value)


def config_of(value: str) -> str:
    """The hash that a template's value stands for: what is behind a dash only makes it another one."""
    return value.partition("-")[0]


def kept(desired: Manifest, live: JsonObject | None) -> Manifest | None:
    """The Deployment with the live value of the hash, where its pods run the desired configuration already.

    It is what to apply if nothing else of the template changes; a template that changes anyway gets its own hash. None
    when the pods run another configuration, or the values are the same as they are.
    """
    value, wanted = _template_value(live), _template_value(desired.body)
    if not value or value == wanted or running_config(live) != wanted:
        return None
    return with_hash(desired, value)


def replacing(desired: Manifest, live: JsonObject | None) -> Manifest:
    """The Deployment with a hash that replaces pods which were moved away from it.

    A template that returns to the configuration that its pods started with would be the same as before, and the pods
    would stay where they were moved to.
    """
    note, wanted = followed_of(live), _template_value(desired.body)
    if note is None or note.base != wanted or running_config(live) == wanted or not wanted:
        return desired
    return with_hash(desired, f"{wanted}-{note.config}")


def with_hash(manifest: Manifest, value: str) -> Manifest:
    """The Deployment with another value of the hash on its template."""
    spec = object_at(manifest.body, "spec")
    template = object_at(spec, "template")
    metadata = object_at(template, "metadata")
    annotations: JsonObject = {**object_at(metadata, "annotations"), CONFIG_HASH_ANNOTATION: value}
    new: JsonObject = {**template, "metadata": {**metadata, "annotations": annotations}}
    return Manifest(ref=manifest.ref, body={**manifest.body, "spec": {**spec, "template": new}})


def _template_value(deployment: JsonObject | None) -> str:
    return text_at(deployment, "spec", "template", "metadata", "annotations", CONFIG_HASH_ANNOTATION)


def _revision_of(deployment: JsonObject | None) -> str:
    return text_at(deployment, "metadata", "annotations", _REVISION)
