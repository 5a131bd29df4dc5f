"""Which programs are built from which Go modules. `gobuild` does the work."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from tests.testbed import versions
from tests.testbed.layout import SOURCES

_GO_LANGUAGE: Final = "1.24.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One executable: its file name, the package it is built from, the variables the linker sets."""

    name: str
    package: str
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A main module of ours that pins what its programs are built from.

    Attributes:
        name: First part of the folder of the finished programs.
        requires: Module paths with versions.
        programs: What to build.
        kubernetes: Kubernetes release whose k8s.io/* libraries replace the required ones; none when empty.
        sources: Folder below `go/` with our own main package; none when empty.
        replaces: Module paths with the versions that take the place of any that is asked for.
        tags: Go's build tags: what is left out, or comes in.
    """

    name: str
    requires: tuple[tuple[str, str], ...]
    programs: tuple[Program, ...]
    kubernetes: str = ""
    sources: str = ""
    replaces: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()


def kubernetes_module(release: str, *, commands: tuple[str, ...]) -> Module:
    """Return the module that builds commands of one Kubernetes release."""
    values = {
        "gitVersion": f"v{release}",
        "gitMajor": "1",
        "gitMinor": versions.minor_of(release),
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
    }
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    variables = tuple(f"{package}.{key}={value}" for package in packages for key, value in values.items())
    return Module(
        name="kubernetes",
        requires=(("k8s.io/kubernetes", f"v{release}"),),
        kubernetes=release,
        programs=tuple(
            Program(name=command, package=f"k8s.io/kubernetes/cmd/{command}", variables=variables)
            for command in commands
        ),
    )


def control_plane_modules() -> tuple[Module, ...]:
    """Return what a control plane without nodes needs, in every version."""
    servers = ("kube-apiserver", "kube-controller-manager")
    return (
        kubernetes_module(versions.KUBERNETES_NODE, commands=(*servers, "kubectl")),
        _addons("etcd"),
        kubernetes_module(versions.KUBERNETES_NEWEST, commands=servers),
    )


def client_modules() -> tuple[Module, ...]:
    """Return what a user calls: kind and kubectl."""
    kind = _published("kind", ("sigs.k8s.io/kind", f"v{versions.KIND}"))
    return (kind, kubernetes_module(versions.KUBERNETES_NODE, commands=("kubectl",)))


def registry_modules() -> tuple[Module, ...]:
    """Return what holds images and what judges them: the CNCF registry and crane."""
    distribution, containers = "github.com/distribution/distribution/v3", "github.com/google/go-containerregistry"
    return (
        _published("registry", (distribution, f"v{versions.REGISTRY}"), package="cmd/registry"),
        _published("crane", (containers, f"v{versions.CRANE}"), package="cmd/crane"),
    )


def signing_modules() -> tuple[Module, ...]:
    """Return what signs images and says who signed one: cosign."""
    return (_published("cosign", ("github.com/sigstore/cosign/v3", f"v{versions.COSIGN}"), package="cmd/cosign"),)


def load_modules() -> tuple[Module, ...]:
    """Return what loads servers at a rate: over HTTP, and over gRPC."""
    return (
        _published("vegeta", ("github.com/tsenart/vegeta/v12", f"v{versions.VEGETA}")),
        _published("ghz", ("github.com/bojand/ghz", f"v{versions.GHZ}"), package="cmd/ghz"),
    )


def gitops_modules() -> tuple[Module, ...]:
    """Return what reads rendered forms in a team's repository: both lines of helm, and kustomize."""
    return (
        _published("helm", ("helm.sh/helm/v4", f"v{versions.HELM}"), package="cmd/helm"),
        _published("helm3", ("helm.sh/helm/v3", f"v{versions.HELM_3}"), package="cmd/helm"),
        _published("kustomize", ("sigs.k8s.io/kustomize/kustomize/v5", f"v{versions.KUSTOMIZE}")),
    )


def argocd_modules() -> tuple[Module, ...]:
    """Return what answers for Argo CD: a program of ours around its engine."""
    engine = ("github.com/argoproj/argo-cd/gitops-engine", f"v{versions.ARGO_CD_ENGINE}")
    program = Program(name="argodiff", package=".")
    kubernetes = versions.ARGO_CD_KUBERNETES
    return (
        Module(name="argodiff", requires=(engine,), kubernetes=kubernetes, sources="argodiff", programs=(program,)),
    )


def prometheus_modules() -> tuple[Module, ...]:
    """Return what scrapes and answers queries: Prometheus, and promtool, which tests rules and queries without it.

    Of all that finds targets, Kubernetes alone comes in; the pages for a browser are not in the module.
    """
    prometheus, name = "github.com/prometheus/prometheus", "github.com/prometheus/common/version.Version"
    variables = (f"{name}={versions.PROMETHEUS}",)
    return (
        Module(
            name="prometheus",
            requires=((prometheus, f"v{versions.PROMETHEUS_MODULE}"),),
            programs=tuple(
                Program(name=program, package=f"{prometheus}/cmd/{program}", variables=variables)
                for program in ("prometheus", "promtool")
            ),
            tags=("remove_all_sd", "enable_kubernetes_sd"),
        ),
    )


def keda_modules() -> tuple[Module, ...]:
    """Return what scales by the answers of queries: KEDA's operator and its adapter of the metrics API."""
    keda = "github.com/kedacore/keda/v2"
    variables = (f"{keda}/version.Version={versions.KEDA}",)
    return (
        Module(
            name="keda",
            requires=((keda, f"v{versions.KEDA}"),),
            replaces=(("github.com/nexus-rpc/nexus-proto-annotations", f"v{versions.KEDA_NEXUS_ANNOTATIONS}"),),
            tags=("timetzdata",),  # time zones of schedules: the published image has them as files
            programs=(
                Program(name="keda", package=f"{keda}/cmd/operator", variables=variables),
                Program(name="keda-adapter", package=f"{keda}/cmd/adapter", variables=variables),
            ),
        ),
    )


def node_modules() -> tuple[Module, ...]:
    """Return what goes into a node image, and the container runtime's wrapper."""
    return (
        _own("runcwrap"),
        _own("pause"),
        _own("kindnet", ("github.com/vishvananda/netlink", f"v{versions.NETLINK}")),
        kubernetes_module(
            versions.KUBERNETES_NODE,
            commands=(
                "kubelet",
                "kubeadm",
                "kube-apiserver",
                "kube-controller-manager",
                "kube-scheduler",
                "kube-proxy",
                "kubectl",
            ),
        ),
        _addons("etcd", "metrics-server", "crictl", "local-path-provisioner"),
        # Not with Kubernetes' own libraries: CoreDNS 1.12 does not compile with client-go 0.34.
        _own("coredns", ("github.com/coredns/coredns", f"v{versions.COREDNS}")),
    )


def folder_name(module: Module) -> str:
    """Return the folder of the finished programs: what they are built from is part of the name."""
    if module.name == "kubernetes":
        return f"kubernetes-{module.kubernetes}"
    parts = (module.requires, module.kubernetes, *filter(None, (module.replaces, module.tags)))
    digest = hashlib.sha256(repr(parts).encode())
    for path in sorted((SOURCES / module.sources).rglob("*")) if module.sources else ():
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return f"{module.name}-{digest.hexdigest()[:8]}"


def go_mod(module: Module, *, staging: tuple[str, ...], godebug: str = "") -> str:
    """Return the module's go.mod.

    Args:
        module: What to write.
        staging: The k8s.io/* libraries that live in Kubernetes' own tree; all are pinned to its release.
        godebug: Kubernetes' own `godebug` line.
    """
    lines = [f"module tfk8s.testbed/{module.name}", "", f"go {_GO_LANGUAGE}", godebug, "require ("]
    lines += [f"\t{path} {version}" for path, version in module.requires]
    lines.append(")")
    replaced = [*module.replaces]
    if module.kubernetes:
        version = versions.staging_version(module.kubernetes)
        replaced += [(path, f"v{version}") for path in staging]
    if replaced:
        lines += ["replace (", *(f"\t{path} => {path} {version}" for path, version in replaced), ")"]
    return "\n".join(lines) + "\n"


def _addons(*names: str) -> Module:
    """Return the module of what is compiled with Kubernetes' libraries: in one module they compile once."""
    programs = {
        "etcd": Program(name="etcd", package="go.etcd.io/etcd/server/v3"),
        "metrics-server": Program(name="metrics-server", package="sigs.k8s.io/metrics-server/cmd/metrics-server"),
        "crictl": Program(
            name="crictl",
            package="sigs.k8s.io/cri-tools/cmd/crictl",
            variables=(f"sigs.k8s.io/cri-tools/pkg/version.Version=v{versions.CRI_TOOLS}",),
        ),
        "local-path-provisioner": Program(
            name="local-path-provisioner", package="github.com/rancher/local-path-provisioner"
        ),
    }
    return Module(
        name="addons",
        requires=(
            ("k8s.io/kubernetes", f"v{versions.KUBERNETES_NODE}"),
            ("go.etcd.io/etcd/server/v3", f"v{versions.ETCD}"),
            ("sigs.k8s.io/metrics-server", f"v{versions.METRICS_SERVER}"),
            ("sigs.k8s.io/cri-tools", f"v{versions.CRI_TOOLS}"),
            ("github.com/rancher/local-path-provisioner", f"v{versions.LOCAL_PATH_PROVISIONER}"),
        ),
        kubernetes=versions.KUBERNETES_NODE,
        programs=tuple(programs[name] for name in names),
    )


def _published(name: str, required: tuple[str, str], *, package: str = "") -> Module:
    """Return the module of one published program; its package lies below the required module's root."""
    program = Program(name=name, package=f"{required[0]}/{package}".rstrip("/"))
    return Module(name=name, requires=(required,), programs=(program,))


def _own(name: str, *required: tuple[str, str]) -> Module:
    return Module(name=name, requires=required, sources=name, programs=(Program(name=name, package="."),))
