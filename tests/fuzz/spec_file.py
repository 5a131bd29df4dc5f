"""`tfk8s.yaml`, with its environments, and what it renders to in every form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from tests.fuzz.guard import show_product
from tests.fuzz.lines import mutate_lines
from tfk8s.app.render import RenderRequest, read_model_info
from tfk8s.app.render_forms import Form, ServiceRequest, files_of_form, render_in_environments
from tfk8s.errors import InputError
from tfk8s.spec import LocalSource, ServiceSpec, load_environments, load_spec
from tfk8s.spec.loader import load_whole

_ROOT: Final = Path(__file__).resolve().parents[2]
_CASES: Final = _ROOT / "tests" / "golden" / "cases"
_MODEL: Final = read_model_info(_CASES / "gpu" / "model.json")
_FORMS: Final[tuple[Form, ...]] = ("plain", "kustomize", "helm", "argocd", "flux")
_MOST_ENVIRONMENTS: Final = 2
_KEY: Final = re.compile(rb"^[ -]*([A-Za-z][A-Za-z0-9.]*):", re.MULTILINE)


def check(data: bytes) -> None:
    """Read it without and in its environments, and render what can be read."""
    spec, environments = load_whole(data, source="tfk8s.yaml")
    if load_spec(data) != spec or load_environments(data) != environments:
        raise AssertionError("two ways to read a spec do not agree")
    chosen = dict(list(environments.items())[:_MOST_ENVIRONMENTS])
    form_request = render_in_environments(
        ServiceRequest(plain=_request(spec), environments={name: _request(there) for name, there in chosen.items()})
    )
    for form in _FORMS:
        try:
            files = files_of_form(form, form_request)
        except InputError:
            continue
        show_product({**files})


def _request(spec: ServiceSpec) -> RenderRequest:
    infos = {model.name: _MODEL for model in spec.served_models if isinstance(model.parsed_source, LocalSource)}
    return RenderRequest(spec=spec, base=_ROOT, infos=infos)


def seeds() -> Iterator[bytes]:
    """The examples and the golden cases."""
    for path in (*sorted(_CASES.glob("*/service.yaml")), *sorted((_ROOT / "examples").glob("*/tfk8s.yaml"))):
        yield path.read_bytes()
    yield _ENVIRONMENTS


_ENVIRONMENTS: Final = b"""\
apiVersion: tfk8s.dev/v1
name: resnet
model: {source: gs://bucket/resnet, versions: [1, 2], labels: {stable: 1}}
scaling: {min: 1, max: 3, metrics: [{cpu: 60}]}
environments:
  staging: {scaling: {replicas: 1}, namespace: staging}
  prod:
    namespace: prod
    expose: {type: LoadBalancer, ports: [rest, grpc]}
    model: {labels: null}
"""

WORDS: Final = tuple(sorted({word for seed in seeds() for word in _KEY.findall(seed)}))


def mutate(data: bytes, *, most: int, seed: int, native: Callable[[bytes, int], bytes]) -> bytes:
    """By lines."""
    return mutate_lines(data, most=most, seed=seed, native=native, words=WORDS)
