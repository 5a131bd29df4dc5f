"""The real clients at a front of Google's that Identity-Aware Proxy guards: what they are told, and who gets in."""

from __future__ import annotations

import pytest

from tests.fakes.iap_front import KNOWN, LET_IN, iap_front
from tfk8s.load import Phase, schedule
from tfk8s.model import DType, Signature, TensorSpec
from tfk8s.ports import Columns, Credential, Endpoint, PredictRequest, ServerCode, ServerRefusedError
from tfk8s.ports.load import LoadRequest
from tfk8s.serving.connect import ModelServerClients
from tfk8s.serving.load import LoadClients

pytestmark = pytest.mark.contract

X = TensorSpec(key="x", name="x:0", dtype=DType.DT_FLOAT, shape=(None,))
SIGNATURE = Signature(name="serving_default", method_name="", inputs=(X,), outputs=(X,))


def endpoint(port: int, token: str = "") -> Endpoint:
    credential = Credential(header="authorization", value=f"Bearer {token}") if token else None
    return Endpoint(transport="rest", host="127.0.0.1", port=port, how="test", credential=credential)


def ask(target: Endpoint, *, predicts: bool) -> None:
    with ModelServerClients().connect(target) as client:
        if predicts:
            client.predict(PredictRequest(model="m", signature=SIGNATURE, body=Columns(inputs={"x": [0.5]})))
        else:
            client.status("m")


@pytest.mark.parametrize(("predicts", "status"), [(False, 302), (True, 401)])
def test_who_shows_nothing_is_refused_and_told_what_to_show(predicts: bool, status: int) -> None:
    with iap_front() as port, pytest.raises(ServerRefusedError) as refused:
        ask(endpoint(port), predicts=predicts)

    assert refused.value.code is ServerCode.UNAUTHENTICATED
    assert f"refused by Identity-Aware Proxy in front of the model server with HTTP {status}" in refused.value.message
    assert "--token-file" in (refused.value.hint or "")


def test_an_account_without_the_role_is_told_the_role() -> None:
    with iap_front() as port, pytest.raises(ServerRefusedError) as refused:
        ask(endpoint(port, KNOWN), predicts=True)

    assert refused.value.code is ServerCode.PERMISSION_DENIED
    assert "roles/iap.httpsResourceAccessor" in (refused.value.hint or "")


def test_an_account_with_the_role_gets_in_and_its_token_is_in_no_message() -> None:
    with iap_front() as port:
        ask(endpoint(port, LET_IN), predicts=False)
        ask(endpoint(port, LET_IN), predicts=True)
        with pytest.raises(ServerRefusedError) as refused:
            ask(endpoint(port, "no-token-of-google"), predicts=True)

    assert "Unable to parse JWT" in refused.value.message
    assert "no-token-of-google" not in str(refused.value)


@pytest.mark.parametrize(("token", "failure"), [(LET_IN, ""), (KNOWN, "HTTP 403")])
def test_a_load_shows_the_token_with_every_request(token: str, failure: str) -> None:
    request = LoadRequest(transport="rest", path="/v1/models/m:predict", body=b"{}")
    with iap_front() as port, LoadClients().connect(endpoint(port, token)) as sender:
        outcomes = sender.send([request], schedule=schedule([Phase(rps=20, seconds=0.5)]))

    assert {outcome.failure for outcome in outcomes} == {failure}
