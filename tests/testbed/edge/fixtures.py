"""pytest fixtures: what stands before services on the kind cluster, and control planes that know those kinds."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest

from tests.testbed import gkekinds, install, operatorkinds, way
from tests.testbed.cluster import Testbed
from tests.testbed.edge.parts import GATEWAY, INGRESS, LOAD_BALANCER, POLICIES
from tests.testbed.established import wait_for_kinds
from tests.testbed.fixtures import Cluster, fresh_namespace, running_control_plane
from tests.testbed.layout import layout
from tests.testbed.published import module_files
from tests.testbed.scaling.parts import KEDA_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.testbed.part import Part

_PUBLISHED_KINDS: Final = (
    *("gatewayclasses", "gateways", "httproutes", "grpcroutes", "backendtrafficpolicies", "securitypolicies"),
    *("scaledobjects", "triggerauthentications"),
)
"""Those of the published definitions that tfk8s renders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A controller in the kind cluster.

    Attributes:
        cluster: The kind cluster.
        class_name: Of GatewayClass or IngressClass; empty for the load balancer.
        namespace: Where the controller and the proxies run.
    """

    cluster: Cluster
    class_name: str
    namespace: str

    def give_addresses(self, namespace: str) -> None:
        """Let the Services of type LoadBalancer in a namespace have addresses; without it they wait for ever."""
        self.cluster.kubectl("label", "namespace", namespace, f"{install.ADDRESSES_LABEL}=given", "--overwrite")

    def withhold_addresses(self, namespace: str) -> None:
        """Give a namespace no further addresses, as where there is no load balancer."""
        self.cluster.kubectl("label", "namespace", namespace, f"{install.ADDRESSES_LABEL}-")


@pytest.fixture(scope="session")
def load_balancer(cluster: Cluster) -> Edge:
    """MetalLB: gives addresses on the nodes' bridge to the namespaces that ask by `give_addresses`."""
    return _edge(LOAD_BALANCER, cluster=cluster, class_name="")


@pytest.fixture(scope="session")
def gateway_controller(cluster: Cluster) -> Edge:
    """Envoy Gateway, with the Gateway API's kinds and its own."""
    return _edge(GATEWAY, cluster=cluster, class_name="eg")


@pytest.fixture(scope="session")
def ingress_controller(cluster: Cluster) -> Edge:
    """Contour, the controller of Ingress."""
    return _edge(INGRESS, cluster=cluster, class_name="contour")


@pytest.fixture(scope="session")
def policies(cluster: Cluster) -> Edge:
    """Somebody who enforces network policies, in all namespaces and for the rest of the cluster's life."""
    return _edge(POLICIES, cluster=cluster, class_name="")


@pytest.fixture(scope="session")
def control_plane_with_kinds(control_plane_version: str) -> Iterator[Cluster]:
    """A control plane of its own that knows kinds of the Gateway API, Envoy, KEDA, Prometheus' operator and GKE."""
    with running_control_plane(control_plane_version, controllers=()) as found:
        add_kinds(found)
        yield found


@pytest.fixture
def kinds_namespace(control_plane_with_kinds: Cluster, request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh namespace on the control plane that knows those kinds."""
    with fresh_namespace(control_plane_with_kinds, request=request) as name:
        yield name


def add_kinds(owner: Cluster) -> None:
    """Define kinds of the Gateway API, Envoy Gateway, KEDA, Prometheus' operator and GKE, and wait for them."""
    where = layout()
    folders = (*GATEWAY.definitions, KEDA_KINDS)
    published = [file for folder in folders for file in module_files(*folder, layout=where).glob("*.yaml")]
    files: list[Path] = [file for file in sorted(published) if file.stem.partition("_")[2] in _PUBLISHED_KINDS]
    own = json.dumps(
        {"apiVersion": "v1", "kind": "List", "items": [*gkekinds.definitions(where), *operatorkinds.definitions()]}
    )
    apply = ("apply", "--server-side", "--filename=-")
    # Without validation here, for which kubectl would fetch every schema anew: the API server judges all the same.
    owner.kubectl(*apply, "--validate=false", *(f"--filename={file}" for file in files), stdin=own, timeout_s=120)
    wait_for_kinds(owner)


def _edge(part: Part, *, cluster: Cluster, class_name: str) -> Edge:
    install.ensure(part, testbed=Testbed(way=way.chosen(os.environ), layout=layout()))
    return Edge(cluster=cluster, class_name=class_name, namespace=part.namespace)
