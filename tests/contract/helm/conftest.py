"""The packed chart, and operators with either helm."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.charts.desk import HelmDesk
from tests.charts.packed import packed_chart
from tests.registry.fixtures import registry, registry_authority, registry_certificate, start_registry
from tests.testbed.fixtures import Cluster
from tests.testbed.gitops import Line

__all__ = ["registry", "registry_authority", "registry_certificate", "start_registry"]


@pytest.fixture(scope="session")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chart of this work tree, packed."""
    return packed_chart(tmp_path_factory.mktemp("chart"))


@pytest.fixture(scope="session")
def older_chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with an older version number: all that differs is what follows from the number."""
    return packed_chart(tmp_path_factory.mktemp("older"), version="0.0.1")


@pytest.fixture(params=["helm", "helm3"])
def line(request: pytest.FixtureRequest) -> Line:
    """Each helm in turn: 4, which applies on the server, and 3, which patches."""
    found: Line = request.param
    return found


@pytest.fixture
def desk(line: Line, tmp_path: Path) -> HelmDesk:
    """An operator without a cluster."""
    return HelmDesk(line=line, folder=tmp_path)


@pytest.fixture
def live_desk(line: Line, control_plane: Cluster, cp_namespace: str, tmp_path: Path) -> HelmDesk:
    """An operator with an API server in each version, where no controller interferes."""
    return HelmDesk(line=line, folder=tmp_path, cluster=control_plane, namespace=cp_namespace)


@pytest.fixture
def staffed_desk(
    line: Line, control_plane_with_controllers: Cluster, cp_controllers_namespace: str, tmp_path: Path
) -> HelmDesk:
    """The same where controllers work: Deployments get pods, which stay Pending."""
    return HelmDesk(
        line=line, folder=tmp_path, cluster=control_plane_with_controllers, namespace=cp_controllers_namespace
    )
