"""A Gateway of several clusters of GKE: each exports its Service, one leads to what is imported of all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.render.specs import body, model, spec
from tfk8s.app.canary_prepare import CanaryOptions, CanarySource, prepare_canary
from tfk8s.errors import InputError, PreconditionError
from tfk8s.gitops.helm_values import helm_values
from tfk8s.manifest.fields import object_at, objects_at, text_at
from tfk8s.render import Rendered, render

GKE = {"provider": "gke", "project": "my-project", "location": "us-central1", "name": "c"}
PUBLISHED: dict[str, Any] = {"cluster": GKE, "image": {"repository": "us-docker.pkg.dev/my-project/serving/resnet"}}
FRONT = {"Gateway", "HTTPRoute", "HealthCheckPolicy", "GCPBackendPolicy"}
IMPORTED = {"group": "net.gke.io", "kind": "ServiceImport", "name": "resnet"}


def fleet(**said: Any) -> dict[str, Any]:
    return {**PUBLISHED, "expose": {"type": "Gateway", "tls": "none", "gateway": {"multiCluster": said}}}


def a_fleet(**said: Any) -> Rendered:
    return render(spec(**fleet(**said)), {"resnet": model()})


def test_a_cluster_that_does_not_hold_the_gateway_exports_its_service_and_has_no_front() -> None:
    found = a_fleet()

    kinds = {manifest.ref.kind for manifest in found.manifests}
    assert "ServiceExport" in kinds
    assert not kinds & FRONT
    assert text_at(body(found, "ServiceExport"), "metadata", "name") == text_at(
        body(found, "Service"), "metadata", "name"
    )


def test_the_one_that_holds_it_leads_to_what_all_export_and_its_policies_are_about_that() -> None:
    found = a_fleet(holdsGateway=True)

    assert {manifest.ref.kind for manifest in found.manifests} >= {*FRONT, "ServiceExport"}
    assert text_at(body(found, "Gateway"), "spec", "gatewayClassName") == "gke-l7-global-external-managed-mc"
    (rule,) = objects_at(body(found, "HTTPRoute"), "spec", "rules")
    assert objects_at(rule, "backendRefs") == ({**IMPORTED, "port": 8501},)
    for kind in ("HealthCheckPolicy", "GCPBackendPolicy"):
        assert object_at(body(found, kind), "spec", "targetRef") == IMPORTED


def test_every_cluster_lets_the_proxies_in_that_come_from_the_gateway() -> None:
    for holds in (True, False):
        said = fleet(holdsGateway=holds)
        found = render(
            spec(**said, networkPolicy={"allowFrom": [{"namespace": "a"}]}),
            {"resnet": model()},
        )
        peers = [
            peer
            for rule in objects_at(body(found, "NetworkPolicy"), "spec", "ingress")
            for peer in objects_at(rule, "from")
        ]
        assert {"ipBlock": {"cidr": "35.191.0.0/16"}} in peers


@pytest.mark.parametrize(("said", "rate"), [({"podRate": 40}, "40"), ({}, None)])
def test_a_region_takes_as_much_as_its_pods_do_where_the_spec_says_how_much(
    said: dict[str, int], rate: str | None
) -> None:
    for holds in (True, False):
        notes = object_at(body(a_fleet(holdsGateway=holds, **said), "Service"), "metadata", "annotations")

        assert notes.get("networking.gke.io/max-rate-per-endpoint") == rate


def test_a_service_of_one_cluster_exports_nothing() -> None:
    found = render(spec(**PUBLISHED, expose={"type": "Gateway", "tls": "none"}), {"resnet": model()})

    assert "ServiceExport" not in {manifest.ref.kind for manifest in found.manifests}
    assert object_at(body(found, "HealthCheckPolicy"), "spec", "targetRef")["kind"] == "Service"


def test_a_chart_which_is_of_one_cluster_is_refused() -> None:
    with pytest.raises(InputError, match="a release of the chart is of one"):
        helm_values(spec(**fleet()), a_fleet())


def test_a_canary_is_refused_before_anything_is_asked() -> None:
    nothing: Any = None

    with pytest.raises(PreconditionError, match="spreads requests over several"):
        prepare_canary(
            CanarySource(spec=spec(**fleet()), base=Path()),
            CanaryOptions(choice=nothing),
            cluster=nothing,
            servers=nothing,
            clock=nothing,
        )
