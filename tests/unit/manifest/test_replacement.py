from __future__ import annotations

from tfk8s.manifest import JsonObject
from tfk8s.manifest.replacement import replacement

LIVE: JsonObject = {
    "apiVersion": "v1",
    "kind": "ServiceAccount",
    "metadata": {"name": "a", "uid": "1", "labels": {"x": "1"}, "annotations": {"y": "2"}, "finalizers": ["z"]},
    "secrets": [{"name": "token"}],
    "automountServiceAccountToken": True,
    "status": {},
}


def test_all_but_identity_finalizers_and_status_is_replaced() -> None:
    desired: JsonObject = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "a", "labels": {}},
        "automountServiceAccountToken": False,
    }

    assert replacement(LIVE, desired) == [
        {"op": "remove", "path": "/secrets"},
        {"op": "add", "path": "/automountServiceAccountToken", "value": False},
        {"op": "add", "path": "/metadata/labels", "value": {}},
        {"op": "remove", "path": "/metadata/annotations"},
    ]
