"""What stands before services: what each part is built from, and what is put into the cluster for it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.testbed import versions
from tests.testbed.gomodules import Module, Program
from tests.testbed.part import Image, Part

_HERE: Final = Path(__file__).resolve().parent


def _edge_module(*packages: str) -> Module:
    """Return the module of MetalLB and Contour: in one module, Kubernetes' libraries compile once for both."""
    return Module(
        name="edge",
        requires=(
            ("go.universe.tf/metallb", f"v{versions.METALLB}"),
            ("github.com/projectcontour/contour", f"v{versions.CONTOUR}"),
        ),
        programs=tuple(Program(name=package.rpartition("/")[2], package=package) for package in packages),
    )


_ENVOY = Image(name=versions.ENVOY_IMAGE, place="/usr/local/bin/envoy")

GATEWAY_API: Final = ("sigs.k8s.io/gateway-api", versions.GATEWAY_API, "config/crd/standard")
"""The standard channel of the Gateway API's own definitions."""

LOAD_BALANCER: Final = Part(
    name="load-balancer",
    namespace="metallb-system",
    module=_edge_module("go.universe.tf/metallb/controller", "go.universe.tf/metallb/speaker"),
    images=(
        Image(name=versions.METALLB_CONTROLLER_IMAGE, program="controller", place="/controller"),
        Image(name=versions.METALLB_SPEAKER_IMAGE, program="speaker", place="/speaker"),
    ),
    definitions=(("go.universe.tf/metallb", versions.METALLB, "config/crd/bases"),),
    manifest=_HERE / "load_balancer.yaml",
    workloads=("deployment/controller", "daemonset/speaker"),
)

GATEWAY: Final = Part(
    name="gateway",
    namespace="envoy-gateway-system",
    module=Module(
        name="envoy-gateway",
        requires=(("github.com/envoyproxy/gateway", f"v{versions.ENVOY_GATEWAY}"),),
        programs=(Program(name="envoy-gateway", package="github.com/envoyproxy/gateway/cmd/envoy-gateway"),),
    ),
    images=(
        Image(name=versions.ENVOY_GATEWAY_IMAGE, program="envoy-gateway", place="/usr/local/bin/envoy-gateway"),
        _ENVOY,
    ),
    definitions=(
        GATEWAY_API,
        (
            "github.com/envoyproxy/gateway",
            versions.ENVOY_GATEWAY,
            "charts/gateway-helm/charts/crds/crds/generated",
        ),
    ),
    manifest=_HERE / "gateway.yaml",
    workloads=("deployment/envoy-gateway",),
    needs=(LOAD_BALANCER,),
)

POLICIES: Final = Part(
    name="policies",
    namespace="kube-router",
    module=Module(
        name="kube-router",
        requires=(("github.com/cloudnativelabs/kube-router/v2", f"v{versions.KUBE_ROUTER}"),),
        programs=(Program(name="kube-router", package="github.com/cloudnativelabs/kube-router/v2/cmd/kube-router"),),
    ),
    images=(
        Image(
            name=versions.KUBE_ROUTER_IMAGE,
            program="kube-router",
            place="/usr/local/bin/kube-router",
            packages=("ipset", "iptables"),
        ),
    ),
    definitions=(),
    manifest=_HERE / "policies.yaml",
    workloads=("daemonset/kube-router",),
)
"""What enforces network policies where the node's network does not."""

INGRESS: Final = Part(
    name="ingress",
    namespace="projectcontour",
    module=_edge_module("github.com/projectcontour/contour/cmd/contour"),
    images=(Image(name=versions.CONTOUR_IMAGE, program="contour", place="/bin/contour"), _ENVOY),
    definitions=(("github.com/projectcontour/contour", versions.CONTOUR, "examples/contour/01-crds.yaml"),),
    manifest=_HERE / "ingress.yaml",
    workloads=("deployment/contour", "deployment/envoy"),
    needs=(LOAD_BALANCER,),
)
