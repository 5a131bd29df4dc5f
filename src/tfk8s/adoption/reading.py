"""The Deployment of a model server and what stands beside it, read once for all parts of a spec."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tfk8s.adoption.command import CommandLine
from tfk8s.adoption.notes import NoteKind
from tfk8s.adoption.objects import Found, Part
from tfk8s.manifest.fields import labels_of, object_at
from tfk8s.manifest.ownership import INSTANCE_LABEL, is_owned
from tfk8s.spec import PORT_NUMBERS, PortName, legal_name

_SUFFIX = re.compile(r"-(?:deployment|deploy|dep|server|serving-deployment)\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The Deployment and what all parts need of it."""

    deployment: Found
    container: Part
    line: CommandLine
    labels: Mapping[str, str]
    selector: Mapping[str, str]
    objects: tuple[Found, ...]

    @property
    def pod(self) -> Part:
        """What its template says of a pod."""
        return self.deployment.root.at("spec", "template", "spec")

    @property
    def name(self) -> str:
        """Of the service: ours, or the Deployment's without a word that says what it is."""
        if is_owned(labels_of(self.deployment.body), instance=labels_of(self.deployment.body).get(INSTANCE_LABEL, "")):
            return labels_of(self.deployment.body)[INSTANCE_LABEL]
        return legal_name(_SUFFIX.sub("", self.deployment.name))

    def is_ours(self, item: Found) -> bool:
        """Whether tfk8s made the object under the name that it would get."""
        return item.name == self.name and is_owned(labels_of(item.body), instance=self.name)

    @property
    def listening(self) -> dict[PortName, int]:
        """Where the server listens."""
        usual = dict(PORT_NUMBERS) if self.line.through_entrypoint else {"grpc": PORT_NUMBERS["grpc"], "rest": 0}
        names: dict[str, PortName] = {"port": "grpc", "rest_api_port": "rest"}
        told = {names[flag]: int(text) for flag, text in self.line.flags.items() if flag in names and text.isdecimal()}
        return {name: number for name, number in {**usual, **told}.items() if number}  # type: ignore[misc]


def selector_of(deployment: Found) -> dict[str, str]:
    """A Deployment of an old API without a selector selects by all labels of its pods."""
    root = deployment.root
    selector = root.texts("spec", "selector", "matchLabels")
    if selector:
        return selector
    labels = labels_of(object_at(deployment.body, "spec", "template"))
    root.at("spec", "selector").tell(
        NoteKind.UNSAFE, "there is no selector, which the API demands today: the labels of the pods are taken"
    )
    return dict(labels)
