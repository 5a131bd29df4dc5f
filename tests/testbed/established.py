"""Waits until an API server serves the kinds that were defined."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.testbed.process import wait_until

if TYPE_CHECKING:
    from tests.testbed.fixtures import Cluster


def wait_for_kinds(owner: Cluster, *, timeout_s: float = 30.0) -> None:
    """Poll until every definition is established.

    `kubectl wait --for=condition=Established` gives up at once on a definition that has no conditions yet.

    Raises:
        SetupError: one is not established in time.
    """
    wait_until(lambda: not _missing(owner), timeout_s=timeout_s, what="the definitions to be established")


def _missing(owner: Cluster) -> list[str]:
    listed = json.loads(owner.kubectl("get", "customresourcedefinitions", "--output=json", timeout_s=60))
    return [item["metadata"]["name"] for item in listed["items"] if not _is_established(item)]


def _is_established(definition: Any) -> bool:
    conditions = definition.get("status", {}).get("conditions") or []  # null before the first one
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)
