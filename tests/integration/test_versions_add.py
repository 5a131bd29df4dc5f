"""`tfk8s versions add` on the real cluster: refused when a real Job cannot load it, else rolled out; then nothing more."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.service import MODEL, Service, service
from tests.testbed.fixtures import Cluster
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import integer_at, text_at, value_at
from tfk8s.model.protos.saved_model_pb2 import SavedModel

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

LABELLED: JsonObject = {"name": MODEL, "source": f"./{MODEL}", "versions": [1], "labels": {"stable": 1}}


@pytest.fixture
def half(tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path) -> Iterator[Service]:
    """A service of version 1 alone; versions 2 and 3 wait in `exports`."""
    with service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as made:
        (tmp_path / "exports").mkdir()
        for number in (2, 3):
            shutil.move(tmp_path / MODEL / str(number), tmp_path / "exports" / str(number))
        made.write(model=LABELLED)
        made.up()
        yield made


def identities(half: Service) -> dict[str, object]:
    """What must not change when nothing live is touched."""
    found: dict[str, object] = {}
    for pod in half.objects("pod"):
        found[f"pod {text_at(pod, 'metadata', 'name')}"] = text_at(pod, "metadata", "uid")
    for deployment in half.objects("deployment"):
        found["generation"] = integer_at(deployment, "metadata", "generation")
    for file in half.objects("configmap"):
        found[f"config {text_at(file, 'metadata', 'name')}"] = value_at(file, "data")
    return found


def answer(half: Service, *arguments: str) -> object:
    (half.folder / "question.json").write_text('{"instances": [2.0]}')
    done = half.run("predict", str(half.folder / "question.json"), "-o", "json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["outputs"]


def break_graph(version: Path) -> None:
    """A graph that is read well, and names an operation that no server has."""
    file = version / "saved_model.pb"
    saved = SavedModel.FromString(file.read_bytes())
    saved.meta_graphs[0].graph_def.node.add(name="odd", op="NoServerHasThis")
    file.write_bytes(saved.SerializeToString())


def test_a_broken_version_is_refused_and_a_good_one_added_beside_the_label(half: Service) -> None:
    shutil.copytree(half.folder / "exports" / "3", half.folder / "broken")
    break_graph(half.folder / "broken")
    before, text = identities(half), half.spec.read_bytes()

    refused = half.run("versions add", str(half.folder / "broken"), "--version", "3")

    assert refused.returncode == 6, refused.stderr
    assert "NoServerHasThis" in refused.stderr
    assert "nothing live was touched" in refused.stderr
    assert (identities(half), half.spec.read_bytes()) == (before, text)
    assert half.objects("job") == []

    done = half.run("versions add", str(half.folder / "exports" / "2"), "-o", "json")

    assert done.returncode == 0, done.stderr
    added = json.loads(done.stdout)
    assert added["trial"]["answer"] == "a prediction was answered by version 2 (signature serving_default)"
    assert added["versions"] == [1, 2]
    assert sorted(path.name for path in (half.folder / MODEL).iterdir()) == ["1", "2"]
    assert answer(half, "--label", "stable") == {"y": [3.0]}
    assert answer(half, "--version", "2") == {"y": [4.0]}
    assert half.objects("job") == []

    again = half.run("versions add", str(half.folder / "exports" / "2"), "-o", "json")

    assert json.loads(again.stdout)["wasThere"], again.stderr
