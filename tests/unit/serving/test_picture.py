"""Pictures as input tensors."""

from __future__ import annotations

import base64
import io
from typing import cast

import pytest
from PIL import Image

from tfk8s.errors import InputError
from tfk8s.manifest import JsonValue
from tfk8s.model import DType, TensorSpec
from tfk8s.ports import Scale
from tfk8s.serving.instances import FlatTensor, flatten
from tfk8s.serving.picture import PillowPictures, scale_table

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def tensor(dtype: DType, *shape: int | None) -> TensorSpec:
    return TensorSpec(key="x", name="x:0", dtype=dtype, shape=shape)


def png(*pixels: tuple[int, int, int], size: tuple[int, int]) -> bytes:
    image = Image.new("RGB", size)
    for place, pixel in enumerate(pixels):
        image.putpixel((place % size[0], place // size[0]), pixel)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()


def encode(data: bytes, spec: TensorSpec, *, scale: Scale = "0..1") -> JsonValue:
    return PillowPictures().encode(data, tensor=spec, scale=scale)


def shape_of(value: JsonValue) -> tuple[int, ...]:
    flat = flatten(value)
    assert isinstance(flat, FlatTensor)
    return flat.shape


def test_a_string_input_gets_the_file_in_the_standard_alphabet_with_padding() -> None:
    data = b"\xff\xd8\xff\xfb\xef\xbe\xff"

    encoded = encode(data, tensor(DType.DT_STRING, None))

    assert encoded == [{"b64": "/9j/++++/w=="}]
    assert base64.b64decode("/9j/++++/w==", validate=True) == data


@pytest.mark.parametrize(
    ("spec", "encoded"),
    [
        (tensor(DType.DT_STRING), {"b64": "AQ=="}),
        (tensor(DType.DT_STRING, None, 1), [[{"b64": "AQ=="}]]),
        (TensorSpec(key="x", name="x:0", dtype=DType.DT_STRING, shape=None), [{"b64": "AQ=="}]),
    ],
)
def test_a_string_input_is_nested_as_deep_as_its_shape(spec: TensorSpec, encoded: JsonValue) -> None:
    assert encode(b"\x01", spec) == encoded


def test_a_string_input_of_several_strings_is_refused() -> None:
    with pytest.raises(InputError, match=r"\[-1, 3\]"):
        encode(b"\x01", tensor(DType.DT_STRING, None, 3))


def test_a_float_input_gets_scaled_samples_with_a_batch_axis() -> None:
    picture = png(RED, GREEN, size=(2, 1))

    assert encode(picture, tensor(DType.DT_FLOAT, None, 1, 2, 3)) == [[[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]]


@pytest.mark.parametrize(
    ("scale", "pixel"),
    [
        ("0..1", [1.0, 0.0, 0.2]),
        ("-1..1", [1.0, -1.0, -0.6]),
        ("0..255", [255.0, 0.0, 51.0]),
        ("caffe", [51 - 103.939, -116.779, 255 - 123.68]),
    ],
)
def test_each_scale_is_what_its_name_says(scale: Scale, pixel: list[float]) -> None:
    encoded = flatten(encode(png((255, 0, 51), size=(1, 1)), tensor(DType.DT_FLOAT, None, 1, 1, 3), scale=scale))

    assert isinstance(encoded, FlatTensor)
    assert encoded.shape == (1, 1, 1, 3)
    assert cast("list[float]", encoded.elements) == pytest.approx(pixel)


def test_an_integer_input_gets_the_samples_as_they_are() -> None:
    encoded = encode(png((255, 0, 51), size=(1, 1)), tensor(DType.DT_UINT8, None, 1, 1, 3), scale="caffe")

    assert encoded == [[[[255, 0, 51]]]]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((None, 4, 6, 3), (1, 4, 6, 3)),
        ((1, 4, 6, 1), (1, 4, 6, 1)),
        ((None, None, None, 3), (1, 2, 3, 3)),
        ((None, 4, None, 4), (1, 4, 3, 4)),
        ((None, None, None, None), (1, 2, 3, 3)),
        ((None, 3, 5, 7), (1, 3, 5, 7)),
        ((4, 6, 3), (4, 6, 3)),
        ((None, 28, 28), (1, 28, 28)),
    ],
)
def test_the_picture_takes_the_shape_of_the_input_and_keeps_its_own_size_where_that_is_open(
    shape: tuple[int | None, ...], expected: tuple[int, ...]
) -> None:
    picture = png(size=(3, 2))

    assert shape_of(encode(picture, tensor(DType.DT_FLOAT, *shape))) == expected


def test_an_input_of_unknown_rank_gets_the_picture_with_a_batch_axis() -> None:
    unknown = TensorSpec(key="x", name="x:0", dtype=DType.DT_FLOAT, shape=None)

    assert shape_of(encode(png(size=(3, 2)), unknown)) == (1, 2, 3, 3)


def test_channels_first_is_transposed_not_reinterpreted() -> None:
    encoded = encode(png(RED, BLUE, size=(2, 1)), tensor(DType.DT_FLOAT, None, 3, 1, 2))

    assert encoded == [[[[1.0, 0.0]], [[0.0, 0.0]], [[0.0, 1.0]]]]


@pytest.mark.parametrize("shape", [(None, 784), (), (None, 5, 5, 5, 3), (8, 224, 224, 3), (None, 8, 8, 7)])
def test_a_shape_that_is_no_pictures_is_refused_with_both(shape: tuple[int | None, ...]) -> None:
    with pytest.raises(InputError) as caught:
        encode(png(size=(3, 2)), tensor(DType.DT_FLOAT, *shape))

    assert str([-1 if size is None else size for size in shape]) in caught.value.message
    assert "the picture has [2, 3, 3]" in caught.value.message


@pytest.mark.parametrize("dtype", [DType.DT_BOOL, DType.DT_INT8, DType.DT_COMPLEX64])
def test_a_type_that_holds_no_picture_is_refused(dtype: DType) -> None:
    with pytest.raises(InputError, match=f"{dtype.name}, which holds no picture"):
        encode(png(size=(1, 1)), tensor(dtype, None, 1, 1, 3))


def test_a_damaged_picture_is_refused() -> None:
    whole = png(*((place % 251, place % 241, place % 239) for place in range(4096)), size=(64, 64))

    for data in (whole[: len(whole) // 2], whole[:20], b"\xff\xd8\xff\xe0 no jpeg"):
        with pytest.raises(InputError, match="cannot be decoded"):
            encode(data, tensor(DType.DT_FLOAT, None, 8, 8, 3))


def test_a_picture_lies_as_its_camera_held_it() -> None:
    image = Image.new("RGB", (2, 1), RED)
    image.putpixel((1, 0), BLUE)
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: the left edge of the file is the top
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", exif=exif)

    encoded = encode(buffer.getvalue(), tensor(DType.DT_UINT8, None, None, None, 3))

    assert encoded == [[[[*RED]], [[*BLUE]]]]


def test_a_jpeg_is_decoded_within_its_loss() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), (200, 100, 50)).save(buffer, format="JPEG", quality=95)

    rows = encode(buffer.getvalue(), tensor(DType.DT_UINT8, None, 16, 16, 3))

    flat = flatten(rows)
    assert isinstance(flat, FlatTensor)
    assert cast("list[int]", flat.elements)[:3] == pytest.approx([200, 100, 50], abs=3)


def test_caffe_needs_three_channels() -> None:
    with pytest.raises(InputError, match="three channels"):
        scale_table("caffe", channel=0, channels=1)


def test_scaled_samples_have_no_more_digits_than_a_float_holds() -> None:
    assert max(len(str(value)) for value in scale_table("0..1", channel=0, channels=3)) <= 14
