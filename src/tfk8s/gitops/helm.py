"""A service for helm: the chart, its values, and for each environment the values that differ.

`helm template NAME chart -f values.yaml [-f values-ENV.yaml]` makes the objects of `tfk8s render [--env ENV]`, but for
two: a Namespace is made by `--create-namespace`, and the label `managed-by` says Helm.
"""

from __future__ import annotations

from tfk8s.gitops.chart import chart_files
from tfk8s.gitops.files import yaml_file
from tfk8s.gitops.helm_values import helm_values
from tfk8s.gitops.json_patch import is_same
from tfk8s.gitops.request import FormFiles, FormRequest
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.yaml import load_one
from tfk8s.spec import ServiceSpec

CHART_FOLDER = "chart"
VALUES = "values.yaml"


def helm_files(request: FormRequest) -> FormFiles:
    """Write `values.yaml`, `values-ENV.yaml` for each environment and, unless it is fetched, the chart in `chart/`.

    Raises:
        InputError: an image cannot be named in values, or tfk8s was installed without its chart.
    """
    values = helm_values(request.spec, request.rendered)
    files = {VALUES: _text(values, _command(request, request.spec, VALUES))}
    defaults = _defaults()
    for name, there in request.environments.items():
        own = values_file(name)
        over = overriding(values, helm_values(there.spec, there.rendered), defaults=defaults)
        files[own] = _text(over, _command(request, there.spec, VALUES, own))
    if request.chart is None:
        files |= {f"{CHART_FOLDER}/{path}": text for path, text in chart_files().items()}
    return files


def values_file(environment: str) -> str:
    """Name of the file with the values of an environment."""
    return f"values-{environment}.yaml"


def overriding(values: JsonObject, wanted: JsonObject, *, defaults: JsonObject) -> JsonObject:
    """The values that turn `values` into `wanted` when they are laid over.

    Maps merge. A key that is only in `values` gets the chart's default again, or null, which helm takes away.
    """
    over: JsonObject = {}
    for key, value in wanted.items():
        before = values.get(key)
        if isinstance(value, dict) and isinstance(before, dict):
            inner = overriding(before, value, defaults=_map(defaults.get(key)))
            if inner:
                over[key] = inner
        elif key not in values or not is_same(before, value):
            over[key] = value
    for key, before in values.items():
        if key in wanted:
            continue
        default = defaults.get(key)
        if isinstance(before, dict) and isinstance(default, dict):
            over[key] = overriding(before, {}, defaults=default)
        else:
            over[key] = default
    return over


def _map(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _defaults() -> JsonObject:
    return _map(load_one(chart_files()[VALUES], source=VALUES).value)


def _command(request: FormRequest, spec: ServiceSpec, *files: str) -> str:
    chart = request.chart or CHART_FOLDER
    named = " ".join(f"-f {file}" for file in files)
    making = " --create-namespace" if spec.create_namespace else ""
    return f"helm upgrade --install {spec.name} {chart} --namespace {spec.namespace}{making} {named}"


def _text(values: JsonObject, command: str) -> str:
    return yaml_file(values, comments={(): command})
