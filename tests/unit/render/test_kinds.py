from __future__ import annotations

from tests.golden.golden_cases import FOLDER
from tfk8s.manifest.yaml import load_one
from tfk8s.render.kinds import made_kinds


def test_every_kind_that_is_ever_rendered_is_known_without_rendering() -> None:
    files = FOLDER.glob("*/expected/*.yaml")
    bodies = [load_one(file.read_bytes(), source=file.name).value for file in files]
    rendered = {(body["apiVersion"], body["kind"]) for body in bodies if isinstance(body, dict)}

    assert len(rendered) > 15
    assert rendered <= set(made_kinds())
