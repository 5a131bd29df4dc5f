"""Draws the pictures of this folder: `python draw.py`. They are the project's own; needs Pillow."""

from __future__ import annotations

import math
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

SIZE = 256
SCALE = 4  # drawn large and shrunk, for smooth edges
SKY, TABLE, RED, SHINE, STALK, LEAF = "#cfe3ee", "#a9794f", "#b3261e", "#e8756d", "#5a3b22", "#4f8a3a"


def apple() -> Image.Image:
    """A red apple on a wooden table."""
    side = SIZE * SCALE
    image = Image.new("RGB", (side, side), SKY)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, int(side * 0.68), side, side), fill=TABLE)
    for line in range(8):
        height = int(side * (0.71 + 0.04 * line))
        pen.line((0, height, side, height + (line % 3) * 6), fill="#94683f", width=5)
    pen.ellipse(_box(side, 0.5, 0.83, 0.30, 0.05), fill="#7d5737")
    image = image.filter(ImageFilter.GaussianBlur(6))
    pen = ImageDraw.Draw(image)
    pen.polygon(_outline(side), fill=RED)
    pen.ellipse(_box(side, 0.39, 0.45, 0.05, 0.09), fill=SHINE)
    pen.line(_points(side, (0.50, 0.36), (0.52, 0.29), (0.55, 0.23)), fill=STALK, width=18, joint="curve")
    pen.polygon(_points(side, (0.53, 0.28), (0.60, 0.19), (0.70, 0.20), (0.63, 0.28)), fill=LEAF)
    return image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)


def _outline(side: int) -> list[tuple[int, int]]:
    """A heart-like curve, rounder at the bottom."""
    points = []
    for step in range(360):
        angle = math.radians(step)
        radius = 0.27 * (1 - 0.18 * math.exp(-((math.degrees(angle) - 270) ** 2) / 500))
        points.append(
            (int(side * (0.5 + radius * math.cos(angle))), int(side * (0.58 + 0.95 * radius * math.sin(angle))))
        )
    return points


def _box(side: int, x: float, y: float, width: float, height: float) -> tuple[int, int, int, int]:
    return int(side * (x - width)), int(side * (y - height)), int(side * (x + width)), int(side * (y + height))


def _points(side: int, *points: tuple[float, float]) -> list[tuple[int, int]]:
    return [(int(side * x), int(side * y)) for x, y in points]


if __name__ == "__main__":
    folder = Path(__file__).parent
    picture = apple()
    picture.save(folder / "apple.jpg", quality=92)
    picture.resize((128, 128), Image.Resampling.LANCZOS).save(folder / "apple.png", optimize=True)
