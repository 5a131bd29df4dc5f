"""Tensors on the gRPC wire."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.errors import InputError, PredictionError
from tfk8s.manifest import JsonValue
from tfk8s.model.dtype import DType
from tfk8s.model.protos.saved_model_pb2 import TensorShapeProto
from tfk8s.serving.instances import FlatTensor
from tfk8s.serving.protos.serving_pb2 import TensorProto
from tfk8s.serving.tensors import from_proto, to_proto


def flat(*elements: JsonValue) -> FlatTensor:
    return FlatTensor(shape=(len(elements),), elements=[*elements])


def proto(dtype: DType, *sizes: int, content: bytes = b"") -> TensorProto:
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in sizes])
    return TensorProto(dtype=dtype.value, tensor_shape=shape, tensor_content=content)


@pytest.mark.parametrize(
    ("dtype", "elements", "content"),
    [
        (DType.DT_FLOAT, (1.5, -2), struct.pack("<2f", 1.5, -2.0)),
        (DType.DT_DOUBLE, (0.1,), struct.pack("<d", 0.1)),
        (DType.DT_HALF, (1.5, 65504.0), struct.pack("<2e", 1.5, 65504.0)),
        (DType.DT_BFLOAT16, (1.0, -2.0, 3.140625), b"\x80\x3f\x00\xc0\x49\x40"),
        (DType.DT_INT8, (-1,), b"\xff"),
        (DType.DT_UINT8, (255,), b"\xff"),
        (DType.DT_INT16, (-2,), b"\xfe\xff"),
        (DType.DT_UINT16, (258,), b"\x02\x01"),
        (DType.DT_INT32, (1, -1), b"\x01\0\0\0\xff\xff\xff\xff"),
        (DType.DT_UINT32, (2**32 - 1,), b"\xff" * 4),
        (DType.DT_INT64, (-(2**63),), b"\0" * 7 + b"\x80"),
        (DType.DT_UINT64, (2**64 - 1,), b"\xff" * 8),
        (DType.DT_BOOL, (True, False), b"\x01\x00"),
    ],
)
def test_numbers_are_little_endian_content_and_come_back(
    dtype: DType, elements: tuple[JsonValue, ...], content: bytes
) -> None:
    sent = to_proto(flat(*elements), dtype=dtype, key="x")

    assert sent.tensor_content == content
    assert sent.dtype == dtype.value
    assert from_proto(sent, key="x") == [*elements]


def test_bfloat16_is_rounded_to_nearest_even_and_keeps_nan_and_infinity() -> None:
    sent = to_proto(flat(1.00390625, 1.01171875, math.nan, math.inf, -math.inf), dtype=DType.DT_BFLOAT16, key="x")

    answer = from_proto(sent, key="x")

    assert isinstance(answer, list)
    assert answer[:2] == [1.0, 1.015625]
    assert isinstance(answer[2], float)
    assert math.isnan(answer[2])
    assert answer[3:] == [math.inf, -math.inf]


@given(st.lists(st.floats(width=16, allow_nan=False), min_size=1))
def test_every_half_survives(values: list[float]) -> None:
    assert from_proto(to_proto(flat(*values), dtype=DType.DT_HALF, key="x"), key="x") == values


@given(st.lists(st.binary(), min_size=1))
def test_strings_are_text_or_base64_and_survive(values: list[bytes]) -> None:
    received = proto(DType.DT_STRING, len(values))
    received.string_val.extend(values)

    shown = from_proto(received, key="x")

    assert isinstance(shown, list)
    assert [*to_proto(flat(*shown), dtype=DType.DT_STRING, key="x").string_val] == values


def test_an_output_named_bytes_is_always_base64() -> None:
    received = proto(DType.DT_STRING, 1)
    received.string_val.append(b"text")

    assert from_proto(received, key="image_bytes") == [{"b64": "dGV4dA=="}]


def test_a_shape_nests_the_answer_and_no_shape_is_a_bare_value() -> None:
    assert from_proto(proto(DType.DT_UINT8, 2, 1, 3, content=bytes(range(6))), key="x") == [[[0, 1, 2]], [[3, 4, 5]]]
    assert from_proto(proto(DType.DT_UINT8, content=b"\x07"), key="x") == 7


@pytest.mark.parametrize(
    ("dtype", "field", "values", "shown"),
    [
        (DType.DT_FLOAT, "float_val", [1.5, 2.5], [1.5, 2.5, 2.5]),
        (DType.DT_DOUBLE, "double_val", [1.5], [1.5, 1.5, 1.5]),
        (DType.DT_INT32, "int_val", [-1], [-1, -1, -1]),
        (DType.DT_INT64, "int64_val", [], [0, 0, 0]),
        (DType.DT_UINT32, "uint32_val", [7], [7, 7, 7]),
        (DType.DT_UINT64, "uint64_val", [2**64 - 1], [2**64 - 1] * 3),
        (DType.DT_BOOL, "bool_val", [True], [True, True, True]),
        (DType.DT_HALF, "half_val", [0x3E00], [1.5, 1.5, 1.5]),
        (DType.DT_BFLOAT16, "half_val", [0x3FC0], [1.5, 1.5, 1.5]),
        (DType.DT_STRING, "string_val", [b"a"], ["a", "a", "a"]),
    ],
)
def test_a_short_list_is_filled_with_its_last_element(
    dtype: DType, field: str, values: list[JsonValue], shown: list[JsonValue]
) -> None:
    received = proto(dtype, 3)
    getattr(received, field).extend(values)

    assert from_proto(received, key="x") == shown


@pytest.mark.parametrize(
    ("dtype", "elements", "words"),
    [
        (DType.DT_INT32, (1, 1.5), "1.5"),
        (DType.DT_INT8, (1, 300), "300"),
        (DType.DT_UINT8, (-1,), "-1"),
        (DType.DT_FLOAT, (1.0, "a"), "'a'"),
        (DType.DT_FLOAT, (None,), "None"),
        (DType.DT_BOOL, (True, 1), "1"),
        (DType.DT_HALF, (1e9,), "1000000000.0"),
        (DType.DT_STRING, ("a", 5), "5"),
        (DType.DT_STRING, ({"c": 1},), "{'c': 1}"),
    ],
)
def test_a_value_of_another_type_is_named_before_anything_is_sent(
    dtype: DType, elements: tuple[JsonValue, ...], words: str
) -> None:
    with pytest.raises(InputError) as caught:
        to_proto(flat(*elements), dtype=dtype, key="x")

    assert f"input 'x' is {dtype.name}, which cannot hold {words}" in caught.value.message


def test_url_safe_base64_is_refused_with_the_right_alphabet() -> None:
    with pytest.raises(InputError, match="no base64") as caught:
        to_proto(flat({"b64": "-_8="}), dtype=DType.DT_STRING, key="x")

    assert "standard alphabet" in str(caught.value.hint)


def test_a_type_without_json_form_is_refused_both_ways() -> None:
    with pytest.raises(InputError, match="DT_RESOURCE cannot be sent"):
        to_proto(flat(1), dtype=DType.DT_RESOURCE, key="x")
    with pytest.raises(PredictionError, match="DT_COMPLEX64"):
        from_proto(proto(DType.DT_COMPLEX64, 1), key="x")
    with pytest.raises(PredictionError, match="number 99"):
        from_proto(TensorProto(dtype=99), key="x")


def test_more_elements_than_the_shape_asks_for_are_refused() -> None:
    with pytest.raises(PredictionError, match="4 elements, its shape asks for 2"):
        from_proto(proto(DType.DT_UINT8, 2, content=b"\0" * 4), key="x")


@pytest.mark.parametrize(
    "sizes", [(1 << 40,), (1 << 40, 0), (0, 1 << 40), (-1,), (-1, -2), (1,) * 255, (1 << 20, 1 << 20, 1 << 20)]
)
def test_a_shape_that_promises_more_than_there_is_room_for_is_refused_at_once(sizes: tuple[int, ...]) -> None:
    with pytest.raises(PredictionError, match=r"no shape that a tensor can have|more than 4,194,304 elements"):
        from_proto(proto(DType.DT_FLOAT, *sizes, content=bytes(4)), key="y")


@pytest.mark.parametrize("dtype", [DType.DT_FLOAT, DType.DT_HALF, DType.DT_BFLOAT16, DType.DT_INT64])
def test_content_that_ends_within_an_element_is_refused(dtype: DType) -> None:
    with pytest.raises(PredictionError, match="output 'y' "):
        from_proto(proto(dtype, 2, content=bytes(9)), key="y")
