"""The real clients against the model-server double: both transports give the same answers."""

from __future__ import annotations

import io
import math
import time

import pytest
from PIL import Image

from tests.contract.serving.conftest import RunningServer
from tfk8s.app.smoke import Answered, SignaturesOnly, smoke
from tfk8s.errors import InputError
from tfk8s.manifest import JsonValue
from tfk8s.model import Signature, read_model
from tfk8s.ports import (
    ByLabel,
    ByVersion,
    Columns,
    Latest,
    ModelServer,
    PredictRequest,
    Rows,
    ServerCode,
    ServerRefusedError,
    ServingState,
    Target,
    Transport,
)
from tfk8s.serving.connect import ModelServerClients
from tfk8s.serving.instances import FlatTensor, flatten
from tfk8s.serving.picture import PillowPictures

pytestmark = pytest.mark.contract

COLOUR = (200, 100, 50)


def signature_of(client: ModelServer, model: str, name: str = "serving_default") -> Signature:
    found = client.metadata(model, target=Latest()).signature(name)
    assert found is not None
    return found


def ask(
    client: ModelServer,
    model: str,
    body: Rows | Columns,
    *,
    signature: str = "serving_default",
    target: Target | None = None,
) -> dict[str, JsonValue]:
    request = PredictRequest(
        model=model, signature=signature_of(client, model, signature), body=body, target=target or Latest()
    )
    return dict(client.predict(request).outputs)


def picture(format_: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), COLOUR).save(buffer, format=format_, quality=95)
    return buffer.getvalue()


def numbers(value: JsonValue) -> list[float]:
    flat = flatten(value)
    assert isinstance(flat, FlatTensor)
    return [float(str(element)) for element in flat.elements]


def test_status_lists_every_version_with_its_state(client: ModelServer) -> None:
    states = client.status("half_plus")

    assert [(state.number, state.state, state.error_code) for state in states] == [
        (1, ServingState.AVAILABLE, "OK"),
        (3, ServingState.AVAILABLE, "OK"),
    ]


@pytest.mark.parametrize("model", ["half_plus", "image_bytes", "many_types", "keras_two_inputs", "no_signature"])
def test_served_signatures_equal_those_read_from_the_directory(
    client: ModelServer, running_server: RunningServer, model: str
) -> None:
    latest = read_model(running_server.models / model).latest
    assert latest is not None

    served = client.metadata(model, target=Latest())

    assert served.signatures == latest.signatures
    assert served.version == latest.number


@pytest.mark.parametrize(("target", "version"), [(Latest(), 3), (ByVersion(number=1), 1), (ByLabel(label="stable"), 1)])
def test_a_target_resolves_to_its_version_and_is_answered_by_it(
    client: ModelServer, target: Target, version: int
) -> None:
    assert client.metadata("half_plus", target=target).version == version
    assert ask(client, "half_plus", Rows(instances=[2.0]), target=target) == {"y": [1.0 + version + 1]}


@pytest.mark.parametrize(
    ("model", "target", "code"),
    [
        ("half_plus", ByVersion(number=2), ServerCode.NOT_FOUND),
        ("half_plus", ByLabel(label="canary"), ServerCode.INVALID_ARGUMENT),
        ("nothing", Latest(), ServerCode.NOT_FOUND),
    ],
)
def test_what_is_not_served_is_refused_with_its_code(
    client: ModelServer, model: str, target: Target, code: ServerCode
) -> None:
    with pytest.raises(ServerRefusedError) as caught:
        client.metadata(model, target=target)

    assert caught.value.code is code
    assert caught.value.from_model_server
    assert caught.value.answer in caught.value.message


def test_a_model_that_the_server_never_saw_has_no_status(client: ModelServer) -> None:
    with pytest.raises(ServerRefusedError) as caught:
        client.status("nothing")

    assert caught.value.code is ServerCode.NOT_FOUND


