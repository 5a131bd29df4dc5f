"""The parts: what each is built from, and what is put into the cluster for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.testbed import versions
from tests.testbed.gomodules import Module, Program

_HERE: Final = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A published image; in the packages way it is made here and holds one program.

    Attributes:
        name: The published name.
        program: The program's name in the part's module; Envoy's own when empty.
        place: Where manifests expect the program.
    """

    name: str
    place: str
    program: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One controller and its objects.

    Attributes:
        name: Of the part, for people and for the record in the cluster.
        namespace: Where it runs.
        module: What its programs are built from.
        images: What its pods run.
        definitions: Files and folders of Go modules (module, version, path) that define its kinds.
        manifest: Its objects; `${NAME}` in it stands for a value that is known only here.
        workloads: What must be available before it works.
        needs: Parts that come first.
    """

    name: str
    namespace: str
    module: Module
    images: tuple[Image, ...]
    definitions: tuple[tuple[str, str, str], ...]
    manifest: Path
    workloads: tuple[str, ...]
    needs: tuple[Part, ...] = ()


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

PARTS: Final = {part.name: part for part in (LOAD_BALANCER, GATEWAY, INGRESS)}
