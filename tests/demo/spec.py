"""The spec that the demo uses: the example's, with the few things changed that this machine needs."""

from __future__ import annotations

from pathlib import Path

from tests.testbed.kindconfig import DEMO_PORT
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.yaml import dump, load_one


def effective_spec(example: str, *, model: Path, base: str | None, cluster: str, kind_config: Path) -> str:
    """Change the example for the testbed.

    Args:
        example: text of examples/resnet/tfk8s.yaml.
        model: the model directory.
        base: the server's image, or None for the example's own.
        cluster: name of the kind cluster.
        kind_config: the file that the cluster is made from.
    """
    value = load_one(example, source="examples/resnet/tfk8s.yaml").value
    assert isinstance(value, dict)
    # Twice the example's CPU, so that a new pod answers in half the time; five of them still fit on two cores.
    changes: JsonObject = {
        "resources": {"cpu": "300m"},
        "model": {"source": str(model)},
        "expose": {"type": "NodePort", "nodePorts": {"rest": DEMO_PORT}},
        "cluster": {"provider": "kind", "name": cluster, "config": str(kind_config)},
        "scaling": {"behavior": {"scaleDownWindowSeconds": 15}},
    }
    if base is not None:
        changes["image"] = {"base": base}
    return dump(_merged(value, changes))


def _merged(value: JsonObject, changes: JsonObject) -> JsonObject:
    merged = dict(value)
    for key, change in changes.items():
        before: JsonValue = merged.get(key)
        merged[key] = _merged(before, change) if isinstance(before, dict) and isinstance(change, dict) else change
    return merged