@pytest.mark.parametrize(
    "body",
    [
        Rows(instances=[{"count": 2**40, "flag": True, "pair": [0.1, -2.5], "text": "hié"}]),
        Columns(inputs={"count": [2**40], "flag": [True], "pair": [[0.1, -2.5]], "text": [{"b64": "aGnDqQ=="}]}),
    ],
)
def test_every_type_survives_the_way_there_and_back(client: ModelServer, body: Rows | Columns) -> None:
    assert ask(client, "many_types", body) == {
        "count_plus_one": [2**40 + 1],
        "not_flag": [False],
        "pair": [[0.1, -2.5]],
        "text": ["hié"],
        "text_bytes": [{"b64": "aGnDqQ=="}],
    }


def test_infinity_and_nan_come_back(client: ModelServer) -> None:
    outputs = ask(client, "many_types", Rows(instances=[0.0, -1.0]), signature="not_numbers")

    inverse, logarithm = numbers(outputs["inverse"]), numbers(outputs["log"])
    assert inverse == [math.inf, -1.0]
    assert logarithm[0] == -math.inf
    assert math.isnan(logarithm[1])


@pytest.mark.parametrize("format_", ["JPEG", "PNG"])
@pytest.mark.parametrize("name", ["serving_default", "floats"])
def test_a_picture_reaches_a_string_input_and_a_float_input_alike(client: ModelServer, name: str, format_: str) -> None:
    (tensor,) = signature_of(client, "image_bytes", name).inputs
    value = PillowPictures().encode(picture(format_), tensor=tensor, scale="0..1")

    outputs = ask(client, "image_bytes", Columns(inputs={tensor.key: value}), signature=name)

    assert numbers(outputs["mean_rgb"]) == pytest.approx([sample / 255 for sample in COLOUR], abs=0.02)


def test_the_servers_own_words_are_shown(client: ModelServer) -> None:
    body = Columns(inputs={"a": [1.0, 2.0, 3.0], "b": [1.0, 2.0]})

    with pytest.raises(ServerRefusedError) as caught:
        ask(client, "many_types", body, signature="uneven")

    assert caught.value.answer in caught.value.message
    assert caught.value.hint


def test_instances_of_unequal_shape_are_not_sent(client: ModelServer) -> None:
    with pytest.raises(InputError, match="instance 1 has size 3, instance 0 has size 2"):
        ask(client, "half_plus", Rows(instances=[[1.0, 2.0], [1.0, 2.0, 3.0]]))


@pytest.mark.parametrize(
    ("model", "result"),
    [
        ("half_plus", Answered(signature="serving_default", version=3)),
        ("keras_two_inputs", Answered(signature="serving_default", version=1)),
        ("many_types", Answered(signature="serving_default", version=1)),
        ("image_bytes", Answered(signature="serving_default", version=1)),
        ("no_signature", SignaturesOnly(version=1, reason="it has no signature that a request can name")),
    ],
)
def test_a_smoke_prediction_is_made_up_for_every_model(
    client: ModelServer, model: str, result: Answered | SignaturesOnly
) -> None:
    assert smoke(client, model=model) == result


@pytest.mark.usefixtures("dead_proxy")
def test_a_proxy_of_the_environment_is_not_asked_for_this_computer(
    running_server: RunningServer, transport: Transport
) -> None:
    with ModelServerClients().connect(running_server.endpoint(transport)) as fresh:
        assert len(fresh.status("half_plus")) == 2


def test_thirty_megabytes_go_there_and_eight_come_back_over_grpc_on_defaults(running_server: RunningServer) -> None:
    side, channels = 1619, 3  # 4 bytes a sample: 31.5 MB
    pixel: JsonValue = [0.5] * channels
    image: JsonValue = [[pixel] * side] * side

    started = time.monotonic()
    with ModelServerClients().connect(running_server.endpoint("grpc")) as fresh:
        means = ask(fresh, "image_bytes", Columns(inputs={"images": [image]}), signature="floats")
        zeros = ask(fresh, "many_types", Columns(inputs={"n": 2_000_000}), signature="zeros")

    assert side * side * channels * 4 > 30_000_000
    assert numbers(means["mean_rgb"]) == pytest.approx([0.5] * channels, abs=0.01)
    assert zeros["zeros"] == [0.0] * 2_000_000
    assert time.monotonic() - started < 60
