"""Predict: from named tensors and a signature to named tensors, for REST, gRPC and warm-up alike."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from tests.modelserver.server.errors import failed_precondition, invalid_argument

if TYPE_CHECKING:
    from tests.modelserver.server.metrics import Metrics
    from tests.modelserver.server.savedmodel import Servable

DEFAULT_SIGNATURE: Final = "serving_default"


def predict(
    servable: Servable,
    inputs: Mapping[str, Any],
    *,
    signature_name: str,
    output_filter: Sequence[str] = (),
    timeout_ms: int = 0,
    metrics: Metrics,
) -> dict[str, Any]:
    """Runs one signature; output aliases to arrays, sorted by alias as the real server's map is.

    Raises:
        ServingError: FAILED_PRECONDITION for an unknown signature, INVALID_ARGUMENT for inputs that do not fit it, and
            whatever the graph itself says.
    """
    name = signature_name or DEFAULT_SIGNATURE
    signature = servable.signatures.get(name)
    if signature is None:
        raise failed_precondition(f'Serving signature key "{name}" not found.')
    _check_inputs(set(inputs), set(signature.inputs))
    aliases = _outputs(signature, output_filter)
    feeds = {signature.inputs[alias].name: value for alias, value in inputs.items()}
    started = time.perf_counter()
    outputs = servable.run(feeds, [signature.outputs[alias].name for alias in aliases], timeout_ms=timeout_ms)
    metrics.runtime_latency.record((time.perf_counter() - started) * 1e6, servable.name, "Predict", "TF1")
    return dict(zip(aliases, outputs, strict=True))


def _check_inputs(sent: set[str], required: set[str]) -> None:
    if len(sent) != len(required):
        message = (
            f"input size does not match signature: {len(sent)}!={len(required)} len({{{_joined(sent)}}}) != "
            f"len({{{_joined(required)}}}). Sent extra: {{{_joined(sent - required)}}}. "
            f"Missing but required: {{{_joined(required - sent)}}}."
        )
        raise invalid_argument(message)
    for alias in sorted(sent - required):
        expected = f"Inputs expected to be in the set {{{_joined(required)}}}."
        raise invalid_argument(f"input tensor alias not found in signature: {alias}. {expected}")


def _outputs(signature: Any, output_filter: Sequence[str]) -> list[str]:
    for position, alias in enumerate(output_filter):
        if alias not in signature.outputs:
            message = (
                f"output tensor alias not found in signature: {alias} Outputs expected to be in the set "
                f"{{{_joined(set(signature.outputs))}}}."
            )
            raise invalid_argument(message)
        if alias in output_filter[:position]:
            raise invalid_argument(f"duplicate output tensor alias: {alias}")
    return list(output_filter) or sorted(signature.outputs)


def _joined(names: set[str]) -> str:
    return ",".join(sorted(names))
