"""A prediction made up from the signature alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from tests.fakes.model_server import FakeModelServer, refused
from tfk8s.app.smoke import Answered, SignaturesOnly, sample_requests, smoke
from tfk8s.manifest import JsonValue
from tfk8s.model import DType, Encoding, Signature, TensorSpec
from tfk8s.ports import PredictRequest, ServerCode, ServerRefusedError, ServingState, VersionState

AVAILABLE = (VersionState(number=3, state=ServingState.AVAILABLE),)


def tensor(dtype: DType, *shape: int | None, key: str = "x", encoding: Encoding = Encoding.DENSE) -> TensorSpec:
    return TensorSpec(key=key, name=f"{key}:0", dtype=dtype, shape=shape, encoding=encoding)


def signature(*inputs: TensorSpec, name: str = "serving_default") -> Signature:
    output = tensor(DType.DT_FLOAT, None, key="y")
    return Signature(name=name, method_name="tensorflow/serving/predict", inputs=inputs, outputs=(output,))


def test_numbers_are_zeros_of_the_declared_shape_with_a_batch_of_one() -> None:
    (sample,) = sample_requests(
        signature(
            tensor(DType.DT_FLOAT, None, 2, key="f"),
            tensor(DType.DT_INT64, None, key="i"),
            tensor(DType.DT_BOOL, key="b"),
        )
    )

    assert sample.body.inputs == {"f": [[0.0, 0.0]], "i": [0], "b": False}
    assert sample.is_exact


def test_open_axes_are_tried_small_and_then_larger() -> None:
    small, larger = sample_requests(signature(tensor(DType.DT_FLOAT, None, None, 1)))

    assert small.body.inputs == {"x": [[[0.0]]]}
    assert larger.body.inputs == {"x": [[[0.0]] * 64]}
    assert not small.is_exact


def test_strings_are_tried_empty_and_then_as_a_picture() -> None:
    empty, picture = sample_requests(signature(tensor(DType.DT_STRING, None)))

    assert empty.body.inputs == {"x": [""]}
    assert isinstance(picture.body.inputs, dict)
    assert str(picture.body.inputs["x"]).startswith("[{'b64': 'iVBORw0KGgo")


@pytest.mark.parametrize(
    "unsafe",
    [
        TensorSpec(key="x", name="x:0", dtype=DType.DT_FLOAT, shape=None),
        tensor(DType.DT_RESOURCE),
        tensor(DType.DT_FLOAT, None, encoding=Encoding.SPARSE),
        tensor(DType.DT_FLOAT, None, 4096, 4096, 3),
    ],
)
def test_nothing_is_made_up_for_what_cannot_be_known_or_is_large(unsafe: TensorSpec) -> None:
    assert sample_requests(signature(unsafe)) == ()


def test_an_answer_names_the_version_and_signature() -> None:
    server = FakeModelServer(
        states=AVAILABLE, signatures=(signature(tensor(DType.DT_FLOAT, None)),), answer=lambda _: {"y": [0.0]}
    )

    assert smoke(server, model="m") == Answered(signature="serving_default", version=3)
    assert [request.body for request in server.asked] == [sample_requests(server.signatures[0])[0].body]


def refuse_first(code: ServerCode) -> Callable[[PredictRequest], Mapping[str, JsonValue]]:
    seen: list[PredictRequest] = []

    def answer(request: PredictRequest) -> Mapping[str, JsonValue]:
        seen.append(request)
        if len(seen) == 1:
            raise refused(code, "too small")
        return {"y": [0.0]}

    return answer


def test_a_refused_guess_is_followed_by_a_better_one() -> None:
    open_shape = signature(tensor(DType.DT_FLOAT, None, None, None, 3))
    server = FakeModelServer(
        states=AVAILABLE, signatures=(open_shape,), answer=refuse_first(ServerCode.INVALID_ARGUMENT)
    )

    assert isinstance(smoke(server, model="m"), Answered)
    assert len(server.asked) == 2


def always(code: ServerCode, *, from_model_server: bool = True) -> Callable[[PredictRequest], Mapping[str, JsonValue]]:
    def answer(request: PredictRequest) -> Mapping[str, JsonValue]:
        raise refused(code, "no", from_model_server=from_model_server)

    return answer


def test_a_model_that_takes_no_guess_is_served_but_not_proved() -> None:
    server = FakeModelServer(
        states=AVAILABLE,
        signatures=(signature(tensor(DType.DT_STRING, None)),),
        answer=always(ServerCode.INVALID_ARGUMENT),
    )

    result = smoke(server, model="m")

    assert result == SignaturesOnly(version=3, reason="made-up input does not fit it (no)")


def test_a_refusal_of_exactly_what_the_signature_promises_is_a_failure() -> None:
    server = FakeModelServer(
        states=AVAILABLE,
        signatures=(signature(tensor(DType.DT_FLOAT, None, 2)),),
        answer=always(ServerCode.INVALID_ARGUMENT),
    )

    with pytest.raises(ServerRefusedError, match="no"):
        smoke(server, model="m")


@pytest.mark.parametrize(
    ("code", "from_model_server"), [(ServerCode.UNAVAILABLE, True), (ServerCode.INVALID_ARGUMENT, False)]
)
def test_a_server_that_is_not_there_yet_is_a_failure_whatever_the_sample(
    code: ServerCode, from_model_server: bool
) -> None:
    server = FakeModelServer(
        states=AVAILABLE,
        signatures=(signature(tensor(DType.DT_STRING, None)),),
        answer=always(code, from_model_server=from_model_server),
    )

    with pytest.raises(ServerRefusedError):
        smoke(server, model="m")


def test_without_the_usual_signature_one_that_can_be_sampled_is_taken() -> None:
    server = FakeModelServer(
        states=AVAILABLE,
        signatures=(
            signature(tensor(DType.DT_RESOURCE), name="a"),
            signature(tensor(DType.DT_FLOAT, None), name="b"),
        ),
    )

    assert smoke(server, model="m") == Answered(signature="b", version=3)


def test_signatures_that_cannot_be_sampled_are_only_listed() -> None:
    server = FakeModelServer(states=AVAILABLE, signatures=(signature(tensor(DType.DT_RESOURCE)),))

    assert smoke(server, model="m") == SignaturesOnly(version=3, reason="its inputs cannot be made up")
    assert server.asked == []
    assert smoke(FakeModelServer(states=AVAILABLE), model="m") == SignaturesOnly(
        version=3, reason="it has no signature that a request can name"
    )


def test_a_version_that_is_not_served_is_a_failure() -> None:
    with pytest.raises(ServerRefusedError, match="Servable not found"):
        smoke(FakeModelServer(), model="m")
