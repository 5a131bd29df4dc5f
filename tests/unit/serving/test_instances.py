"""From what a user wrote to rectangular tensors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.errors import InputError
from tfk8s.manifest import JsonValue
from tfk8s.model.dtype import DType
from tfk8s.model.info import Signature, TensorSpec
from tfk8s.ports import Columns, Rows
from tfk8s.serving.instances import FlatTensor, check_body, flatten, nest
from tfk8s.serving.tensors import to_proto


def signature(*keys: str) -> Signature:
    inputs = tuple(TensorSpec(key=key, name=f"{key}:0", dtype=DType.DT_FLOAT, shape=(None,)) for key in keys)
    return Signature(name="serving_default", method_name="", inputs=inputs, outputs=inputs)


def test_bare_rows_of_a_single_input_are_one_tensor() -> None:
    tensors = check_body(Rows(instances=[[1.0, 2.0], [3.0, 4.0]]), signature=signature("x"))

    assert tensors == {"x": FlatTensor(shape=(2, 2), elements=[1.0, 2.0, 3.0, 4.0])}


def test_named_rows_are_gathered_by_input() -> None:
    rows: list[JsonValue] = [{"a": 1, "b": [2, 3]}, {"a": 4, "b": [5, 6]}]

    tensors = check_body(Rows(instances=rows), signature=signature("a", "b"))

    assert tensors == {
        "a": FlatTensor(shape=(2,), elements=[1, 4]),
        "b": FlatTensor(shape=(2, 2), elements=[2, 3, 5, 6]),
    }


def test_columns_are_taken_as_they_are() -> None:
    assert check_body(Columns(inputs={"a": 5}), signature=signature("a")) == {"a": FlatTensor(shape=(), elements=[5])}
    assert check_body(Columns(inputs=[5]), signature=signature("a")) == {"a": FlatTensor(shape=(1,), elements=[5])}


def test_a_bytes_object_is_a_value_not_a_row_of_names() -> None:
    tensors = check_body(Rows(instances=[{"b64": "AA=="}]), signature=signature("x"))

    assert tensors == {"x": FlatTensor(shape=(1,), elements=[{"b64": "AA=="}])}


@pytest.mark.parametrize(
    ("instances", "words"),
    [
        ([[1.0, 2.0], [1.0, 2.0, 3.0]], ("instance 1 has size 3", "instance 0 has size 2")),
        ([[[1], [2]], [[3], [4, 5]]], ("instance 1[1] has size 2", "instance 0[0] has size 1")),
        ([[1.0], 2.0], ("instance 1 has no list but a value", "instance 0 has size 1")),
        ([1.0, [2.0]], ("instance 1 has size 1", "instance 0 has no list but a value")),
        ([{"x": [1]}, {"x": [1, 2]}], ("instance 1 has size 2", "instance 0 has size 1")),
    ],
)
def test_instances_of_unequal_shape_are_refused_with_index_and_both_sizes(
    instances: list[JsonValue], words: tuple[str, str]
) -> None:
    with pytest.raises(InputError) as caught:
        check_body(Rows(instances=instances), signature=signature("x"))

    assert all(word in caught.value.message for word in words)


def test_an_unknown_input_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="no input 'c'") as caught:
        check_body(Columns(inputs={"c": 1}), signature=signature("a", "b"))

    assert caught.value.hint == "its inputs are a, b"


def test_a_bare_value_for_two_inputs_is_refused_with_their_names() -> None:
    with pytest.raises(InputError, match="has 2 inputs") as caught:
        check_body(Rows(instances=[1.0]), signature=signature("a", "b"))

    assert "a, b" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("odd", "words"), [({"a": 1, "c": 1}, "instance 1 has the keys a, c"), (3, "instance 1 is no")]
)
def test_rows_that_name_different_inputs_are_refused(odd: JsonValue, words: str) -> None:
    with pytest.raises(InputError, match=words):
        check_body(Rows(instances=[{"a": 1, "b": 1}, odd]), signature=signature("a", "b"))


def test_no_instances_are_refused() -> None:
    with pytest.raises(InputError, match="no instances"):
        check_body(Rows(instances=[]), signature=signature("x"))


@given(shape=st.lists(st.integers(min_value=1, max_value=4), max_size=4).map(tuple))
def test_nest_is_the_inverse_of_flatten(shape: tuple[int, ...]) -> None:
    count = 1
    for size in shape:
        count *= size
    elements: list[JsonValue] = [*range(count)]

    assert flatten(nest(elements, shape=shape)) == FlatTensor(shape=shape, elements=elements)


def test_an_empty_axis_ends_the_shape() -> None:
    assert flatten([[], []]) == FlatTensor(shape=(2, 0), elements=[])
    assert nest([], shape=(2, 0)) == [[], []]


def json_values() -> st.SearchStrategy[JsonValue]:
    scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
    keys = st.sampled_from(["a", "b", "b64", "c"])
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
        max_leaves=12,
    )


@given(value=json_values(), keys=st.sampled_from([(), ("a",), ("a", "b")]), dtype=st.sampled_from(DType))
def test_any_json_is_either_encoded_or_refused_in_words(value: JsonValue, keys: tuple[str, ...], dtype: DType) -> None:
    bodies: list[Rows | Columns] = [Columns(inputs=value)]
    if isinstance(value, list):
        bodies.append(Rows(instances=value))
    assert all(outcome(body, keys=keys, dtype=dtype) for body in bodies)


def outcome(body: Rows | Columns, *, keys: tuple[str, ...], dtype: DType) -> str:
    """The words of the refusal, or "encoded"; any other exception is a failure."""
    try:
        for key, tensor in check_body(body, signature=signature(*keys)).items():
            to_proto(tensor, dtype=dtype, key=key)
    except InputError as error:
        return error.message
    return "encoded"
