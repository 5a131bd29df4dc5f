"""No login, token or anything that holds one is in what a push says, logs, remembers or fails with."""

from __future__ import annotations

import base64
import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.traffic import UPLOADS
from tests.registry.images import push_base
from tests.registry.pushing import Client, model
from tests.registry.running import RunningRegistry
from tfk8s.errors import Tfk8sError

pytestmark = pytest.mark.contract

TROUBLES = {
    "none": (0, ""),
    "denied": (403, UPLOADS),
    "not accepted": (401, UPLOADS),
    "broken": (500, "/manifests/"),
    "the token server": (401, "/v2/token"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_nothing_secret_gets_out(
    any_registry: RunningRegistry, tmp_path: Path, caplog: pytest.LogCaptureFixture, trouble: str
) -> None:
    """K08.3."""
    caplog.set_level(logging.DEBUG)
    status, path = TROUBLES[trouble]
    base = push_base(any_registry, tmp_path)
    client = Client(registries=(any_registry,), state=tmp_path / "state")
    image = client.build(model(tmp_path), base=client.base(base), reference=any_registry.image("half"))
    if status:
        echo = "\n".join(_secrets(any_registry)).encode()  # as a registry that repeats what it was sent
        any_registry.traffic.answer(status, path=path, times=1000, body=echo)

    told = []
    try:
        client.push(image, base=base)
    except Tfk8sError as error:
        told += [str(error), repr(error), error.hint or "", *error.details, *traceback.format_exception(error)]
    told += [caplog.text, repr(client.told.events), *_files(tmp_path / "state")]

    leaked = [secret for secret in _secrets(any_registry) for text in told if secret in text]
    assert leaked == []
    assert any_registry.host in caplog.text  # something was logged at all


def _secrets(registry: RunningRegistry) -> list[str]:
    if registry.login is None:
        return []
    pair = f"{registry.login.username}:{registry.login.secret}"
    issued = registry.tokens.issued if registry.tokens else []
    return [registry.login.secret, base64.b64encode(pair.encode()).decode(), *issued]


def _files(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield path.read_text()
