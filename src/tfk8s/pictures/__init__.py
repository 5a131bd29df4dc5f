"""Pictures of figures over a shared axis, as SVG or PNG, and reports in HTML that need nothing else."""

from __future__ import annotations

from tfk8s.pictures.drawing import draw, require_drawing
from tfk8s.pictures.page import to_html
from tfk8s.pictures.picture import Axis, Form, Mark, Panel, Picture, Place, Series, Style
from tfk8s.pictures.report import Block, Report, Section, Table

__all__ = [
    "Axis",
    "Block",
    "Form",
    "Mark",
    "Panel",
    "Picture",
    "Place",
    "Report",
    "Section",
    "Series",
    "Style",
    "Table",
    "draw",
    "require_drawing",
    "to_html",
]
