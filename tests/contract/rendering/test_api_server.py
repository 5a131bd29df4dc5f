"""What we render is what a real API server takes, keeps and gives back, in the oldest and newest version at hand."""

from __future__ import annotations

import json

import pytest

from tests.golden.golden_cases import CASES, PLAIN_EXAMPLES, Case
from tests.testbed.fixtures import Cluster
from tfk8s.app.manifest_files import files_of
from tfk8s.app.render import RenderRequest, render_service
from tfk8s.manifest import JsonValue
from tfk8s.manifest.release import parse_minor
from tfk8s.manifest.yaml import Path, path_text
from tfk8s.render import Rendered, RenderOptions

pytestmark = pytest.mark.control_plane


def rendered_into(case: Case, *, namespace: str, release: str) -> Rendered:
    """The case in a namespace that is there already."""
    spec = case.spec().model_copy(update={"namespace": namespace, "create_namespace": False})
    options = RenderOptions(kubernetes_minor=parse_minor(release))
    return render_service(RenderRequest(spec=spec, base=case.folder, infos=case.infos(), options=options))


def apply(cluster: Cluster, rendered: Rendered) -> list[JsonValue]:
    """Apply the very bytes of the files, and return what was stored; an unknown or duplicate field is an error."""
    words = ("apply", "--server-side", "--field-manager=tfk8s", "--validate=strict", "-f", "-", "-o", "json")
    found: list[JsonValue] = json.loads(cluster.kubectl(*words, stdin=text_of(rendered)))["items"]
    return found


def text_of(rendered: Rendered) -> str:
    """All files one after the other."""
    return "---\n".join(files_of(rendered).values())


def live(cluster: Cluster, rendered: Rendered) -> list[JsonValue]:
    """The objects as the API server has them, in the order of the manifests."""
    found: list[JsonValue] = json.loads(cluster.kubectl("get", "-f", "-", "-o", "json", stdin=text_of(rendered)))[
        "items"
    ]
    return found


def differences(wanted: JsonValue, found: JsonValue, *, path: Path = ()) -> list[str]:
    """Fields of ours that are not as we wrote them; what the server added besides does not count."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return [line for key, item in wanted.items() for line in differences(item, found.get(key), path=(*path, key))]
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        pairs = enumerate(zip(wanted, found, strict=True))
        return [line for index, (item, other) in pairs for line in differences(item, other, path=(*path, index))]
    return [] if wanted == found else [f"{path_text(path)}: wrote {wanted!r}, kept {found!r}"]


def settled(found: JsonValue) -> JsonValue:
    """The object without the version that the first write after its creation gives a Gateway.

    Its definition has a default status. A creation drops the status, so the default is read but not stored; the next
    write of any kind stores it.
    """
    if not isinstance(found, dict) or found["kind"] != "Gateway":
        return found
    metadata = found["metadata"]
    assert isinstance(metadata, dict)
    return {**found, "metadata": {key: value for key, value in metadata.items() if key != "resourceVersion"}}


@pytest.mark.parametrize("case", [*CASES, *PLAIN_EXAMPLES], ids=lambda case: case.folder.parent.name + "/" + case.name)
def test_every_field_is_accepted_kept_as_written_and_left_alone_by_a_second_apply(
    case: Case, control_plane_with_kinds: Cluster, kinds_namespace: str
) -> None:
    cluster = control_plane_with_kinds
    rendered = rendered_into(case, namespace=kinds_namespace, release=cluster.version)

    apply(cluster, rendered)

    first = live(cluster, rendered)
    pairs = zip(rendered.manifests, first, strict=True)
    assert [f"{wanted.ref}: {line}" for wanted, found in pairs for line in differences(wanted.body, found)] == []
    second = apply(cluster, rendered)
    assert [settled(found) for found in second] == [settled(found) for found in first]
    assert apply(cluster, rendered) == second
