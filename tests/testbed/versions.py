"""Every version the testbed pins, and nothing else; a change here renews what was built from it."""

from __future__ import annotations

from typing import Final

CLUSTER_NAME: Final = "tfk8s-testbed"
CONTEXT: Final = f"kind-{CLUSTER_NAME}"  # kind's own rule for context names

# Built from Go modules (the packages way, and the control planes of both ways).
KUBERNETES_NODE: Final = "1.34.4"
KUBERNETES_NEWEST: Final = "1.37.2"
CONTROL_PLANES: Final = (KUBERNETES_NODE, KUBERNETES_NEWEST)
ETCD: Final = "3.6.5"
COREDNS: Final = "1.12.1"
METRICS_SERVER: Final = "0.8.0"
KIND: Final = "0.30.0"
CRI_TOOLS: Final = "1.34.0"
LOCAL_PATH_PROVISIONER: Final = "0.0.30"
NETLINK: Final = "1.3.1"
PAUSE: Final = "3.10.1"
HELM: Final = "4.3.1"
HELM_3: Final = "3.22.0"  # what many operators still run
KUSTOMIZE: Final = "5.7.1"  # the one inside kubectl 1.34
ARGO_CD: Final = "3.6.1"
# Argo CD's engine (diff, health, sync waves) as of the September before that release, which itself wants Go 1.27.
ARGO_CD_ENGINE: Final = "0.0.0-20260914071520-c9c369efcc5b"
ARGO_CD_KUBERNETES: Final = "1.36.1"  # the libraries that the engine pins
FLUX_KUSTOMIZE: Final = "1.10.1"  # kustomize-controller
FLUX_SOURCE: Final = "1.10.1"  # source-controller
FLUX_MODELS: Final = "3.0.1"  # @kubernetes-models/flux-cd, an npm package: the kinds that no module's root has
REGISTRY: Final = "3.1.2"  # CNCF distribution: the registry that pushes meet, and that the nodes pull from
VEGETA: Final = "12.13.0"  # whom `make bench` compares our load over HTTP with: it too sends at a rate
GHZ: Final = "0.120.0"  # the same over gRPC
COSIGN: Final = "3.1.3"  # signs and verifies images, for tests of `tfk8s image sign`
CRANE: Final = "0.22.1"  # a second opinion on what was pushed, and whom `make bench` compares our pushes with

# What stands before services: built from Go modules too, Envoy from its Python wheel.
# MetalLB gives Services of type LoadBalancer an address; 0.16 needs a library that the module proxy does not serve.
METALLB: Final = "0.15.3"
ENVOY_GATEWAY: Final = "1.9.1"  # serves the Gateway API, gRPC routes included
CONTOUR: Final = "1.33.8"  # serves Ingresses, with the same Envoy
ENVOY: Final = "1.39.1"  # the release that ENVOY_GATEWAY itself starts
GATEWAY_API: Final = "1.6.1"  # the release that ENVOY_GATEWAY is built with
KUBE_ROUTER: Final = "2.1.0"  # enforces network policies; the newest that the module proxy serves
GKE_MODELS: Final = "4.6.2"  # @kubernetes-models/gke, an npm package: types made from GKE's own definitions

# What counts requests and scales by them, built from Go modules.
PROMETHEUS: Final = "3.16.0"
PROMETHEUS_MODULE: Final = "0.316.0"  # the module's own number for that release
KEDA: Final = "2.21.0"
# Licensed only since this commit, so KEDA replaces the release that its libraries ask for; replacements of a module are
# not inherited.
KEDA_NEXUS_ANNOTATIONS: Final = "0.1.1-0.20260629224316-835bd8d49cb4"

# What kubeadm and the manifests of KUBERNETES_NODE ask for by name.
ETCD_IMAGE: Final = f"registry.k8s.io/etcd:{ETCD}-0"
COREDNS_IMAGE: Final = f"registry.k8s.io/coredns/coredns:v{COREDNS}"
PAUSE_IMAGE: Final = f"registry.k8s.io/pause:{PAUSE}"
METRICS_SERVER_IMAGE: Final = f"registry.k8s.io/metrics-server/metrics-server:v{METRICS_SERVER}"

