"""What a form is made from, and what it is: files by their path in the folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from tfk8s.render import Rendered
from tfk8s.spec import ServiceSpec

FormFiles: TypeAlias = Mapping[str, str]
"""Path in the folder (POSIX, relative, such as `overlays/dev/kustomization.yaml`) to the text, in a fixed order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedSpec:
    """A spec as it is in one environment, and its objects."""

    spec: ServiceSpec
    rendered: Rendered


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRequest:
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
    environments: Mapping[str, RenderedSpec] = field(default_factory=dict)
    chart: str | None = None
