"""One release of a service: manifests that were seen answering predictions, and how they came to be."""

from __future__ import annotations

from dataclasses import dataclass

from tfk8s.manifest import JsonObject, Manifests
from tfk8s.manifest.fields import objects_at, text_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """How a release came to be; what is not known is empty, as in records of before there was a history.

    Attributes:
        time: when it answered, RFC 3339 in UTC.
        author: the name that the cluster knows its user by.
        spec: the text of the spec file.
        environment: which of its environments.
        models: names in the URL.
        restores: number of the release that it goes back to; None when it goes back to none.
        live: what was changed on the running pods of the release before, "" where new ones took their place.
        is_return: whether a label was returned by that, which is no return to a whole release.
    """

    time: str = ""
    author: str = ""
    spec: str = ""
    environment: str = ""
    models: tuple[str, ...] = ()
    restores: int | None = None
    live: str = ""
    is_return: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """Manifests that were seen answering predictions; `number` counts them, from 1."""

    number: int
    manifests: Manifests
    making: Making = Making()

    @property
    def image(self) -> str:
        """What the pods run, "" when no Deployment is among the manifests."""
        return image_of(self.manifests)


def image_of(manifests: Manifests) -> str:
    """The image of the first container of the Deployment, "" when there is none."""
    bodies = [item.body for item in manifests if item.ref.kind == "Deployment"]
    return next((text_at(container, "image") for body in bodies for container in _containers(body)), "")


def _containers(body: JsonObject) -> tuple[JsonObject, ...]:
    return objects_at(body, "spec", "template", "spec", "containers")
