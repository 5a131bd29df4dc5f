"""From a picture file to the value of an input tensor; pillow is loaded only where samples are needed."""

from __future__ import annotations

import base64
import io
import struct
import warnings
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from typing_extensions import assert_never

from tfk8s.errors import InputError, PreconditionError
from tfk8s.manifest import JsonValue
from tfk8s.model import DType, TensorSpec
from tfk8s.ports import Scale
from tfk8s.serving.instances import nest

if TYPE_CHECKING:
    from PIL import Image

_FLOATS = frozenset({DType.DT_FLOAT, DType.DT_DOUBLE, DType.DT_HALF, DType.DT_BFLOAT16})
_INTEGERS = frozenset(
    {DType.DT_UINT8, DType.DT_UINT16, DType.DT_UINT32, DType.DT_UINT64, DType.DT_INT16, DType.DT_INT32, DType.DT_INT64}
)
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
_RGB = 3
_WITH_BATCH = 4
_WITHOUT_BATCH = 3
_CAFFE_MEANS_BGR = (103.939, 116.779, 123.68)
"""Mean of ImageNet's samples, blue first: what `keras.applications` subtracts in its mode `caffe`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How an input's axes are those of a picture; a height or width of None keeps the picture's own."""

    height: int | None
    width: int | None
    channels: int = _RGB
    has_batch: bool = True
    channels_first: bool = False
    has_channel_axis: bool = True


class PillowPictures:
    """The real `ports.PictureReader`."""

    def encode(self, data: bytes, *, tensor: TensorSpec, scale: Scale) -> JsonValue:
        """See ports.PictureReader."""
        if tensor.dtype is DType.DT_STRING:
            return encoded_string(data, tensor=tensor)
        return _samples(data, tensor=tensor, scale=scale)


def encoded_string(data: bytes, *, tensor: TensorSpec) -> JsonValue:
    """The file's bytes in base64, standard alphabet with padding, in as many lists as the input has axes."""
    if tensor.shape is not None and any(size not in (None, 1) for size in tensor.shape):
        raise InputError(
            f"input {tensor.key!r} takes strings of shape {shown(tensor.shape)}, a picture is one string",
            hint="send JSON instead",
        )
    value: JsonValue = {"b64": base64.b64encode(data).decode("ascii")}
    for _ in range(1 if tensor.shape is None else len(tensor.shape)):
        value = [value]
    return value


def layout_of(tensor: TensorSpec, *, picture: tuple[int, int, int]) -> Layout:
    """Find height, width and channels among the axes; `picture` is the file's own shape, for the message.

    Raises:
        InputError: the axes are not those of a picture; the text names both shapes.
    """
    if tensor.shape is None:
        return Layout(height=None, width=None)
    match tensor.shape:
        case (None | 1, height, width, (1 | 3 | 4) as channels):
            return Layout(height=height, width=width, channels=channels)
        case (None | 1, (1 | 3 | 4) as channels, height, width):
            return Layout(height=height, width=width, channels=channels, channels_first=True)
        case (None | 1, height, width, None):
            return Layout(height=height, width=width)
        case (height, width, (1 | 3 | 4) as channels):
            return Layout(height=height, width=width, channels=channels, has_batch=False)
        case (None | 1, height, width):
            return Layout(height=height, width=width, channels=1, has_channel_axis=False)
        case _:
            raise InputError(
                f"input {tensor.key!r} has the shape {shown(tensor.shape)}, the picture has {shown(picture)}",
                hint="a picture fits [batch, height, width, channels] with 1, 3 or 4 channels and a batch of 1; "
                "choose another --signature, or send JSON",
            )


def shown(shape: Sequence[int | None]) -> str:
    """A shape as the server's tools write it, -1 for an axis of any length."""
    return str([-1 if size is None else size for size in shape])


def _samples(data: bytes, *, tensor: TensorSpec, scale: Scale) -> JsonValue:
    if tensor.dtype not in _FLOATS | _INTEGERS:
        raise InputError(
            f"input {tensor.key!r} is {tensor.dtype.name}, which holds no picture",
            hint="choose another signature with --signature, or send JSON",
        )
    image = _decoded(data)
    layout = layout_of(tensor, picture=(image.height, image.width, len(image.getbands())))
    image = _fitted(image, layout=layout)
    samples = image.tobytes()
    tables = [*range(256)] if tensor.dtype in _INTEGERS else None
    channels = [
        list(map((tables or scale_table(scale, channel=channel, channels=layout.channels)).__getitem__, plane))
        for channel, plane in _planes(samples, layout=layout, is_bgr=scale == "caffe" and tables is None)
    ]
    return _arranged(channels, layout=layout, size=(image.height, image.width))


def _planes(samples: bytes, *, layout: Layout, is_bgr: bool) -> list[tuple[int, bytes]]:
    """The samples of each channel, by the channel's place in the output."""
    order = reversed(range(layout.channels)) if is_bgr else range(layout.channels)
    return [(place, samples[channel :: layout.channels]) for place, channel in enumerate(order)]


def _arranged(channels: list[list[JsonValue]], *, layout: Layout, size: tuple[int, int]) -> JsonValue:
    if layout.channels_first:
        flat = [sample for plane in channels for sample in plane]
        shape: tuple[int, ...] = (layout.channels, *size)
    else:
        flat = [sample for pixel in zip(*channels, strict=True) for sample in pixel]
        shape = (*size, layout.channels) if layout.has_channel_axis else size
    value = nest(flat, shape=shape)
    return [value] if layout.has_batch else value


def scale_table(scale: Scale, *, channel: int, channels: int) -> list[JsonValue]:
    """What each of the samples 0..255 becomes, in no more digits than a 32-bit float holds.

    Raises:
        InputError: `caffe` for a picture without three channels.
    """
    match scale:
        case "0..1":
            values = [sample / 255 for sample in range(256)]
        case "-1..1":
            values = [sample / 127.5 - 1 for sample in range(256)]
        case "0..255":
            values = [float(sample) for sample in range(256)]
        case "caffe":
            if channels != _RGB:
                raise InputError(
                    f"--scale caffe needs three channels, the input has {channels}", hint="take another --scale"
                )
            values = [sample - _CAFFE_MEANS_BGR[channel] for sample in range(256)]
        case _:
            assert_never(scale)
    return [float(f"{value:.9g}") for value in values]


def _decoded(data: bytes) -> Image.Image:
    """The picture, turned upright as its camera noted.

    Raises:
        InputError: damaged, or of more pixels than pillow takes for harmless.
        PreconditionError: pillow is not installed.
    """
    try:
        from PIL import Image, ImageOps
    except ImportError as error:
        raise PreconditionError(
            "a picture for a numeric input has to be decoded, which needs pillow",
            hint="run: pip install 'tfk8s[image]'",
        ) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return ImageOps.exif_transpose(Image.open(io.BytesIO(data), formats=("JPEG", "PNG")))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise InputError(f"the picture is too large: {error}", hint="scale it down first") from error
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error) as error:
        raise InputError(f"the picture cannot be decoded: {error}", hint="send a whole JPEG or PNG file") from error


def _fitted(image: Image.Image, *, layout: Layout) -> Image.Image:
    """The picture in the layout's channels and size."""
    from PIL import Image

    converted = image.convert(_MODES[layout.channels])
    size = (layout.width or converted.width, layout.height or converted.height)
    return converted if size == converted.size else converted.resize(size, Image.Resampling.BILINEAR)
