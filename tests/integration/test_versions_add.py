"""`tfk8s versions add` on the real cluster: refused when a real Job cannot load it; killed, finished, and promoted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.claims import CLAIM, drop_volume, make_claim
from tests.integration.service import MODEL, Service, service
from tests.testbed.fixtures import Cluster
from tests.testbed.process import run
from tfk8s.manifest import JsonObject
from tfk8s.manifest.fields import integer_at, labels_of, text_at, value_at
from tfk8s.manifest.ownership import APPLICATION, NAME_LABEL
from tfk8s.manifest.snapshot import restarts_of
from tfk8s.model.protos.saved_model_pb2 import SavedModel
from tfk8s.spec import load_spec

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]

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


def _is(event: str, **fields: str) -> Callable[[JsonObject], bool]:
    def check(found: JsonObject) -> bool:
        return found["event"] == event and all(found.get(name) == value for name, value in fields.items())

    return check


MOMENTS = (_is("ObjectChanged"), _is("StepStarted", step="service"))


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


def versions_of(half: Service) -> object:
    (model,) = load_spec(half.spec).served_models
    return model.versions


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

    export = str(half.folder / "exports" / "2")
    killed = [half.killed(("versions add", export), at=moment) for moment in MOMENTS]
    done = half.run("versions add", export, "-o", "json")

    assert killed == [True] * len(MOMENTS)
    assert done.returncode == 0, done.stderr
    added = json.loads(done.stdout)
    assert added["version"] == 2
    assert sorted(path.name for path in (half.folder / MODEL).iterdir()) == ["1", "2"]
    assert versions_of(half) == (1, 2)
    assert answer(half, "--label", "stable") == {"y": [3.0]}
    assert answer(half, "--version", "2") == {"y": [4.0]}
    assert half.objects("job") == []

    promoted = half.run("versions promote", "stable", "2")

    assert promoted.returncode == 0, promoted.stderr
    assert answer(half, "--label", "stable") == {"y": [4.0]}


@pytest.fixture
def shared(cluster: Cluster, namespace: str) -> Iterator[str]:
    """A source in a volume that every pod may mount; a folder of the node stands for it."""
    make_claim(cluster, namespace=namespace, path="/tmp")  # of the node: everybody may write there
    yield f"pvc://{CLAIM}/{namespace}"
    drop_volume(cluster, namespace=namespace)
    for node in cluster.nodes:
        run(["docker", "exec", node, "rm", "-rf", f"/tmp/{namespace}"], timeout_s=60)


def test_a_version_in_a_volume_is_tried_unseen_and_loaded_without_a_new_pod(
    tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path, shared: str
) -> None:
    with service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as half:
        half.write(model={"name": MODEL, "source": shared, "versions": [1], "labels": {"stable": 1}})
        applied = half.run("apply", "--no-wait")
        first = half.run("versions add", str(half.folder / MODEL / "1"))
        assert (applied.returncode, first.returncode) == (0, 0), applied.stderr + first.stderr
        before = serving(half)

        done = half.run("versions add", str(half.folder / MODEL / "2"), "-o", "json")

        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["trial"]["answer"].startswith("a prediction was answered by version 2")
        assert serving(half) == before
        assert versions_of(half) == (1, 2)
        assert answer(half, "--label", "stable") == {"y": [3.0]}
        assert answer(half, "--version", "2") == {"y": [4.0]}


def serving(half: Service) -> list[tuple[str, int]]:
    """The pods of the service and the restarts of each."""
    return [
        (text_at(pod, "metadata", "uid"), restarts_of(pod))
        for pod in half.objects("pod")
        if labels_of(pod).get(NAME_LABEL) == APPLICATION
    ]
