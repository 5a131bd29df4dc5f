"""The objects of the chart beside those of the renderer."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, TypeAlias

import yaml

from tests.charts.desk import HelmDesk
from tests.testbed.gitops import Line
from tfk8s.gitops import yaml_file
from tfk8s.gitops.helm_values import helm_values
from tfk8s.manifest.ownership import MANAGED_BY_LABEL, MANAGER
from tfk8s.render import Rendered
from tfk8s.spec import ServiceSpec
from tools import pack_chart

Objects: TypeAlias = Mapping[str, Any]
"""Bodies by `Kind/name`."""

HELM = "Helm"
"""What the chart's objects are managed by: the first of two differences."""

_NOT_IN_THE_CHART = "Namespace"
"""The second one: `helm install --create-namespace` makes it."""


class _GoLikeLoader(yaml.CSafeLoader):
    """Takes a plain `<<` that is no key for text, as Go's reader does; Helm writes it so."""

    def text(self, node: yaml.Node) -> str:
        """What stands there."""
        return str(node.value)


_GoLikeLoader.add_constructor("tag:yaml.org,2002:merge", _GoLikeLoader.text)


def chart_objects(
    spec: ServiceSpec, rendered: Rendered, *, folder: Path, line: Line = "helm", minor: int = 34
) -> Objects:
    """What `helm template` makes of the values that stand for a spec; without the hook that tests a release."""
    desk = HelmDesk(line=line, folder=folder, namespace=spec.namespace)
    file = folder / "values.yaml"
    file.write_text(yaml_file(helm_values(spec, rendered)), "utf-8")
    where = ("--namespace", spec.namespace, "--kube-version", f"1.{minor}.0", "--skip-tests")
    text = desk.helm("template", spec.name, pack_chart.CHART, "--values", file, *where)
    return _named(document for document in yaml.load_all(text, Loader=_GoLikeLoader) if document)


def rendered_objects(rendered: Rendered) -> Objects:
    """What the chart has to make: the same objects, under Helm's management."""
    bodies = [deepcopy(manifest.body) for manifest in rendered.manifests if manifest.ref.kind != _NOT_IN_THE_CHART]
    for labels in _label_maps(bodies):
        assert labels[MANAGED_BY_LABEL] == MANAGER
        labels[MANAGED_BY_LABEL] = HELM
    return _named(bodies)


def _label_maps(bodies: Any) -> list[dict[str, str]]:
    metadata = [body["metadata"] for body in bodies]
    metadata += [body["spec"]["template"]["metadata"] for body in bodies if body["kind"] == "Deployment"]
    return [found["labels"] for found in metadata]


def _named(bodies: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for body in bodies:
        name = f"{body['kind']}/{body['metadata']['name']}"
        assert name not in found
        found[name] = body
    return found
