"""Pictures of figures over a shared axis, as SVG or PNG, and reports in HTML that need nothing else."""

from __future__ import annotations

from tfk8s.pictures.picture import Axis, Form, Mark, Panel, Picture, Series, Style

__all__ = ["Axis", "Form", "Mark", "Panel", "Picture", "Series", "Style"]
