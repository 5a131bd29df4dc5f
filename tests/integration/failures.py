"""Ways to break a service that works: each changes the rendered objects of one, in a namespace of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from tests.integration import broken_models, broken_servers, broken_surroundings
from tests.integration.breaking import Objects

Break: TypeAlias = Callable[[Objects], None]

FAILURES: Final[dict[str, Break]] = {
    "no-version": broken_models.no_version,
    "wrong-path": broken_models.wrong_path,
    "label": broken_models.label,
    "image-absent": broken_servers.image_absent,
    "too-much-cpu": broken_surroundings.too_much_cpu,
    "too-much-memory": broken_surroundings.too_much_memory,
    "no-gpu": broken_surroundings.no_gpu,
    "wrong-node": broken_surroundings.wrong_node,
    "out-of-memory": broken_servers.out_of_memory,
    "probe-path": broken_servers.probe_path,
    "liveness-path": broken_servers.liveness_path,
    "no-rest-port": broken_servers.no_rest_port,
    "port-clash": broken_servers.port_clash,
    "bad-flag": broken_servers.bad_flag,
    "no-config": broken_surroundings.no_config,
    "claim-missing": broken_surroundings.claim_missing,
    "claim-pending": broken_surroundings.claim_pending,
    "quota": broken_surroundings.quota,
    "other-selector": broken_surroundings.other_selector,
    "other-port": broken_surroundings.other_port,
    "walled": broken_surroundings.walled,
    "budget": broken_surroundings.budget,
    "balancer": broken_surroundings.balancer,
    "illegal-instruction": broken_servers.illegal_instruction,
    "no-program": broken_servers.no_program,
    "no-graph": broken_models.no_graph,
    "cut-graph": broken_models.cut_graph,
    "unknown-operation": broken_models.unknown_operation,
    "bad-warm-up": broken_models.bad_warm_up,
    "other-scheme": broken_models.other_scheme,
    "bad-value": broken_servers.bad_value,
    "bad-config": broken_models.bad_config,
    "volume-elsewhere": broken_surroundings.volume_elsewhere,
    "no-metric": broken_surroundings.no_metric,
    "two-autoscalers": broken_surroundings.two_autoscalers,
    "many-for-grpc": broken_surroundings.many_for_grpc,
    "small-disk": broken_servers.small_disk,
    "evicted": broken_servers.evicted,
    "no-threads": broken_servers.no_threads,
    "no-drain": broken_servers.no_drain,
    "paused": broken_surroundings.paused,
    "no-pods": broken_surroundings.no_pods,
    "no-service": broken_surroundings.no_service,
    "no-class": broken_surroundings.no_class,
    "no-secret": broken_servers.no_secret,
    "probe-port": broken_servers.probe_port,
    "limits": broken_surroundings.limits,
    "crash": broken_servers.crash,
    "crashed-once": broken_servers.crashed_once,
    "impatient": broken_servers.impatient,
    "slow": broken_servers.slow,
}
