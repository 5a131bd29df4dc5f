"""Choosing the signature, asking once, and saying what there is when something is not there."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from contextlib import nullcontext

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.model_server import FakeModelServer, refused
from tfk8s.app.predict import PredictOptions, PredictWorld, predict, to_json
from tfk8s.app.question import Picture, Tensors
from tfk8s.errors import InputError
from tfk8s.manifest import JsonValue
from tfk8s.model import DType, Signature, TensorSpec
from tfk8s.ports import (
    ByLabel,
    ByVersion,
    Columns,
    Endpoint,
    Event,
    Note,
    PredictRequest,
    Rows,
    Scale,
    ServedSignatures,
    ServerCode,
    ServerRefusedError,
    ServingState,
    Target,
    VersionState,
)

X = TensorSpec(key="x", name="x:0", dtype=DType.DT_FLOAT, shape=(None, 2))
Y = TensorSpec(key="y", name="y:0", dtype=DType.DT_FLOAT, shape=(None, 2))
DEFAULT = Signature(name="serving_default", method_name="", inputs=(X,), outputs=(Y,))
STATES = (
    VersionState(number=1, state=ServingState.END, error_code="NOT_FOUND", error_message="no saved_model.pb"),
    VersionState(number=2, state=ServingState.AVAILABLE),
    VersionState(number=3, state=ServingState.LOADING),
)
ENDPOINT = Endpoint(transport="rest", host="127.0.0.1", port=8501, how="--url")


class Recorder:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        self.events.append(event)


class NamedPictures:
    """Shows what it was given."""

    def encode(self, data: bytes, *, tensor: TensorSpec, scale: Scale) -> JsonValue:
        return [base64.b64encode(data).decode("ascii"), tensor.key, scale]


def fake(*signatures: Signature, answer: Mapping[str, JsonValue] | None = None) -> FakeModelServer:
    outputs: Mapping[str, JsonValue] = answer if answer is not None else {"y": [[0.25, 0.75]]}
    return FakeModelServer(
        states=STATES, signatures=signatures or (DEFAULT,), labels={"stable": 2}, answer=lambda _: outputs
    )


def world(server: FakeModelServer, *, recorder: Recorder | None = None) -> PredictWorld:
    return PredictWorld(
        endpoint=nullcontext(ENDPOINT),
        servers=server,
        pictures=NamedPictures(),
        reporter=recorder or Recorder(),
        clock=FakeClock(),
    )


def tensors(signature: str | None = None) -> Tensors:
    return Tensors(body=Rows(instances=[[1.0, 2.0]]), signature=signature)


def named(name: str) -> Signature:
    return Signature(name=name, method_name="", inputs=(X,), outputs=(Y,))


def test_the_answer_comes_with_the_version_and_a_ranking() -> None:
    prediction = predict(tensors(), options=PredictOptions(model="m", labels=("a", "b"), top=1), world=world(fake()))

    assert to_json(prediction) == {
        "model": "m",
        "version": 2,
        "signature": "serving_default",
        "url": ENDPOINT.url,
        "outputs": {"y": [[0.25, 0.75]]},
        "top": {"y": [[{"index": 1, "name": "b", "score": 0.75}]]},
    }


def test_a_picture_goes_to_the_only_input_with_the_chosen_scale() -> None:
    server = fake()

    predict(Picture(data=b"p"), options=PredictOptions(model="m", scale="caffe"), world=world(server))

    assert [request.body for request in server.asked] == [Columns(inputs={"x": ["cA==", "x", "caffe"]})]


def test_a_picture_for_two_inputs_is_refused_before_anything_is_asked() -> None:
    two = Signature(name="serving_default", method_name="", inputs=(X, Y), outputs=(Y,))
    server = fake(two)

    with pytest.raises(InputError, match="has: x, y"):
        predict(Picture(data=b"p"), options=PredictOptions(model="m"), world=world(server))

    assert server.asked == []


def test_the_only_signature_is_used_and_said() -> None:
    server, recorder = fake(named("predict_it")), Recorder()

    predict(tensors(), options=PredictOptions(model="m"), world=world(server, recorder=recorder))

    assert [request.signature.name for request in server.asked] == ["predict_it"]
    assert recorder.events == [Note(message="using signature 'predict_it', the only one; there is no serving_default")]


def test_several_signatures_without_the_usual_one_have_to_be_chosen_from() -> None:
    server = fake(named("a"), named("b"))

    with pytest.raises(InputError, match="named: a, b") as caught:
        predict(tensors(), options=PredictOptions(model="m"), world=world(server))

    assert "--signature" in str(caught.value.hint)
    assert server.asked == []


def test_an_unknown_signature_is_refused_with_the_known_ones_before_anything_is_asked() -> None:
    server = fake(named("a"), DEFAULT)

    with pytest.raises(InputError, match="no signature 'nope'") as caught:
        predict(tensors(), options=PredictOptions(model="m", signature="nope"), world=world(server))

    assert caught.value.hint == "its signatures are: a, serving_default"
    assert server.asked == []


def test_the_option_wins_over_the_signature_in_the_file() -> None:
    server = fake(named("a"), named("b"), DEFAULT)

    predict(tensors("a"), options=PredictOptions(model="m", signature="b"), world=world(server))
    predict(tensors("a"), options=PredictOptions(model="m"), world=world(server))

    assert [request.signature.name for request in server.asked] == ["b", "a"]


def test_another_models_name_is_refused_with_the_names_of_the_spec() -> None:
    options = PredictOptions(model="other", known_models=("m", "n"))

    with pytest.raises(ServerRefusedError, match="no model named 'other' is served: Servable not found") as caught:
        predict(tensors(), options=options, world=world(fake()))

    assert caught.value.hint == "served by the spec: m, n"
    assert caught.value.exit_code == 11


@pytest.mark.parametrize("target", [ByVersion(number=1), ByLabel(label="canary")])
def test_a_version_or_label_that_is_not_served_is_refused_with_the_states_of_all(target: ByVersion | ByLabel) -> None:
    with pytest.raises(ServerRefusedError, match="of model 'm' is not served") as caught:
        predict(tensors(), options=PredictOptions(model="m", target=target), world=world(fake()))

    assert caught.value.details == (
        "version 1: END, NOT_FOUND: no saved_model.pb",
        "version 2: AVAILABLE",
        "version 3: LOADING",
    )
    assert caught.value.hint == "available versions: 2"


def test_a_label_reaches_its_version() -> None:
    prediction = predict(
        tensors(), options=PredictOptions(model="m", target=ByLabel(label="stable")), world=world(fake())
    )

    assert prediction.version == 2


def test_a_refused_prediction_keeps_the_servers_words() -> None:
    def refuse(request: PredictRequest) -> Mapping[str, JsonValue]:
        raise refused(ServerCode.INVALID_ARGUMENT, "Tensor x: wrong shape")

    server = FakeModelServer(states=STATES, signatures=(DEFAULT,), answer=refuse)

    with pytest.raises(ServerRefusedError, match="Tensor x: wrong shape"):
        predict(tensors(), options=PredictOptions(model="m"), world=world(server))


def test_labels_that_fit_no_output_are_refused() -> None:
    with pytest.raises(InputError, match="3 names"):
        predict(tensors(), options=PredictOptions(model="m", labels=("a", "b", "c")), world=world(fake()))


class OneModelBehindAGateway(FakeModelServer):
    """Its front lets one model through, and answers for itself otherwise."""

    def metadata(self, model: str, *, target: Target) -> ServedSignatures:
        if model != self.model:
            raise ServerRefusedError("404 page", code=ServerCode.NOT_FOUND, answer="", from_model_server=False)
        return super().metadata(model, target=target)


@pytest.mark.parametrize(("known", "listed"), [(("m",), True), ((), False)])
def test_a_name_that_a_gateway_does_not_let_through_is_refused_with_the_names_of_the_spec(
    known: tuple[str, ...], listed: bool
) -> None:
    """K36.1."""
    server = OneModelBehindAGateway(states=STATES, signatures=(DEFAULT,))
    world = PredictWorld(endpoint=nullcontext(ENDPOINT), servers=server, pictures=NamedPictures())

    with pytest.raises(ServerRefusedError) as refusal:
        predict(
            Tensors(body=Rows(instances=[[1.0, 2.0]]), signature=None),
            options=PredictOptions(model="n", known_models=known),
            world=world,
        )

    assert ("served by the spec: m" in (refusal.value.hint or "")) is listed
