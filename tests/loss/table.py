"""Results as a table for people, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from tests.loss.clients import FOREVER, GRPC, KEPT, NEW
from tests.loss.measuring import Lost, Result

_CLIENTS = (NEW, KEPT, GRPC, FOREVER)


def text(results: Sequence[Result]) -> str:
    """Markdown: a line a scenario, ours beside plain; failed of asked for each client."""
    return "\n".join(_lines(results)) + "\n"


def as_json(results: Sequence[Result]) -> str:
    """Everything that was measured."""
    return json.dumps([{**asdict(result), "failed": result.failed} for result in results], indent=2) + "\n"


def _lines(results: Sequence[Result]) -> Iterator[str]:
    yield f"| Scenario | Service | took | {' | '.join(_CLIENTS)} | slowest |"
    yield f"|---|---|---|{'---|' * len(_CLIENTS)}---|"
    for result in results:
        cells = [_cell(result, client) for client in _CLIENTS]
        slowest = max(each.slowest_s for each in result.lost)
        yield (
            f"| {result.scenario} | {result.stage} | {result.act_s:.0f} s | {' | '.join(cells)} "
            f"| {slowest * 1000:.0f} ms |"
        )


def _cell(result: Result, client: str) -> str:
    found: Lost | None = next((each for each in result.lost if each.client == client), None)
    return f"{found.failed} of {found.asked}" if found else "-"
