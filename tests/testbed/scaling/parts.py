"""Prometheus and KEDA: what each is built from, and what is put into the cluster for it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.testbed import versions
from tests.testbed.gomodules import keda_modules, prometheus_modules
from tests.testbed.part import Image, Part

_HERE: Final = Path(__file__).resolve().parent

PROMETHEUS: Final = Part(
    name="prometheus",
    namespace="monitoring",
    module=prometheus_modules()[0],
    images=(Image(name=versions.PROMETHEUS_IMAGE, program="prometheus", place="/bin/prometheus"),),
    definitions=(),
    manifest=_HERE / "prometheus.yaml",
    workloads=("deployment/prometheus",),
)

KEDA_KINDS: Final = ("github.com/kedacore/keda/v2", versions.KEDA, "config/crd/bases")
"""The folder with KEDA's own definitions."""

KEDA: Final = Part(
    name="keda",
    namespace="keda",
    module=keda_modules()[0],
    images=(
        Image(name=versions.KEDA_IMAGE, program="keda", place="/keda"),
        Image(name=versions.KEDA_ADAPTER_IMAGE, program="keda-adapter", place="/keda-adapter"),
    ),
    definitions=(KEDA_KINDS,),
    manifest=_HERE / "keda.yaml",
    workloads=("deployment/keda-operator", "deployment/keda-metrics-apiserver"),
)
