"""The one place that knows both use-cases and adapters. Every import is inside its function: each costs its command."""

from __future__ import annotations

from tfk8s.cli.wiring.bakes import bake_of
from tfk8s.cli.wiring.canaries import canary_promotion, canary_world
from tfk8s.cli.wiring.clusters import cluster, cluster_for, cluster_world, direct_cluster, fleet_of, managed_world
from tfk8s.cli.wiring.images import image_lookup, image_signatures, image_world
from tfk8s.cli.wiring.servers import (
    bench_service,
    bench_world,
    fleet_servers,
    measure_options,
    metrics_reader,
    model_servers,
    predict_world,
    serve_world,
    server_access,
    service_reach,
    warmup_world,
)
from tfk8s.cli.wiring.services import model_names, named_service, rendered_service, service_name, up_world
from tfk8s.cli.wiring.versions import add_world, version_store

__all__ = [
    "add_world",
    "bake_of",
    "bench_service",
    "bench_world",
    "canary_promotion",
    "canary_world",
    "cluster",
    "cluster_for",
    "cluster_world",
    "direct_cluster",
    "fleet_of",
    "fleet_servers",
    "image_lookup",
    "image_signatures",
    "image_world",
    "managed_world",
    "measure_options",
    "metrics_reader",
    "model_names",
    "model_servers",
    "named_service",
    "predict_world",
    "rendered_service",
    "serve_world",
    "server_access",
    "service_name",
    "service_reach",
    "up_world",
    "version_store",
    "warmup_world",
]
