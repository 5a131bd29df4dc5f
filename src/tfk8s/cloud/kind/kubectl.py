"""Asks a kind cluster through kubectl, always with its own context."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from tfk8s.cloud.kind.process import Completed, Runner
from tfk8s.manifest import JsonObject, JsonValue

KUBECTL_TIMEOUT_S = 30.0
_REQUEST_TIMEOUT = "--request-timeout=10s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kubectl:
    """kubectl with one context of one kubeconfig (None: the one that kubectl takes by itself)."""

    run: Runner
    context: str
    kubeconfig: Path | None

    def ask(self, *arguments: str) -> Completed:
        """Run one request against the cluster."""
        command = ["kubectl", *self._file(), "--context", self.context, _REQUEST_TIMEOUT, *arguments]
        return self.run(command, timeout_s=KUBECTL_TIMEOUT_S)

    def knows_context(self) -> bool:
        """Whether the kubeconfig has the cluster's context."""
        return self.context in self._config("get-contexts", "--output=name").text.split()

    def current_context(self) -> str | None:
        """The context that the user works in, or None."""
        shown = self._config("current-context")
        return shown.text.strip() or None if shown.code == 0 else None

    def use(self, context: str) -> None:
        """Put the user back into a context; when it is gone by now there is nothing to put back."""
        self._config("use-context", context)

    def _config(self, *arguments: str) -> Completed:
        return self.run(["kubectl", *self._file(), "config", *arguments], timeout_s=KUBECTL_TIMEOUT_S)

    def _file(self) -> list[str]:
        return ["--kubeconfig", str(self.kubeconfig)] if self.kubeconfig else []


def missing_nodes(answer: Completed, *, wanted: int) -> tuple[str, ...]:
    """Say what keeps the cluster from being ready; the answer is that of `get nodes --output=json`."""
    if answer.code != 0:
        return ("the API server does not answer",)
    ready = {_name(node): _is_ready(node) for node in _items(json.loads(answer.stdout))}
    waiting = tuple(f"node {name} is not ready" for name, is_ready in sorted(ready.items()) if not is_ready)
    if len(ready) < wanted:
        waiting += (f"{len(ready)} of {wanted} nodes have joined",)
    return waiting


def _items(listed: JsonValue) -> list[JsonObject]:
    items = listed.get("items") if isinstance(listed, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _name(node: JsonObject) -> str:
    metadata = node.get("metadata")
    return str(metadata.get("name")) if isinstance(metadata, dict) else ""


def _is_ready(node: JsonObject) -> bool:
    status = node.get("status")
    conditions = status.get("conditions") if isinstance(status, dict) else None
    return isinstance(conditions, list) and any(
        isinstance(condition, dict) and condition.get("type") == "Ready" and condition.get("status") == "True"
        for condition in conditions
    )
