"""The one place that knows both use-cases and adapters. Every import is inside its function: each costs its command."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfk8s.app.predict import PredictWorld
    from tfk8s.ports import Endpoint, Reporter, ServiceReach


def service_reach(*, context: str | None) -> ServiceReach:
    """Ways to the Services of a kubeconfig context's cluster."""
    from tfk8s.app.reach import ClusterReach
    from tfk8s.cluster import connect
    from tfk8s.serving.dialer import TcpDialer

    return ClusterReach(connect(context=context), dialer=TcpDialer())


def predict_world(endpoint: AbstractContextManager[Endpoint], *, timeout_s: float, reporter: Reporter) -> PredictWorld:
    """What `predict` needs."""
    from tfk8s.app.predict import PredictWorld
    from tfk8s.serving.connect import ModelServerClients, Timeouts
    from tfk8s.serving.picture import PillowPictures

    timeouts = Timeouts(connect_s=min(5.0, timeout_s), total_s=timeout_s)
    return PredictWorld(
        endpoint=endpoint,
        servers=ModelServerClients(timeouts=timeouts),
        pictures=PillowPictures(),
        reporter=reporter,
    )
