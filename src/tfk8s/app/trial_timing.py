"""Times the predictions of a model server that were answered."""

from __future__ import annotations

from tfk8s.app.smoke import Askable
from tfk8s.clock import Clock
from tfk8s.ports import PredictRequest, PredictResponse, ServedSignatures, Target


class Timed:
    """A server to ask, with a clock on it.

    Attributes:
        answered_s: seconds of each prediction that was answered, in order.
    """

    def __init__(self, server: Askable, *, clock: Clock) -> None:
        """Nothing is asked yet."""
        self._server, self._clock = server, clock
        self.answered_s: list[float] = []

    def metadata(self, model: str, *, target: Target) -> ServedSignatures:
        """See ports.ModelServer."""
        return self._server.metadata(model, target=target)

    def predict(self, request: PredictRequest) -> PredictResponse:
        """See ports.ModelServer."""
        started_s = self._clock.monotonic_s()
        response = self._server.predict(request)
        self.answered_s.append(self._clock.monotonic_s() - started_s)
        return response
