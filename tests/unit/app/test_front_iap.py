"""Identity-Aware Proxy in front of a service: looked at before it is applied, proven closed afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.fakes.cluster import FakeCluster
from tests.fakes.fronts import ADDRESS, FRONTS_SERVED, GATEWAY_API, FakeFronts, condition
from tests.fakes.model_server import FakeModelServer
from tests.fakes.service import NAME, small_service
from tests.unit.app.apply_stage import SIGNATURE, Stage
from tests.unit.app.test_front import Inside, Known, exposed, reasons, told
from tfk8s.app.front import Front, find_front
from tfk8s.app.front_reach import FrontReach
from tfk8s.errors import PreconditionError, RolloutFailedError
from tfk8s.manifest import JsonObject, JsonValue
from tfk8s.manifest.fields import text_at
from tfk8s.ports import Credential, Endpoint, ModelServer, ServerUnreachableError, StepDone, Warn
from tfk8s.serving.refusal import HttpAnswer, refusal

STORED = "iap-client"
TLS: dict[str, Any] = {"host": "a.example.com", "tls": {"secretName": "tls"}}
CLASS = "gke-l7-global-external-managed"
CLIENT: JsonObject = {"clientId": "1-a.apps.googleusercontent.com", "secretName": STORED}
BY_GATEWAY: dict[str, Any] = {"type": "Gateway", "gateway": {"className": CLASS}, **TLS, "auth": {"iap": CLIENT}}
BY_INGRESS: dict[str, Any] = {
    "type": "Ingress",
    "ingress": {"className": "gce"},
    **TLS,
    "auth": {"iap": {"secretName": STORED}},
}
ENTRIES: dict[str, list[str]] = {"Gateway": ["key"], "Ingress": ["client_id", "client_secret"]}
ASKS = "a Google account (Identity-Aware Proxy)"


class Guarded(FakeModelServer):
    """A server whose front refuses whoever shows nothing, as Identity-Aware Proxy does, once it is on."""

    opens_until_s = 0.0
    is_out_of_reach = False
    stage: Stage

    @contextmanager
    def connect(self, endpoint: Endpoint) -> Iterator[ModelServer]:
        with super().connect(endpoint) as server:
            if endpoint.address and self.is_out_of_reach:
                raise ServerUnreachableError("no connection within 5 s")
            is_on = self.stage.clock.monotonic_s() >= self.opens_until_s
            if endpoint.address and endpoint.credential is None and is_on:
                raise refusal(HttpAnswer(status=302, body=b"", elapsed_s=0.1, of_iap=True), asked="the metadata")
            yield server


def iap_stage(*, entries: list[str] | None) -> tuple[Stage, FakeFronts, Guarded]:
    stage = Stage(FakeCluster(served=FRONTS_SERVED))
    stage.cluster.put(gke_class(CLASS, controller="networking.gke.io/gateway"))
    server = Guarded(model=NAME, states=stage.server.states, signatures=(SIGNATURE,))
    server.stage = stage
    stage.server = server
    if entries is not None:
        data: JsonObject = dict.fromkeys(entries, "c2VjcmV0")
        metadata: JsonObject = {"name": STORED, "namespace": "serving"}
        stage.cluster.put({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data})
    return stage, FakeFronts(stage.cluster, stage.clock), server


def gke_class(name: str, *, controller: str) -> JsonObject:
    spec: JsonObject = {"controllerName": controller}
    return {"apiVersion": GATEWAY_API, "kind": "GatewayClass", "metadata": {"name": name}, "spec": spec}


def front_of(stage: Stage, expose: dict[str, Any]) -> Front:
    for item in exposed(expose).manifests:
        stage.cluster.apply(item)
    front = find_front(small_service().service, cluster=stage.cluster, transport="rest")
    assert front is not None
    return front


BOTH = pytest.mark.parametrize("expose", [BY_GATEWAY, BY_INGRESS], ids=["Gateway", "Ingress"])


@BOTH
def test_apply_asks_with_empty_hands_and_is_content_with_the_page_to_sign_in(expose: dict[str, Any]) -> None:
    stage, _, _ = iap_stage(entries=ENTRIES[expose["type"]])

    stage.apply(exposed(expose))

    steps = [f"{event.step}: {event.outcome}" for event in stage.told.events if isinstance(event, StepDone)]
    assert f"request through https://a.example.com without {ASKS}: refused, as it must be" in steps
    assert not any("prediction through" in step for step in steps)
    assert told(stage, Warn) == []


def test_the_minutes_that_google_takes_to_turn_it_on_are_waited_for_and_told() -> None:
    stage, _, server = iap_stage(entries=["key"])
    server.opens_until_s = 200.0

    stage.apply(exposed(BY_GATEWAY))

    assert 200 <= stage.clock.monotonic_s() < 220
    assert f"https://a.example.com: it still answers without {ASKS}" in reasons(stage)


@BOTH
def test_a_front_that_answers_everybody_is_a_failure_that_names_the_object_to_look_at(expose: dict[str, Any]) -> None:
    stage, _, server = iap_stage(entries=ENTRIES[expose["type"]])
    server.opens_until_s = 1e9

    with pytest.raises(RolloutFailedError) as open_:
        stage.apply(exposed(expose))

    kind = "gcpbackendpolicy" if expose["type"] == "Gateway" else "backendconfig"
    assert f"https://a.example.com answers everybody, though the spec asks for {ASKS}" in str(open_.value)
    assert f"kubectl describe {kind}" in (open_.value.hint or "")


@BOTH
@pytest.mark.parametrize("entries", [None, []])
def test_without_the_secret_of_its_client_nothing_is_applied(expose: dict[str, Any], entries: list[str] | None) -> None:
    stage, _, _ = iap_stage(entries=entries)
    before = list(stage.cluster.writes)

    with pytest.raises(PreconditionError) as lacking:
        stage.apply(exposed(expose))

    says = (
        "there is no Secret/iap-client in serving" if entries is None else "Secret/iap-client in serving has no entry"
    )
    assert f"cannot turn Identity-Aware Proxy on, and the front would be open: {says}" in lacking.value.message
    for entry in ENTRIES[expose["type"]]:
        assert f"--from-file={entry}=FILE" in (lacking.value.hint or "")
    assert "c2VjcmV0" not in str(lacking.value)
    assert stage.cluster.writes == before


def test_a_front_out_of_reach_is_not_asked_for_as_long_as_google_may_take() -> None:
    stage, _, server = iap_stage(entries=["key"])
    server.is_out_of_reach = True

    stage.apply(exposed(BY_GATEWAY))

    assert f"https://a.example.com did not say from here whether it asks for {ASKS}" in "\n".join(told(stage, Warn))
    assert stage.clock.monotonic_s() < 80


def test_a_login_that_may_not_read_secrets_is_not_kept_from_applying() -> None:
    stage, _, _ = iap_stage(entries=None)
    stage.cluster.forbidden = frozenset({"Secret"})

    stage.apply(exposed(BY_GATEWAY))

    assert front_of(stage, BY_GATEWAY).asks_for == ASKS


def test_a_class_of_another_controller_would_ignore_it_and_is_refused() -> None:
    stage, _, _ = iap_stage(entries=["key"])
    stage.cluster.put(gke_class(CLASS, controller="example.com/gateway"))

    with pytest.raises(PreconditionError) as other:
        stage.apply(exposed(BY_GATEWAY))

    assert "is of example.com/gateway, which would ignore GCPBackendPolicy" in other.value.message
    assert "a class of GKE" in (other.value.hint or "")


def test_a_policy_that_gke_does_not_attach_keeps_clients_waiting_in_its_words() -> None:
    stage, fronts, _ = iap_stage(entries=["key"])
    refused: JsonValue = [condition("Attached", "False", reason="Conflicted", message="another policy is older")]
    fronts.refuse = lambda body: {"conditions": refused} if text_at(body, "kind") == "GCPBackendPolicy" else None

    front = front_of(stage, BY_GATEWAY)

    assert not front.is_ready
    assert front.guard.missing == (f"GCPBackendPolicy/{NAME}: Attached is False (Conflicted: another policy is older)",)


def test_a_secret_that_went_is_named_instead_of_waiting_for_it() -> None:
    stage, fronts, _ = iap_stage(entries=None)
    refused: JsonValue = [condition("Attached", "False", reason="Invalid", message="secret not found")]
    fronts.refuse = lambda body: {"conditions": refused} if text_at(body, "kind") == "GCPBackendPolicy" else None

    front = front_of(stage, BY_GATEWAY)

    assert (front.missing, front.pending) == ((), ("there is no Secret/iap-client in serving, which it names",))


@pytest.mark.parametrize("auth", ["none", None])
@pytest.mark.parametrize("expose", [BY_GATEWAY, BY_INGRESS], ids=["Gateway", "Ingress"])
def test_the_same_front_without_it_asks_for_nothing(expose: dict[str, Any], auth: str | None) -> None:
    stage, _, _ = iap_stage(entries=None)
    said = {**expose, "auth": auth} if auth is not None else {key: expose[key] for key in expose if key != "auth"}

    assert front_of(stage, said).asks_for == ""


def test_the_way_of_clients_is_taken_with_a_token_alone() -> None:
    stage, _, _ = iap_stage(entries=["key"])
    stage.apply(exposed(BY_GATEWAY))
    token = Credential(header="authorization", value="Bearer a.b.c")
    dialer = Known((ADDRESS, 443))

    for credential, dialed in ((None, f"inside to {NAME}"), (token, f"address of Gateway/{NAME}")):
        reach = FrontReach(stage.cluster, dialer=dialer, otherwise=Inside(), credential=credential)
        with reach.open(small_service().service, transport="rest") as endpoint:
            assert endpoint.how == dialed