# What edge/*.yaml ask for by name: the published images, in the packages way made here under the same names.
METALLB_CONTROLLER_IMAGE: Final = f"quay.io/metallb/controller:v{METALLB}"
METALLB_SPEAKER_IMAGE: Final = f"quay.io/metallb/speaker:v{METALLB}"
ENVOY_GATEWAY_IMAGE: Final = f"docker.io/envoyproxy/gateway:v{ENVOY_GATEWAY}"
CONTOUR_IMAGE: Final = f"ghcr.io/projectcontour/contour:v{CONTOUR}"
KUBE_ROUTER_IMAGE: Final = f"docker.io/cloudnativelabs/kube-router:v{KUBE_ROUTER}"
ENVOY_IMAGE: Final = f"docker.io/envoyproxy/envoy:distroless-v{ENVOY}"

# What scaling/*.yaml ask for by name, made here in the packages way too.
PROMETHEUS_IMAGE: Final = f"docker.io/prom/prometheus:v{PROMETHEUS}"
KEDA_IMAGE: Final = f"ghcr.io/kedacore/keda:{KEDA}"
KEDA_ADAPTER_IMAGE: Final = f"ghcr.io/kedacore/keda-metrics-apiserver:{KEDA}"

# Images that exist in the testbed alone.
OWN_IMAGES: Final = "docker.io/tfk8s-testbed"
KINDNET_IMAGE: Final = f"{OWN_IMAGES}/kindnet:1"
BUSYBOX_IMAGE: Final = f"{OWN_IMAGES}/busybox:1"
LOCAL_PATH_IMAGE: Final = f"{OWN_IMAGES}/local-path-provisioner:v{LOCAL_PATH_PROVISIONER}"
NODE_IMAGE_NAME: Final = "tfk8s-testbed/node"

# Debian, for the packages way's node.
DEBIAN: Final = "bookworm"

# Published images, for the public way.
PUBLIC_BUSYBOX_IMAGE: Final = "docker.io/library/busybox:1.37"
PUBLIC_NODE_IMAGE: Final = "kindest/node:v1.34.0"
TENSORFLOW_SERVING: Final = "2.20.0"
TENSORFLOW_SERVING_IMAGE: Final = f"tensorflow/serving:{TENSORFLOW_SERVING}"

# The double of the model server: real TensorFlow in an environment and an image of its own (tests/modelserver).
DOUBLE_IMAGE: Final = f"{OWN_IMAGES}/model-server-double:{TENSORFLOW_SERVING}"  # named by the release that it follows
DOUBLE_PYTHON: Final = "3.11"  # Debian's, for the image
TENSORFLOW: Final = "2.21.0"
TENSORFLOW_PYTHONS: Final = ("3.11", "3.12", "3.13", "3.10")  # what its wheels cover, best first
TENSORFLOW_PLATFORMS: Final = (
    "manylinux_2_28_x86_64",
    "manylinux_2_27_x86_64",
    "manylinux_2_17_x86_64",
    "manylinux2014_x86_64",
)
# All that the double itself imports; the image holds nothing else. Installed without their own dependencies,
# which ask for `tensorflow` (the serving API) and for Keras, h5py and Clang (TensorFlow).
DOUBLE_REQUIREMENTS: Final = (
    f"tensorflow-cpu=={TENSORFLOW}",
    "tensorflow-serving-api==2.21.0",
    "absl-py==2.5.1",
    "grpcio==1.85.3",
    "ml_dtypes==0.6.0",
    "numpy==2.4.6; python_version >= '3.11'",
    "numpy==2.2.6; python_version < '3.11'",
    "protobuf==7.36.2",
    "typing_extensions==4.16.0",
    "wrapt==2.5.2",
)
# For making models: the whole of TensorFlow. Its remaining dependencies are left to pip.
EXPORT_REQUIREMENTS: Final = (
    f"tensorflow-cpu=={TENSORFLOW}",
    "keras==3.15.1; python_version >= '3.11'",
    "keras==3.12.0; python_version < '3.11'",
    "pillow>=11,<13",
)


def staging_version(kubernetes: str) -> str:
    """Return the version of the k8s.io/* libraries that belong to a Kubernetes release (1.34.4 -> 0.34.4)."""
    major, _, rest = kubernetes.partition(".")
    if major != "1" or not rest:
        raise ValueError(f"not a Kubernetes 1.x release: {kubernetes!r}")
    return f"0.{rest}"


def minor_of(kubernetes: str) -> str:
    """Return the minor release as a string (1.34.4 -> "34")."""
    return kubernetes.split(".")[1]
