"""Answers of registries by image, where a test needs no registry."""

from __future__ import annotations

from dataclasses import dataclass, field

from tfk8s.manifest.registry_answer import ImageAnswer, ImageState


@dataclass
class FakeImageLookup:
    """Implements `tfk8s.ports.registry.ImageLookup`: every image is there, but for those that it knows otherwise."""

    answers: dict[str, ImageAnswer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def look_up(self, image: str) -> ImageAnswer:
        self.asked.append(image)
        return self.answers.get(image, ImageAnswer(image=image, state=ImageState.PRESENT))
