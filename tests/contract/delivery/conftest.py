"""An API server that knows the kinds of Argo CD and Flux, and all those that tfk8s renders."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.testbed import gitopskinds, versions
from tests.testbed.edge.fixtures import add_kinds
from tests.testbed.fixtures import Cluster, fresh_namespace, running_control_plane
from tests.testbed.layout import layout


@pytest.fixture(scope="session")
def delivery_cluster() -> Iterator[Cluster]:
    """A control plane of its own, without nodes or controllers."""
    with running_control_plane(versions.KUBERNETES_NODE, controllers=()) as found:
        add_kinds(found)
        gitopskinds.add_kinds(found, layout=layout())
        yield found


@pytest.fixture
def delivery_namespace(delivery_cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh namespace there."""
    with fresh_namespace(delivery_cluster, request=request) as name:
        yield name
