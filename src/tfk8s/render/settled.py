"""What rendering settled that cannot be read in the spec: it follows from the models, or was given beside the spec."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tfk8s.spec import Versions


class Settled(NamedTuple):
    """Values that whoever renders the same objects without the models has to be told.

    Attributes:
        image: reference of the pods' image.
        memory: amount of a pod, as Kubernetes writes it.
        startup_s: seconds that a pod may take to start.
        versions: of each model, by its name.
        knows_models: whether any model was looked at; without one, numbers are those of a model out of sight.
    """

    image: str
    memory: str
    startup_s: int
    versions: Mapping[str, Versions]
    knows_models: bool
