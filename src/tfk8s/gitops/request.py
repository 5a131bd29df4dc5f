"""What a form is made from, and what it is: files by their path in the folder."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from tfk8s.render import Rendered
from tfk8s.spec import ServiceSpec

FormFiles: TypeAlias = Mapping[str, str]
"""Path in the folder (POSIX, relative, such as `overlays/dev/kustomization.yaml`) to the text, in a fixed order."""


class RenderedSpec(NamedTuple):
    """A spec as it is in one environment, and its objects."""

    spec: ServiceSpec
    rendered: Rendered


class FormRequest(NamedTuple):
    """One service, to be written in some form.

    Attributes:
        spec: the spec without an environment.
        rendered: its objects.
        environments: the same service in each environment, by name, in the order of the spec file.
        chart: where the chart is fetched from (`oci://registry/charts/tf-serving`), for forms that use it; None for
            the chart that is written beside the values.
    """

    spec: ServiceSpec
    rendered: Rendered
    environments: Mapping[str, RenderedSpec] = MappingProxyType({})
    chart: str | None = None
