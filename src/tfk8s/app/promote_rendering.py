"""Renders a service as its label is to lead, and as it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tfk8s.app.rendering import render_service
from tfk8s.manifest import Manifests
from tfk8s.manifest.fields import text_at
from tfk8s.manifest.server_config import MODELS_FILE
from tfk8s.spec import ServiceSpec

if TYPE_CHECKING:
    from tfk8s.model import ModelInfo


@dataclass(frozen=True, slots=True)
class Rendering:
    """Renders specs with what is the same for all of them."""

    base: Path
    infos: Mapping[str, ModelInfo]
    minor: int

    def manifests(self, spec: ServiceSpec) -> Manifests:
        """Its objects."""
        rendered = render_service(spec, base=self.base, infos=self.infos, kubernetes_minor=self.minor)
        return rendered.deployable.manifests

    def models_config(self, spec: ServiceSpec) -> str:
        """What the servers of it are configured with."""
        texts = (text_at(item.body, "data", MODELS_FILE) for item in self.manifests(spec))
        return next((text for text in texts if text), "")
