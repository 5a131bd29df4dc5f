"""A real API server with the kinds of Argo CD and Flux takes what delivers a service, field by field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.delivery.deliveries import GITOPS, refusal, request
from tests.golden.golden_cases import case
from tests.testbed.fixtures import Cluster
from tfk8s.gitops import FormFiles, FormRequest
from tfk8s.gitops.argocd import argocd_files
from tfk8s.gitops.flux import flux_files

pytestmark = [pytest.mark.control_plane, pytest.mark.xdist_group("delivery")]

SETTINGS: dict[str, dict[str, Any]] = {
    "default": {},
    "every": {
        "argocd": {"project": "serving", "server": "https://prod.example.com:6443", "automated": False},
        "flux": {
            "secret": "login",
            "interval": "1h30m",
            "prune": False,
            "images": {"tags": "^v(?P<n>[0-9]+)$", "extract": "$n", "order": "numerical", "secret": "registry"},
        },
        "revision": "live",
    },
    "semver": {"flux": {"images": {"range": "1.x"}}, "revision": "refs/heads/live"},
    "commit": {"revision": "a" * 40},
    "tag": {"revision": "refs/tags/v1"},
}


@pytest.mark.parametrize("form", [argocd_files, flux_files])
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_the_api_server_takes_every_object(
    settings: dict[str, Any],
    form: Callable[[FormRequest], FormFiles],
    delivery_cluster: Cluster,
    delivery_namespace: str,
) -> None:
    there = {tool: {**settings.get(tool, {}), "namespace": delivery_namespace} for tool in ("argocd", "flux")}
    fields = {"gitops": {**GITOPS, **settings, **there}}
    files = form(request(case("baked-image"), fields=fields, dev={"scaling": {"replicas": 1}}, prod={}))

    own = [text for path, text in files.items() if path.startswith(("argocd/", "flux/"))]

    assert len(own) >= 2
    assert refusal(delivery_cluster, "---\n".join(own)) == ""


@pytest.mark.parametrize("form", [argocd_files, flux_files])
def test_the_api_server_knows_every_field(
    form: Callable[[FormRequest], FormFiles], delivery_cluster: Cluster, delivery_namespace: str
) -> None:
    """Otherwise what it takes would say nothing."""
    there = {tool: {**SETTINGS["every"][tool], "namespace": delivery_namespace} for tool in ("argocd", "flux")}
    files = form(request(case("baked-image"), fields={"gitops": {**GITOPS, **there}}))
    own = [text for path, text in files.items() if path.startswith(("argocd/", "flux/"))]

    said = refusal(
        delivery_cluster, "---\n".join(text.replace("\nspec:\n", "\nspec:\n  nonsense: 1\n") for text in own)
    )

    assert said.count("spec.nonsense") == len(own)
