"""A front that asks for keys or tokens: looked for before it is applied, proven closed afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.fakes.cluster import FakeCluster
from tests.fakes.fronts import ADDRESS, ENVOY_API, FRONTS_SERVED, GATEWAY_API, FakeFronts, condition, with_classes
from tests.fakes.model_server import FakeModelServer, refused
from tests.fakes.service import NAME, small_service
from tests.unit.app.apply_stage import SIGNATURE, Stage
from tests.unit.app.test_front import Inside, Known, exposed, told, way
from tfk8s.app.front import find_front
from tfk8s.app.front_reach import FrontReach
from tfk8s.errors import PreconditionError, RolloutFailedError
from tfk8s.manifest import JsonObject, ObjectRef
from tfk8s.manifest.fields import text_at
from tfk8s.ports import Credential, Endpoint, ModelServer, ServerCode, StepDone, Warn

TLS: dict[str, Any] = {"host": "a.example.com", "tls": {"secretName": "tls"}}
KEYED: dict[str, Any] = {"type": "Gateway", "gateway": {"className": "eg"}, **TLS, "auth": {"apiKeys": {}}}
TOKENS: JsonObject = {"issuer": "https://issuer.example.com", "audiences": ["a"], "jwksConfigMap": "jwks"}
ISSUED: dict[str, Any] = {**KEYED, "auth": {"jwt": TOKENS}}
KEYS = ObjectRef(api_version="v1", kind="Secret", namespace="serving", name=f"{NAME}-keys")
POLICY = ObjectRef(api_version=ENVOY_API, kind="SecurityPolicy", namespace="serving", name=NAME)


class Closed(FakeModelServer):
    """A server whose front refuses whoever shows nothing; from inside it answers."""

    is_open = False

    @contextmanager
    def connect(self, endpoint: Endpoint) -> Iterator[ModelServer]:
        with super().connect(endpoint) as server:
            if endpoint.address and endpoint.credential is None and not self.is_open:
                raise refused(ServerCode.UNAUTHENTICATED, "Client authentication failed.", from_model_server=False)
            yield server


def guarded_stage(*, has_keys: bool = True) -> tuple[Stage, FakeFronts, Closed]:
    stage = Stage(with_classes(FakeCluster(served=FRONTS_SERVED)))
    server = Closed(model=NAME, states=stage.server.states, signatures=(SIGNATURE,))
    stage.server = server
    if has_keys:
        stage.cluster.put(
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": KEYS.name, "namespace": "serving"}}
        )
    return stage, FakeFronts(stage.cluster, stage.clock), server


def steps(stage: Stage) -> list[str]:
    return [f"{event.step}: {event.outcome}" for event in stage.told.events if isinstance(event, StepDone)]


def test_apply_asks_a_guarded_front_with_empty_hands_and_is_content_when_it_refuses() -> None:
    stage, _, _ = guarded_stage()

    stage.apply(exposed(KEYED))

    line = "request through https://a.example.com without a key in x-api-key: refused, as it must be"
    assert line in steps(stage)
    assert not any("prediction through" in step for step in steps(stage))


def test_a_front_that_answers_everybody_though_it_must_not_is_a_failure() -> None:
    stage, _, server = guarded_stage()
    server.is_open = True

    with pytest.raises(RolloutFailedError) as open_:
        stage.apply(exposed(KEYED))

    assert "https://a.example.com answers everybody, though the spec asks for a key in x-api-key" in str(open_.value)


def test_a_policy_that_its_controller_refuses_is_waited_for_and_told() -> None:
    stage, fronts, _ = guarded_stage()
    refusal = condition("Accepted", "False", reason="Invalid", message="no such thing")
    status: JsonObject = {"ancestors": [{"ancestorRef": {"name": NAME}, "conditions": [refusal]}]}
    fronts.refuse = lambda body: status if text_at(body, "kind") == "SecurityPolicy" else None

    front = _front_after(stage, KEYED)

    assert f"SecurityPolicy/{NAME}: Accepted is False (Invalid: no such thing)" in front.missing
    assert front.asks_for == "a key in x-api-key"


def test_a_missing_secret_is_told_with_the_command_that_makes_it_and_not_waited_for() -> None:
    stage, fronts, _ = guarded_stage(has_keys=False)
    refusal = condition("Accepted", "False", reason="Invalid", message="secret not found")
    status: JsonObject = {"ancestors": [{"ancestorRef": {"name": NAME}, "conditions": [refusal]}]}
    fronts.refuse = lambda body: status if text_at(body, "kind") == "SecurityPolicy" else None

    stage.apply(exposed(KEYED))

    warned = "\n".join(told(stage, Warn))
    assert f"names Secret/{KEYS.name} in serving, which is not there: nobody gets in until it is" in warned
    assert f"nobody gets in: there is no Secret/{KEYS.name} in serving (tfk8s keys create NAME)" in warned
    assert stage.clock.monotonic_s() < 30


@pytest.mark.parametrize(("expose", "words"), [(KEYED, "a key in x-api-key"), (ISSUED, "a token of https://issuer")])
def test_what_is_asked_for_is_told_in_words(expose: dict[str, Any], words: str) -> None:
    stage, _, _ = guarded_stage()

    assert _front_after(stage, expose).asks_for.startswith(words)


@pytest.mark.parametrize("joined", [False, True])
def test_a_controller_that_would_ignore_the_policy_is_refused_before_anything_is_written(joined: bool) -> None:
    stage, _, _ = guarded_stage()
    metadata: JsonObject = {"name": "envoy-of-others"}
    spec: JsonObject = {"controllerName": "example.com/gateway"}
    stage.cluster.put({"apiVersion": GATEWAY_API, "kind": "GatewayClass", "metadata": metadata, "spec": spec})
    gateway: JsonObject = {"className": "envoy-of-others"}
    expose = {**KEYED, "gateway": gateway}
    if joined:
        shared: JsonObject = {"name": "shared", "namespace": "serving"}
        body: JsonObject = {"gatewayClassName": "envoy-of-others"}
        stage.cluster.put({"apiVersion": GATEWAY_API, "kind": "Gateway", "metadata": shared, "spec": body})
        expose = {**KEYED, "tls": None, "gateway": {"name": "shared", "className": "eg"}}
    before = list(stage.cluster.writes)

    with pytest.raises(PreconditionError) as other:
        stage.apply(exposed({key: value for key, value in expose.items() if value is not None}))

    assert "is of example.com/gateway, which would ignore SecurityPolicy" in other.value.message
    assert stage.cluster.writes == before


def test_a_login_that_may_not_see_classes_is_told_what_it_cannot_know() -> None:
    stage, _, _ = guarded_stage()
    stage.cluster.forbidden = frozenset({"GatewayClass"})

    stage.apply(exposed(KEYED))

    assert any("cannot see whose GatewayClass eg is" in text for text in told(stage, Warn))


def test_the_way_of_clients_needs_a_credential_and_shows_it_to_the_front_alone() -> None:
    stage, _, _ = guarded_stage()
    stage.apply(exposed(KEYED))
    shown = Credential(header="x-api-key", value="tfk_secret")
    dialer = Known((ADDRESS, 443))

    assert way(stage, dialer).how == f"inside to {NAME}", "the front is closed to whoever has nothing to show"
    with _reach(stage, dialer, shown).open(small_service().service, transport="rest") as endpoint:
        assert (endpoint.dialed, endpoint.credential) == (ADDRESS, shown)
        assert "tfk_secret" not in repr(endpoint)
    with _reach(stage, Known(), shown).open(small_service().service, transport="rest") as inside:
        assert inside.credential is None


def _reach(stage: Stage, dialer: Known, shown: Credential) -> FrontReach:
    return FrontReach(stage.cluster, dialer=dialer, otherwise=Inside(), credential=shown)


def _front_after(stage: Stage, expose: dict[str, Any]) -> Any:
    for item in exposed(expose).manifests:
        stage.cluster.apply(item)
    return find_front(small_service().service, cluster=stage.cluster, transport="rest")
