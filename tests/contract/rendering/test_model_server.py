"""The model server takes every flag and file that we render, and answers on the path that the probes ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.golden.strategies import spec_of
from tests.modelserver import running
from tests.modelserver.paths import Paths
from tests.modelserver.running import Server
from tfk8s.app.local_run import local_run
from tfk8s.app.render import RenderRequest, render_service
from tfk8s.manifest.fields import objects_at, text_at
from tfk8s.render import Rendered
from tfk8s.render.config_files import CONFIG_DIRECTORY, METRICS_PATH
from tfk8s.render.served import BAKED_ROOT
from tfk8s.spec import ServiceSpec

pytestmark = pytest.mark.contract

TIMEOUT_S = 10.0
LABELLED: dict[str, Any] = {
    "model": {"name": "half_plus", "source": "half_plus", "versions": [1, 3], "labels": {"stable": 1, "canary": 3}},
    "serving": {"flags": {"enable_signature_method_name_check": True}},
}
SEVERAL: dict[str, Any] = {
    "models": [
        {"name": "half_plus", "source": "half_plus", "versions": "all"},
        {"name": "image_bytes", "source": "image_bytes"},
    ],
    "expose": {"ports": ["rest", "grpc"]},
    "serving": {"batching": {"maxBatchSize": 8, "allowedBatchSizes": [2, 8]}, "warmup": False},
}


def rendered_from(models: Path, document: dict[str, Any]) -> tuple[ServiceSpec, Rendered]:
    """The spec, with sources below `models`, and what is rendered of it."""
    spec = spec_of({"apiVersion": "tfk8s.dev/v1", "name": "service", **document})
    return spec, render_service(RenderRequest(spec=spec, base=models))


@contextmanager
def served(document: dict[str, Any], *, paths: Paths, models: Path, folder: Path) -> Iterator[tuple[Server, Rendered]]:
    """A server with the rendered arguments and files; only the two folders are elsewhere than in a pod."""
    spec, rendered = rendered_from(models, document)
    run = local_run(spec, rendered.manifests, base=models)
    for path, text in run.files.items():
        (folder / Path(path).name).write_text(text.replace(f'"{BAKED_ROOT}/', f'"{models}/'))
    arguments = [argument.replace(f"={CONFIG_DIRECTORY}/", f"={folder}/") for argument in run.arguments]
    server = running.start(
        running.chosen_launcher(paths.wrapper), arguments, log=folder / "log", mounts=[folder, models]
    )
    try:
        server.wait_until_open()
        yield server, rendered
    finally:
        server.running.kill()


def probe_path(rendered: Rendered) -> str:
    """What the kubelet asks for."""
    deployment = next(manifest for manifest in rendered.manifests if manifest.ref.kind == "Deployment")
    (container,) = objects_at(deployment.body, "spec", "template", "spec", "containers")
    return text_at(container, "readinessProbe", "httpGet", "path")


def asked(url: str) -> requests.Response:
    """The first answer but 404, as a probe asks again: ports open with a model's first version, others still load."""
    answers: list[requests.Response] = []

    def is_there() -> bool:
        answers.append(requests.get(url, timeout=TIMEOUT_S))
        return answers[-1].status_code != 404

    running.eventually(is_there, timeout_s=running.START_TIMEOUT_S, explain=lambda: answers[-1].text)
    return answers[-1]


@pytest.mark.parametrize("document", [LABELLED, SEVERAL], ids=["labels", "several models"])
def test_the_server_knows_every_flag_and_answers_the_probe(
    document: dict[str, Any], model_server_paths: Paths, made_models: Path, tmp_path: Path
) -> None:
    with served(document, paths=model_server_paths, models=made_models, folder=tmp_path) as (server, rendered):
        answer = asked(server.url + probe_path(rendered))
        metrics = requests.get(server.url + METRICS_PATH, timeout=TIMEOUT_S)

    assert answer.status_code == 200, answer.text
    assert metrics.status_code == 200
    assert re.search("unknown argument", server.running.output(), re.IGNORECASE) is None


def test_each_label_answers_with_its_version_as_soon_as_that_is_loaded(
    model_server_paths: Paths, made_models: Path, tmp_path: Path
) -> None:
    with served(LABELLED, paths=model_server_paths, models=made_models, folder=tmp_path) as (server, rendered):
        versions = {
            label: asked(f"{server.url}/v1/models/half_plus/labels/{label}/metadata").json()["model_spec"]["version"]
            for label in ("stable", "canary")
        }

    assert probe_path(rendered) == "/v1/models/half_plus/labels/stable/metadata"
    assert versions == {"stable": "1", "canary": "3"}
