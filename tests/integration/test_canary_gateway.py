"""A canary by weight behind the real Envoy Gateway: its share, counted from the answers, and that none is lost."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import NormalDist

import pytest

from tests.demo.load import LOOPBACK, Bounds, Load, running
from tests.integration.service import MODEL, PATIENCE_S, Service, service
from tests.testbed.edge.fixtures import Edge
from tests.testbed.fixtures import Cluster
from tests.testbed.process import wait_until
from tfk8s.cluster import connect
from tfk8s.manifest import JsonObject, Manifest
from tfk8s.manifest.fields import integer_at, objects_at, text_at

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900), pytest.mark.xdist_group("expose")]

HOST = "canary.example.com"
PREDICT = f"/v1/models/{MODEL}/labels/stable:predict"
VERSION_BY_ANSWER = {3.0: 1, 4.0: 2}
"""What the versions answer to 2."""

WEIGHT = 20
BOUNDS = Bounds(seconds=600, requests=24000, workers=8, rate_per_s=40)
COUNTED = 160
"""Answers of the canary at least, a fifth of all: enough to see its share."""
CANARY = ("2", "--weight", str(WEIGHT), "--for", "25s", "--settle", "2s", "--more-slow", "100")
"""Nothing is to be learned of speed here."""


@pytest.fixture
def half(
    tmp_path: Path, cluster: Cluster, namespace: str, server_image: str, models: Path, gateway_controller: Edge
) -> Iterator[Service]:
    with service(tmp_path, cluster=cluster, namespace=namespace, image=server_image, models=models) as made:
        made.write(
            model={"name": MODEL, "source": f"./{MODEL}", "versions": [1, 2], "labels": {"stable": 1}},
            scaling={"replicas": 1},
            serving={"requestTimeoutSeconds": 5, "filePollSeconds": 1},
            expose={
                "type": "Gateway",
                "host": HOST,
                "tls": "none",
                "gateway": {"className": gateway_controller.class_name},
            },
        )
        made.up()
        yield made


@dataclass(slots=True, kw_only=True)
class Clients:
    """Ask for the label by the gateway's port on this computer, each thread over a connection of its own.

    Attributes:
        port: of 127.0.0.1.
        answers: when each was asked for, and the version that gave it.
    """

    port: int
    answers: list[tuple[float, int]] = field(default_factory=list)
    _own: threading.local = field(default_factory=threading.local)
    _all: list[http.client.HTTPConnection] = field(default_factory=list)

    def ask(self) -> None:
        """Ask once; OSError or HTTPException when it was not answered."""
        connection = self._connection()
        asked_s = time.monotonic()
        try:
            connection.request("POST", PREDICT, body=b'{"instances": [2.0]}', headers={"Host": HOST})
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            raise
        if answer.status != http.client.OK:
            raise OSError(f"HTTP {answer.status}: {body[:200]!r}")
        self.answers.append((asked_s, VERSION_BY_ANSWER[json.loads(body)["predictions"][0]]))

    def close(self) -> None:
        """End all connections."""
        for connection in self._all:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        found: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        if found is None:
            found = self._own.connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=20)
            self._all.append(found)
        return found

    def versions(self, *, since_s: float = 0.0) -> list[int]:
        """Who answered, in the order of asking."""
        return [version for asked_s, version in sorted(self.answers) if asked_s >= since_s]


@contextmanager
def clients(half: Service, edge: Edge) -> Iterator[Clients]:
    """Clients of the gateway's own proxy, by a port-forward: its address is none of this computer's loopback."""
    owner = f"--selector=gateway.envoyproxy.io/owning-gateway-namespace={half.namespace}"
    listed = edge.cluster.kubectl("get", "pods,services", "--namespace", edge.namespace, owner, "--output=json")
    found = {text_at(item, "kind"): item for item in objects_at(json.loads(listed), "items")}
    (listener,) = objects_at(found["Service"], "spec", "ports")
    client = connect(kubeconfig=edge.cluster.kubeconfig)
    with (
        client.forward(Manifest.of(found["Pod"]).ref, port=integer_at(listener, "targetPort")) as port,
        closing(Clients(port=port)) as made,
    ):
        yield made


def route(half: Service) -> JsonObject:
    (found,) = half.objects("httproutes")
    return found


def backends(half: Service) -> dict[str, int]:
    (rule,) = objects_at(route(half), "spec", "rules")
    return {text_at(item, "name"): integer_at(item, "weight") for item in objects_at(rule, "backendRefs")}


def generation(half: Service) -> int:
    """How often the route was changed."""
    return integer_at(route(half), "metadata", "generation")


def while_shared(answers: list[int]) -> list[int]:
    """What was answered while routes led to both: after the first answer of the canary, before the last beside it."""
    first, last = answers.index(2), len(answers) - 1 - answers[::-1].index(1)
    return answers[first + 1 : last]


def by_chance(*, of: int) -> tuple[float, float]:
    """How many of so many answers a canary of the weight gives but in one of a million runs (binomial, near normal)."""
    share = WEIGHT / 100
    expected = NormalDist(of * share, (of * share * (1 - share)) ** 0.5)
    return expected.inv_cdf(5e-7), expected.inv_cdf(1 - 5e-7)


def of_canary(half: Service) -> list[str]:
    names = (text_at(item, "metadata", "name") for item in half.objects("all,configmaps,networkpolicies"))
    return [name for name in names if name.startswith("half-canary")]


def test_a_gateway_gives_a_canary_its_weight_until_it_is_everybodys_and_loses_no_request(
    half: Service, gateway_controller: Edge
) -> None:
    """K38.2."""
    before = generation(half)

    with clients(half, gateway_controller) as asked, running(Load(asked.ask, bounds=BOUNDS)) as load:
        with ThreadPoolExecutor(1) as pool:
            trying = pool.submit(half.run, "versions canary", *CANARY, "--min-requests", str(COUNTED))
            weights = {"half": 100 - WEIGHT, "half-canary": WEIGHT}
            wait_until(
                lambda: backends(half) == weights or trying.done(), timeout_s=PATIENCE_S, what="weights in the route"
            )
            applied = half.run("apply", "-o", "json")
            done = trying.result()
        ended_s = time.monotonic()
        wait_until(
            lambda: len(asked.versions(since_s=ended_s)) >= 40, timeout_s=PATIENCE_S, what="answers after its end"
        )

    assert done.returncode == 0, done.stderr
    assert f"the canary gets {WEIGHT} % by weight of the requests" in done.stderr
    assert load.failures == []
    shared = while_shared(asked.versions())
    least, most = by_chance(of=len(shared))
    assert len(shared) > 600
    assert least <= shared.count(2) <= most
    assert applied.returncode == 0, applied.stderr
    assert "a canary of version 2 of half_plus by label stable has been there since" in applied.stderr
    assert json.loads(applied.stdout)["changed"] == []
    assert generation(half) == before + 2, "once to both and once back: the apply beside it wrote nothing"
    assert set(asked.versions(since_s=ended_s)) == {2}
    assert (list(backends(half)), of_canary(half)) == (["half"], [])
