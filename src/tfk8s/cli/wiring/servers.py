"""Wires model servers: through a cluster, at an address, on this computer."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from tfk8s.cli.wiring.clusters import cluster_for

_FIRST_S = 120.0
"""The first request may be slow; those that are timed have a limit of their own."""

if TYPE_CHECKING:
    from pathlib import Path

    from tfk8s.app.bench import BenchWorld
    from tfk8s.app.bench_service import BenchService
    from tfk8s.app.predict import PredictWorld
    from tfk8s.app.serve import ServeWorld
    from tfk8s.app.wait import ServerAccess
    from tfk8s.app.warmup import WarmupWorld
    from tfk8s.app.warmup_measure import MeasureOptions
    from tfk8s.cli.cluster_options import Aim
    from tfk8s.ports import Cluster, Credential, Endpoint, LogSink, ModelServers, Reporter, ServiceReach
    from tfk8s.ports.metrics import MetricsReader
    from tfk8s.spec import ServiceSpec


def server_access(
    cluster: Cluster, *, ca_file: Path | None = None, credential: Credential | None = None
) -> ServerAccess:
    """How the model server behind a Service of this cluster is asked; `ca_file` as for `predict_world`."""
    from tfk8s.app.front_reach import FrontReach
    from tfk8s.app.reach import ClusterReach
    from tfk8s.app.wait import ServerAccess
    from tfk8s.serving.dialer import TcpDialer

    dialer = TcpDialer()
    reach = ClusterReach(cluster, dialer=dialer)
    front = FrontReach(cluster, dialer=dialer, otherwise=reach, credential=credential)
    return ServerAccess(reach=reach, servers=model_servers(ca_file=ca_file), front=front)


def service_reach(aim: Aim, *, spec: ServiceSpec, credential: Credential | None = None) -> ServiceReach:
    """Ways to the Services of the cluster that the command line means, as clients outside go.

    Raises:
        PreconditionError: see `cluster_for`.
    """
    return server_access(cluster_for(aim, spec=spec), credential=credential).outside


def model_servers(*, ca_file: Path | None = None) -> ModelServers:
    """Clients of model servers; `ca_file` as for `predict_world`."""
    from tfk8s.serving.connect import ModelServerClients

    return ModelServerClients(ca_file=ca_file)


def fleet_servers() -> ModelServers:
    """Clients for asking many pods: each answers at once, or is told as silent."""
    from tfk8s.serving.connect import ModelServerClients, Timeouts

    return ModelServerClients(timeouts=Timeouts(connect_s=5.0, total_s=10.0))


def predict_world(
    endpoint: AbstractContextManager[Endpoint], *, timeout_s: float, reporter: Reporter, ca_file: Path | None = None
) -> PredictWorld:
    """What `predict` needs; `ca_file` holds the certificates that are trusted for https in place of the usual ones."""
    from tfk8s.app.predict import PredictWorld
    from tfk8s.serving.connect import ModelServerClients, Timeouts
    from tfk8s.serving.picture import PillowPictures

    timeouts = Timeouts(connect_s=min(5.0, timeout_s), total_s=timeout_s)
    return PredictWorld(
        endpoint=endpoint,
        servers=ModelServerClients(timeouts=timeouts, ca_file=ca_file),
        pictures=PillowPictures(),
        reporter=reporter,
    )


def bench_world(
    endpoint: AbstractContextManager[Endpoint],
    *,
    service: BenchService | None,
    timeout_s: float,
    reporter: Reporter,
    ca_file: Path | None = None,
) -> BenchWorld:
    """What `bench` needs; `ca_file` as for `predict_world`."""
    from tfk8s.app.bench import BenchWorld
    from tfk8s.serving.connect import ModelServerClients, Timeouts
    from tfk8s.serving.load import LoadClients
    from tfk8s.serving.picture import PillowPictures

    timeouts = Timeouts(connect_s=min(5.0, timeout_s), total_s=max(timeout_s, _FIRST_S))
    return BenchWorld(
        endpoint=endpoint,
        servers=ModelServerClients(timeouts=timeouts, ca_file=ca_file),
        senders=LoadClients(ca_file=ca_file),
        pictures=PillowPictures(),
        service=service,
        reporter=reporter,
    )


def bench_service(
    aim: Aim, *, spec: ServiceSpec, credential: Credential | None = None
) -> tuple[BenchService, ServiceReach]:
    """The service under load, and the ways to it: as clients go, else past the API server where that can be.

    Raises:
        PreconditionError: see `cluster_for`.
    """
    from tfk8s.app.bench_service import BenchService
    from tfk8s.app.front_reach import FrontReach
    from tfk8s.app.node_reach import NodePortReach
    from tfk8s.app.reach import ClusterReach
    from tfk8s.app.service import ServiceName
    from tfk8s.serving.dialer import TcpDialer
    from tfk8s.serving.metrics import PrometheusMetrics

    cluster, dialer = cluster_for(aim, spec=spec), TcpDialer()
    inside = ClusterReach(cluster, dialer=dialer)
    nodes = NodePortReach(cluster, dialer=dialer, otherwise=inside)
    service = BenchService(name=ServiceName.of(spec), cluster=cluster, metrics=PrometheusMetrics())
    return service, FrontReach(cluster, dialer=dialer, otherwise=nodes, credential=credential)


def metrics_reader() -> MetricsReader:
    """Reads what servers counted."""
    from tfk8s.serving.metrics import PrometheusMetrics

    return PrometheusMetrics()


def warmup_world(*, reporter: Reporter) -> WarmupWorld:
    """What `warmup` needs."""
    from tfk8s.app.warmup import WarmupWorld
    from tfk8s.serving.picture import PillowPictures
    from tfk8s.serving.predict_message import MessageEncoder

    return WarmupWorld(pictures=PillowPictures(), encoder=MessageEncoder(), reporter=reporter)


def measure_options(*, image: str | None, timeout_s: float) -> MeasureOptions:
    """A measurement on free ports of this computer."""
    from tfk8s.app.local_run import LocalPorts
    from tfk8s.app.warmup_measure import MeasureOptions
    from tfk8s.serving.dialer import free_ports

    rest, grpc = free_ports(2)
    return MeasureOptions(image=image, ports=LocalPorts(rest=rest, grpc=grpc), timeout_s=timeout_s)


def serve_world(
    *, image: str, way: str | None, reporter: Reporter, log: LogSink | None = None, request_s: float = 10.0
) -> ServeWorld:
    """What `serve` needs.

    Args:
        image: of the model server.
        way: `docker`, `binary`, or None for the first that is there.
        reporter: takes the events.
        log: takes the server's log; None for stderr.
        request_s: seconds that a request may take.

    Raises:
        PreconditionError: there is neither Docker nor the server's binary.
    """
    from tfk8s.app.serve import ServeWorld
    from tfk8s.cli.output import tell
    from tfk8s.serving.connect import ModelServerClients, Timeouts
    from tfk8s.serving.dialer import TcpDialer
    from tfk8s.serving.local import choose

    return ServeWorld(
        local=choose(image=image, way=way),
        servers=ModelServerClients(timeouts=Timeouts(connect_s=2.0, total_s=request_s)),
        dialer=TcpDialer(),
        log=log or tell,
        reporter=reporter,
    )
