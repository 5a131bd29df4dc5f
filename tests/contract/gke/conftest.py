"""A running server and the provider in front of it, through Google's own client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.contract.gke.clusters import Gke, gke_for
from tests.fakes.gke.server import FakeGke


@pytest.fixture
def server() -> Iterator[FakeGke]:
    with FakeGke() as running:
        yield running


@pytest.fixture
def gke(server: FakeGke, tmp_path: Path) -> Iterator[Gke]:
    made = gke_for(server, state=tmp_path)
    yield made
    made.close()


@pytest.fixture
def again(server: FakeGke, tmp_path: Path) -> Iterator[Callable[[], Gke]]:
    """Makes another run with the same state folder."""
    made: list[Gke] = []

    def run() -> Gke:
        made.append(gke_for(server, state=tmp_path))
        return made[-1]

    yield run
    for one in made:
        one.close()
