"""Imports of a test: the shapes of files that people published, and small ones of its own."""

from __future__ import annotations

from pathlib import Path

from tfk8s.adoption import AdoptOptions
from tfk8s.app.import_ import Imported, import_manifests

SHAPES = {file.stem: file for file in sorted((Path(__file__).parent / "shapes").glob("*.yaml"))}


def shape(name: str, *, options: AdoptOptions | None = None) -> Imported:
    """Import a shape."""
    return import_manifests({f"{name}.yaml": SHAPES[name].read_text()}, options=options)


def server(*, container: str = "", args: str = "[]", image: str = "tensorflow/serving:2.20.0", more: str = "") -> str:
    """A Deployment whose container has these lines; its model is a bucket's unless `args` say another."""
    lines = "".join(f"        {line}\n" for line in container.splitlines())
    return (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: resnet}\nspec:\n"
        "  selector: {matchLabels: {app: resnet}}\n  template:\n    metadata: {labels: {app: resnet}}\n    spec:\n"
        f"      containers:\n      - name: server\n        image: {image}\n        args: {args}\n{lines}{more}"
    )


def imported(text: str, *, options: AdoptOptions | None = None) -> Imported:
    """Import a text."""
    return import_manifests({"k8s.yaml": text}, options=options)


def told(found: Imported) -> list[str]:
    """The notes as lines."""
    return [str(note) for note in found.notes]
