"""Pictures of figures over a shared axis, as SVG or PNG, and reports in HTML that need nothing else."""

from __future__ import annotations

from tfk8s.pictures.drawing import draw
from tfk8s.pictures.picture import Axis, Form, Mark, Panel, Picture, Place, Series, Style

__all__ = ["Axis", "Form", "Mark", "Panel", "Picture", "Place", "Series", "Style", "draw"]
