"""The sentences that GKE sends without any structure beside them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.cloud.gke.wording import (
    Shortage,
    bracketed_codes,
    missing_network,
    missing_permission,
    named_operation,
    shortages,
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "Insufficient regional quota to satisfy request: resource \"CPUS\": request requires '5.0' and is short "
            "'1.0'. project has a quota of '8.0' with '4.0' available. View and manage quotas at https://x",
            (Shortage(quota="CPUS", asked="5", short="1", limit="8", available="4"),),
        ),
        (
            "\n\t(1) insufficient regional quota to satisfy request: resource \"CPUS\": request requires '12.0' and is "
            "short '4.0'. project has a quota of '8.0' with '8.0' available. View\n\t(2) insufficient regional quota "
            "to satisfy request: resource \"IN_USE_ADDRESSES\": request requires '12.0' and is short '8.0'. project "
            "has a quota of '4.0' with '4.0' available.",
            (
                Shortage(quota="CPUS", asked="12", short="4", limit="8", available="8"),
                Shortage(quota="IN_USE_ADDRESSES", asked="12", short="8", limit="4", available="4"),
            ),
        ),
        (
            'EXTERNAL: Insufficient regional quota to satisfy request for resource: "CPUS". The request requires '
            "'24.0' and is short '16.0'. The regional quota is '8.0' with '8.0' available.",
            (Shortage(quota="CPUS", asked="24", short="16", limit="8", available="8"),),
        ),
        (
            "Instance 'gke-x' creation failed: Quota 'IN_USE_ADDRESSES' exceeded.  Limit: 8.0 in region europe-west4.",
            (Shortage(quota="IN_USE_ADDRESSES", limit="8"),),
        ),
        (
            "Quota 'A' exceeded.  Limit: 2.5 in x. Quota 'A' exceeded.  Limit: 2.5 in x.",
            (Shortage(quota="A", limit="2.5"),),
        ),
        ("The caller does not have permission", ()),
    ],
)
def test_every_quota_is_read_with_its_figures(text: str, found: tuple[Shortage, ...]) -> None:
    assert shortages(text) == found


def test_a_shortage_is_told_with_every_figure_that_is_known() -> None:
    full = Shortage(quota="CPUS", asked="12", limit="8", available="4", short="8")

    assert str(full) == "CPUS: 12 needed, 4 available, limit 8"
    assert str(Shortage(quota="CPUS", limit="8")) == "CPUS: limit 8"
    assert str(Shortage(quota="CPUS")) == "CPUS"


@pytest.mark.parametrize(
    ("text", "permission"),
    [
        ('Required "container.clusters.create" permission(s) for "projects/p".', "container.clusters.create"),
        ("Google Compute Engine: Required 'compute.regions.get' permission for 'projects/p'", "compute.regions.get"),
        ("Permission 'iam.serviceAccounts.actAs' denied on resource", "iam.serviceAccounts.actAs"),
        ("Permission denied on 'locations/us-central1-z' (or it may not exist).", ""),
        ("Required 'nothing'", ""),
    ],
)
def test_the_missing_permission_is_read(text: str, permission: str) -> None:
    assert missing_permission(text) == permission


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ('Project "p" has no network named "default".', "default"),
        ('\t(1) network "my-net" does not exist.\n\t(2) Network "my-net" has no route', "my-net"),
        ('Pod secondary range "pods" not found in network "x"', ""),
    ],
)
def test_the_missing_network_is_read(text: str, network: str) -> None:
    assert missing_network(text) == network


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            "Cluster is running incompatible operation operation-1596064640049-1b03e177.",
            "operation-1596064640049-1b03e177",
        ),
        ("Operation operation-1-a is currently upgrading cluster c. Please wait", "operation-1-a"),
        ("Cluster has deletion protection.", ""),
    ],
)
def test_the_operation_in_the_way_is_read(text: str, name: str) -> None:
    assert named_operation(text) == name


def test_codes_of_compute_engine_are_read_in_brackets_only() -> None:
    text = (
        "Current errors: [GCE_STOCKOUT]: Instance 'x' in [zone], not GCE_QUOTA_EXCEEDED. [ZONE_RESOURCE_POOL_EXHAUSTED]"
    )

    assert bracketed_codes(text) == {"GCE_STOCKOUT", "ZONE_RESOURCE_POOL_EXHAUSTED"}


@given(st.text())
def test_no_text_breaks_the_readers(text: str) -> None:
    for read in (shortages, missing_permission, missing_network, named_operation, bracketed_codes):
        read(text)
