from __future__ import annotations

from typing import Any

import pytest

from tests.unit.app.bench_stage import SIGNATURE, NoPictures
from tfk8s.app.bench_body import Given, bodies, made_body
from tfk8s.app.question import Tensors
from tfk8s.errors import InputError
from tfk8s.model import DType, Signature, TensorSpec
from tfk8s.ports import Columns, Rows


def signature(*tensors: TensorSpec) -> Signature:
    return Signature(name="serving_default", method_name="", inputs=tensors, outputs=())


def tensor(dtype: DType, shape: tuple[int | None, ...] | None, key: str = "x") -> TensorSpec:
    return TensorSpec(key=key, name=f"{key}:0", dtype=dtype, shape=shape)


def inputs(made: Columns) -> dict[str, Any]:
    assert isinstance(made.inputs, dict)
    return made.inputs


def test_a_body_has_the_declared_shape_with_the_batch_on_its_first_axis() -> None:
    value = inputs(made_body(signature(tensor(DType.DT_FLOAT, (None, 2, 3))), batch=4, seed=0))["x"]

    assert (len(value), len(value[0]), len(value[0][0])) == (4, 2, 3)
    assert all(0 <= number <= 1 for example in value for row in example for number in row)


def test_every_input_is_there_and_a_fixed_first_axis_stays() -> None:
    made = made_body(signature(tensor(DType.DT_INT32, (3,), "a"), tensor(DType.DT_FLOAT, (), "b")), batch=2, seed=0)

    assert inputs(made)["a"] == [0, 0, 0]
    assert isinstance(inputs(made)["b"], float)


def test_what_may_be_an_index_is_zero_and_a_flag_is_false() -> None:
    made = made_body(
        signature(tensor(DType.DT_INT64, (None,), "a"), tensor(DType.DT_BOOL, (None,), "b")), batch=1, seed=0
    )

    assert inputs(made) == {"a": [0], "b": [False]}


def test_the_same_seed_makes_the_same_body() -> None:
    wanted = signature(tensor(DType.DT_FLOAT, (None, 8)))

    assert made_body(wanted, batch=1, seed=1) == made_body(wanted, batch=1, seed=1)
    assert made_body(wanted, batch=1, seed=1) != made_body(wanted, batch=1, seed=2)


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (tensor(DType.DT_STRING, (None,)), "what its DT_STRING are to hold"),
        (tensor(DType.DT_FLOAT, None), "its number of axes is not fixed"),
        (tensor(DType.DT_FLOAT, (None, None, None, 3)), r"axes of no fixed size: \[\?, \?, \?, 3\]"),
        (tensor(DType.DT_FLOAT, (None, 100_000, 1000)), "100,000,000 elements"),
    ],
)
def test_a_body_that_cannot_be_made_is_told_with_the_way_out(wanted: TensorSpec, told: str) -> None:
    with pytest.raises(InputError, match=told) as refused:
        made_body(signature(wanted), batch=1, seed=0)

    assert "--json FILE" in str(refused.value.hint)


def given(signature_name: str | None = None) -> Given:
    return Given(name="a.json", question=Tensors(body=Rows(instances=[[1, 2]]), signature=signature_name))


def _bodies(*questions: Given, batch: int = 1) -> tuple[Rows | Columns, ...]:
    return bodies(questions, signature=SIGNATURE, pictures=NoPictures(), scale="0..1", batch=batch, seed=0)


def test_questions_that_are_given_are_sent_as_they_are() -> None:
    assert _bodies(given(), given("serving_default")) == (Rows(instances=[[1, 2]]),) * 2


def test_a_question_for_another_signature_is_refused() -> None:
    with pytest.raises(InputError, match=r"a\.json is for signature 'other'"):
        _bodies(given("other"))


def test_a_batch_is_for_bodies_that_are_made() -> None:
    with pytest.raises(InputError, match="--batch"):
        _bodies(given(), batch=2)
