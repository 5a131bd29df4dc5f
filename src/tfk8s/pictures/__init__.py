"""Pictures of figures over a shared axis, as SVG or PNG, and reports in HTML that need nothing else."""

from __future__ import annotations

from tfk8s.pictures.canvas import require_drawing
from tfk8s.pictures.drawing import draw
from tfk8s.pictures.globe import GlobeMap, Spot, draw_map
from tfk8s.pictures.page import to_html
from tfk8s.pictures.picture import Axis, Form, Mark, Panel, Picture, Place, Series, Style
from tfk8s.pictures.report import Block, Report, Section, Table
from tfk8s.pictures.text import to_text
from tfk8s.pictures.ticks import number_text, seconds_text

__all__ = [
    "Axis",
    "Block",
    "Form",
    "GlobeMap",
    "Mark",
    "Panel",
    "Picture",
    "Place",
    "Report",
    "Section",
    "Series",
    "Spot",
    "Style",
    "Table",
    "draw",
    "draw_map",
    "number_text",
    "require_drawing",
    "seconds_text",
    "to_html",
    "to_text",
]
