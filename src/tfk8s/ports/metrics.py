"""What the use-cases need of a model server's own counters."""

from __future__ import annotations

from typing import Protocol

from tfk8s.ports.reach import Endpoint
from tfk8s.rollout.traffic import Traffic


class MetricsReader(Protocol):
    """Reads the metrics that a server keeps about itself."""

    def read(self, endpoint: Endpoint, *, path: str, model: str) -> Traffic:
        """Predictions of one model since the server's start.

        Args:
            endpoint: the server's REST port; metrics are nowhere else.
            path: where metrics are, as the server's monitoring configuration says.
            model: its name in the URL.

        Raises:
            ServerUnreachableError: nobody answered.
            ServerRefusedError: there are no metrics under the path.
            PredictionError: what is there cannot be read.
        """
        ...
