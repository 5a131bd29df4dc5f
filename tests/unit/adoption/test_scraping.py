"""Who collected the metrics of pods that somebody deployed, and what the spec says of it."""

from __future__ import annotations

import pytest

from tests.unit.adoption.imports import imported, server
from tests.unit.render.specs import rendered
from tfk8s.app.import_ import import_manifests
from tfk8s.manifest.fields import object_at
from tfk8s.manifest.yaml import dump_documents

ANNOTATED = """\
      annotations:
        prometheus.io/scrape: "{scrape}"
        prometheus.io/path: /monitoring/prometheus/metrics
        prometheus.io/port: "8501"
        team: ml
"""


def annotated(scrape: str) -> str:
    metadata = "    metadata: {labels: {app: resnet}}\n"
    assert metadata in server()
    return server().replace(
        metadata, f"    metadata:\n      labels: {{app: resnet}}\n{ANNOTATED.format(scrape=scrape)}"
    )


def test_annotations_for_prometheus_are_what_the_service_gets_anyway() -> None:
    found = imported(annotated("true")).document

    assert "monitoring" not in found
    assert found["annotations"] == {"team": "ml"}, "those of every object: a Service with them would be read too"


def test_pods_that_were_not_to_be_read_are_not() -> None:
    assert imported(annotated("false")).document["monitoring"] == {"scrape": "none"}


def test_pods_that_nobody_read_get_the_annotations() -> None:
    assert "monitoring" not in imported(server()).document


@pytest.mark.parametrize("scrape", ["podMonitor", "serviceMonitor", "podMonitoring", "none"])
def test_our_own_way_comes_back(scrape: str) -> None:
    ours = rendered(model={"source": "pvc://models/resnet"}, monitoring={"scrape": scrape})

    found = import_manifests({"k8s.yaml": dump_documents(item.body for item in ours.manifests)})

    assert object_at(found.document, "monitoring") == {"scrape": scrape}
