"""What tfk8s rendered, imported again, renders to the same objects: nothing of a service lives in the spec alone.

Exceptions: a Gateway, its routes and GKE's own kinds are not read back, and a baked image is named as what it is.
"""

from __future__ import annotations

import pytest

from tests.golden.golden_cases import CASES, Case
from tfk8s.app.import_ import import_manifests
from tfk8s.manifest import JsonObject
from tfk8s.manifest.yaml import dump_documents
from tfk8s.render import render

KEDA = "keda.sh"
READ_BACK = [
    case
    for case in CASES
    if not any("." in item.ref.group.removesuffix(".k8s.io").replace(KEDA, "") for item in case.render().manifests)
]


def bodies(case: Case) -> dict[str, JsonObject]:
    return {str(item.ref): item.body for item in case.render().manifests}


@pytest.mark.parametrize("case", READ_BACK, ids=[case.name for case in READ_BACK])
def test_our_own_objects_come_back_as_they_were(case: Case) -> None:
    wanted = bodies(case)

    found = import_manifests({"rendered.yaml": dump_documents(wanted.values())})

    again = {str(item.ref): item.body for item in render(found.spec, {}).manifests}
    assert again == wanted
    assert [str(note) for note in found.notes if note.kind_text == "lost"] == []
