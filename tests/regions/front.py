"""One front before both regions: Envoy on 127.0.0.1, which looks after their health and asks the other one again."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.integration.service import MODEL
from tests.ports import free_port
from tests.testbed.edge import envoy
from tests.testbed.layout import layout
from tests.testbed.process import wait_until

_HEALTH: Final = {
    "timeout": "2s",
    "interval": "1s",
    "unhealthy_threshold": 2,
    "healthy_threshold": 1,
    "http_health_check": {"path": f"/v1/models/{MODEL}"},
}
_RETRY: Final = {
    "retry_on": "connect-failure,refused-stream,reset,503",
    "num_retries": 2,
    "per_try_timeout": "3s",
    "retry_host_predicate": [
        {
            "name": "envoy.retry_host_predicates.previous_hosts",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"
            },
        }
    ],
    "host_selection_retry_max_attempts": 3,
}


@contextmanager
def front(folder: Path, *, ports: Mapping[str, int]) -> Iterator[int]:
    """Run it until the body ends.

    Args:
        folder: for its configuration and its log.
        ports: of 127.0.0.1, by region.

    Yields:
        The port that clients ask.
    """
    listens, admin = free_port(), free_port()
    config = folder / "envoy.json"
    config.write_text(json.dumps(_config(listens, admin=admin, ports=ports), indent=2))
    command = [str(envoy.binary(layout())), "--config-path", str(config), "--use-dynamic-base-id", "--concurrency", "1"]
    with (folder / "envoy.log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as child:
        try:
            wait_until(lambda: _healthy(admin) == len(ports), timeout_s=60, what="both regions behind the front")
            yield listens
        finally:
            child.terminate()
            child.wait(timeout=30)


def _healthy(admin: int) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{admin}/clusters?format=json", timeout=5) as answer:
            found = json.loads(answer.read())
    except (OSError, urllib.error.URLError):
        return 0
    hosts = [host for cluster in found["cluster_statuses"] for host in cluster.get("host_statuses", ())]
    return sum("failed_active_health_check" not in host["health_status"] for host in hosts)


def _config(port: int, *, admin: int, ports: Mapping[str, int]) -> dict[str, object]:
    manager = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
    router = {
        "name": "envoy.filters.http.router",
        "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"},
    }
    route = {"match": {"prefix": "/"}, "route": {"cluster": "regions", "timeout": "9s", "retry_policy": _RETRY}}
    http = {
        "@type": manager,
        "stat_prefix": "front",
        "http_filters": [router],
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
    }
    filters = [{"name": "envoy.filters.network.http_connection_manager", "typed_config": http}]
    return {
        "admin": {"address": _address(admin)},
        "static_resources": {
            "listeners": [{"name": "front", "address": _address(port), "filter_chains": [{"filters": filters}]}],
            "clusters": [
                {
                    "name": "regions",
                    "type": "STATIC",
                    "connect_timeout": "2s",
                    "health_checks": [_HEALTH],
                    "ignore_health_on_host_removal": True,
                    "load_assignment": {
                        "cluster_name": "regions",
                        "endpoints": [
                            {"lb_endpoints": [{"endpoint": {"address": _address(each)}} for each in ports.values()]}
                        ],
                    },
                }
            ],
        },
    }


def _address(port: int) -> dict[str, object]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}
