"""Questions become records: encoded as `predict` encodes them, checked first, written whole or not at all."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.unit.model.savedmodels import Version, graph, record, saved_model, signature, tensor
from tfk8s.app.question import Picture, Tensors
from tfk8s.app.warmup import Source, WarmupOptions, WarmupPlan, WarmupWorld, plan_warmup
from tfk8s.app.warmup_file import Written, foresee_write, write_warmup
from tfk8s.app.warmup_report import to_json
from tfk8s.errors import InputError
from tfk8s.manifest import JsonValue
from tfk8s.model import DType, TensorSpec, read_model
from tfk8s.model import Signature as ReadSignature
from tfk8s.model.protos.saved_model_pb2 import PredictionLog, SignatureDef
from tfk8s.model.warmup import WARMUP_FILE
from tfk8s.model.warmup_writer import misfits, warmup_record
from tfk8s.ports import Columns, PredictRequest, Rows
from tfk8s.serving.picture import PillowPictures
from tfk8s.serving.predict_message import MessageEncoder
from tfk8s.serving.protos import serving_pb2 as pb
from tfk8s.serving.tensors import from_proto

WORLD = WarmupWorld(pictures=PillowPictures(), encoder=MessageEncoder())


def model(folder: Path, *, version: int = 1, **signatures: SignatureDef) -> Path:
    """A model directory; one float input x of shape (-1, 2) unless signatures are given."""
    named = signatures or {"serving_default": signature({"x": tensor(shape=(-1, 2))})}
    Version(graph_bytes=saved_model(graph(signatures=named))).write(folder / "m" / str(version))
    return folder / "m"


def source(value: list[JsonValue] | dict[str, JsonValue], *, asks: str | None = None) -> Source:
    body = Columns(inputs=value["inputs"]) if isinstance(value, dict) else Rows(instances=value)
    return Source(name="q.json", question=Tensors(body=body, signature=asks))


def picture(name: str, colour: tuple[int, int, int], *, size: tuple[int, int] = (5, 4)) -> Source:
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, "PNG")
    return Source(name=name, question=Picture(data=data.getvalue()))


def requests_of(path: Path) -> list[pb.PredictRequest]:
    """What a server would replay."""
    data, found = path.read_bytes(), []
    while data:
        length = int.from_bytes(data[:8], "little")
        content = data[12 : 12 + length]
        assert data[: length + 16] == record(content)
        log = PredictionLog.FromString(content)
        found.append(pb.PredictRequest.FromString(log.predict_log.request.SerializeToString()))
        data = data[length + 16 :]
    return found


def written(plan: WarmupPlan, *, force: bool = False) -> list[pb.PredictRequest]:
    write_warmup(plan, force=force)
    return requests_of(plan.file)


def test_json_is_recorded_as_predict_would_send_it(tmp_path: Path) -> None:
    directory = model(tmp_path)
    plan = plan_warmup(directory, sources=[source([[1, 2], [3, 4]])], options=WarmupOptions(copies=3), world=WORLD)

    found = written(plan)

    assert len(found) == plan.records == 3
    assert found[0] == found[1] == found[2]
    assert found[0].model_spec.signature_name == "serving_default"
    assert from_proto(found[0].inputs["x"], key="x") == [[1.0, 2.0], [3.0, 4.0]]
    assert plan.file.stat().st_size == plan.size_bytes
    info = read_model(directory)
    assert info.findings == ()
    assert info.versions[0].has_warmup


def test_pictures_are_packed_and_taken_again_until_a_request_is_full(tmp_path: Path) -> None:
    directory = model(tmp_path, serving_default=signature({"x": tensor(shape=(-1, 2, 2, 3))}))
    pictures = [picture("r.png", (255, 0, 0)), picture("g.png", (0, 255, 0)), picture("b.png", (0, 0, 255))]
    options = WarmupOptions(batch=2, scale="0..255")

    plan = plan_warmup(directory, sources=pictures, options=options, world=WORLD)
    first, second = (from_proto(request.inputs["x"], key="x") for request in written(plan))

    red, green, blue = ([[pixel] * 2] * 2 for pixel in ([255.0, 0.0, 0.0], [0.0, 255.0, 0.0], [0.0, 0.0, 255.0]))
    assert first == [red, green]
    assert second == [blue, red]
    assert [request.source for request in plan.requests] == ["r.png + g.png", "b.png + r.png"]
    assert plan.requests[0].shapes == {"x": (2, 2, 2, 3)}


def test_a_string_input_gets_the_files_of_the_batch(tmp_path: Path) -> None:
    directory = model(tmp_path, serving_default=signature({"b": tensor(shape=(-1,), dtype=DType.DT_STRING)}))
    one = picture("r.png", (255, 0, 0))
    assert isinstance(one.question, Picture)

    plan = plan_warmup(directory, sources=[one], options=WarmupOptions(batch=2), world=WORLD)

    assert list(written(plan)[0].inputs["b"].string_val) == [one.question.data] * 2


def test_each_json_may_name_its_signature_and_an_option_decides_over_all(tmp_path: Path) -> None:
    directory = model(
        tmp_path, serving_default=signature({"x": tensor(shape=(-1,))}), other=signature({"z": tensor(shape=(-1,))})
    )
    sources = [source([1.0]), source([2.0], asks="other")]

    found = written(plan_warmup(directory, sources=sources, options=WarmupOptions(), world=WORLD))
    forced = plan_warmup(directory, sources=sources, options=WarmupOptions(signature="other"), world=WORLD)

    assert [request.model_spec.signature_name for request in found] == ["serving_default", "other"]
    assert [request.request.signature.name for request in forced.requests] == ["other", "other"]


def test_the_latest_version_is_written_unless_another_is_named(tmp_path: Path) -> None:
    model(tmp_path, version=1)
    directory = model(tmp_path, version=2)

    latest = plan_warmup(directory, sources=[source([[1, 2]])], options=WarmupOptions(), world=WORLD)
    named = plan_warmup(directory, sources=[source([[1, 2]])], options=WarmupOptions(version=1), world=WORLD)

    assert (latest.version.number, named.version.number) == (2, 1)


@pytest.mark.parametrize(
    ("question", "options", "words"),
    [
        (source([[1, 2, 3]]), WarmupOptions(), r"shape \(1, 3\), the signature says \(-1, 2\)"),
        (source([[1, "a"]]), WarmupOptions(), "q.json: input 'x' is DT_FLOAT, which cannot hold 'a'"),
        (source([[1], [1, 2]]), WarmupOptions(), "q.json: input 'x' is not rectangular"),
        (source([{"z": [1, 2]}]), WarmupOptions(), "q.json: signature 'serving_default' has no input 'z'"),
        (source({"inputs": {}}), WarmupOptions(), "x is missing"),
        (source([[1, 2]]), WarmupOptions(signature="s"), "no signature 's'"),
        (source([[1, 2]]), WarmupOptions(version=7), "no version 7"),
        (source([[1, 2]]), WarmupOptions(batch=2), "--batch counts pictures"),
        (picture("p.png", (1, 2, 3)), WarmupOptions(), r"p.png: input 'x' has the shape"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_written(
    tmp_path: Path, question: Source, options: WarmupOptions, words: str
) -> None:
    directory = model(tmp_path)

    with pytest.raises(InputError, match=words):
        plan_warmup(directory, sources=[question], options=options, world=WORLD)

    assert [path.name for path in (directory / "1").iterdir()] == ["saved_model.pb"]


def test_an_input_for_one_picture_takes_no_batch(tmp_path: Path) -> None:
    directory = model(tmp_path, serving_default=signature({"x": tensor(shape=(4, 4, 3))}))

    with pytest.raises(InputError, match="takes one picture a request"):
        plan_warmup(directory, sources=[picture("p.png", (1, 2, 3))], options=WarmupOptions(batch=2), world=WORLD)


def test_more_than_a_thousand_records_are_refused(tmp_path: Path) -> None:
    sources = [source([[1, 2]])] * 2

    with pytest.raises(InputError, match="1,002 records"):
        plan_warmup(model(tmp_path), sources=sources, options=WarmupOptions(copies=501), world=WORLD)


def test_records_of_more_than_a_gibibyte_are_refused(tmp_path: Path) -> None:
    sources = [source([[0.0, 0.0]] * 140_000)]

    with pytest.raises(InputError, match=r"the records take 1\.0 GiB"):
        plan_warmup(model(tmp_path), sources=sources, options=WarmupOptions(copies=1000), world=WORLD)


def test_the_digest_of_the_version_changes_once_and_the_same_again_changes_nothing(tmp_path: Path) -> None:
    plan = plan_warmup(model(tmp_path), sources=[source([[1, 2]])], options=WarmupOptions(), world=WORLD)

    foreseen = foresee_write(plan, force=False)
    first = write_warmup(plan, force=False)
    stamp = plan.file.stat().st_mtime_ns
    again = write_warmup(plan, force=False)

    assert (foreseen.action, foreseen.after) == (Written.WRITTEN, None)
    assert (first.action, first.before) == (Written.WRITTEN, foreseen.before)
    assert first.after not in (None, first.before)
    assert again.action is Written.UNCHANGED
    assert again.before == again.after == first.after
    assert plan.file.stat().st_mtime_ns == stamp


@pytest.mark.parametrize("there", [record(b"") * 2, b"no record"])
def test_other_records_are_kept_unless_force_is_given(tmp_path: Path, there: bytes) -> None:
    """Broken ones too, although the version cannot be loaded with them."""
    directory = model(tmp_path)
    Version(files={str(WARMUP_FILE): there}).write(tmp_path / "other")
    (tmp_path / "other" / "assets.extra").rename(directory / "1" / "assets.extra")
    plan = plan_warmup(directory, sources=[source([[1, 2]])], options=WarmupOptions(), world=WORLD)

    with pytest.raises(InputError, match="is there already") as caught:
        write_warmup(plan, force=False)
    kept = plan.file.read_bytes()
    forced = write_warmup(plan, force=True)

    assert caught.value.hint == "write over it with --force"
    assert kept == there
    assert forced.action is Written.REPLACED
    assert len(requests_of(plan.file)) == 1


def test_a_part_that_a_killed_run_left_is_written_over(tmp_path: Path) -> None:
    directory = model(tmp_path)
    plan = plan_warmup(directory, sources=[source([[1, 2]])], options=WarmupOptions(), world=WORLD)
    plan.file.parent.mkdir()
    part = plan.file.with_name(f".{plan.file.name}.part")
    part.write_bytes(b"half a rec")

    write_warmup(plan, force=False)

    assert [path.name for path in plan.file.parent.iterdir()] == [plan.file.name]


def test_a_place_that_cannot_be_written_keeps_what_was_there(tmp_path: Path) -> None:
    directory = model(tmp_path)
    (directory / "1" / "assets.extra").write_text("a file in its place")
    plan = plan_warmup(directory, sources=[source([[1, 2]])], options=WarmupOptions(), world=WORLD)

    with pytest.raises(InputError, match="cannot be written"):
        write_warmup(plan, force=True)

    assert (directory / "1" / "assets.extra").read_text() == "a file in its place"


def test_what_fails_at_the_end_leaves_no_part_behind(tmp_path: Path) -> None:
    plan = plan_warmup(model(tmp_path), sources=[source([[1, 2]])], options=WarmupOptions(), world=WORLD)
    plan.file.mkdir(parents=True)  # nothing can be moved onto a directory

    with pytest.raises(InputError, match="cannot be written"):
        write_warmup(plan, force=True)

    assert [path.name for path in plan.file.parent.iterdir()] == [plan.file.name]


_ELEMENTS: dict[DType, st.SearchStrategy[JsonValue]] = {
    DType.DT_FLOAT: st.floats(width=32, allow_nan=False),
    DType.DT_DOUBLE: st.floats(allow_nan=False),
    DType.DT_INT32: st.integers(-(2**31), 2**31 - 1),
    DType.DT_INT64: st.integers(-(2**63), 2**63 - 1),
    DType.DT_UINT8: st.integers(0, 255),
    DType.DT_BOOL: st.booleans(),
    DType.DT_STRING: st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
}


@st.composite
def _asked(draw: st.DrawFn) -> tuple[dict[str, tuple[DType, tuple[int, ...]]], dict[str, JsonValue]]:
    """Inputs of any dtype and shape with open axes (-1), and values for them."""
    inputs: dict[str, tuple[DType, tuple[int, ...]]] = {}
    values: dict[str, JsonValue] = {}
    for key in draw(st.sets(st.text("abcxyz_", min_size=1, max_size=6), min_size=1, max_size=3)):
        dtype = draw(st.sampled_from([*_ELEMENTS]))
        sizes = draw(st.lists(st.integers(1, 3), max_size=3))
        inputs[key] = (dtype, tuple(draw(st.sampled_from([size, -1])) for size in sizes))
        values[key] = draw(_nested(_ELEMENTS[dtype], sizes))
    return inputs, values


def _nested(element: st.SearchStrategy[JsonValue], sizes: list[int]) -> st.SearchStrategy[JsonValue]:
    if not sizes:
        return element
    return st.lists(_nested(element, sizes[1:]), min_size=sizes[0], max_size=sizes[0]).map(lambda found: [*found])


@given(_asked())
def test_any_request_of_a_signature_survives_the_way_into_the_file_and_back(
    asked: tuple[dict[str, tuple[DType, tuple[int, ...]]], dict[str, JsonValue]],
) -> None:
    inputs, values = asked
    tensors = tuple(
        TensorSpec(key=key, name=key, dtype=dtype, shape=tuple(None if axis < 0 else axis for axis in shape))
        for key, (dtype, shape) in sorted(inputs.items())
    )
    asking = ReadSignature(name="serving_default", method_name="", inputs=tensors, outputs=tensors)

    encoded = MessageEncoder().encode(PredictRequest(model="m", signature=asking, body=Columns(inputs={**values})))
    framed = warmup_record(encoded.content)

    assert misfits(encoded.shapes, signature=asking) == ()
    content = framed[12:-4]
    assert framed == record(content)
    kept = pb.PredictRequest.FromString(PredictionLog.FromString(content).predict_log.request.SerializeToString())
    assert {key: from_proto(proto, key=key) for key, proto in kept.inputs.items()} == values


def test_the_report_reads_well_as_json(tmp_path: Path) -> None:
    plan = plan_warmup(model(tmp_path), sources=[source([[1, 2]])], options=WarmupOptions(copies=2), world=WORLD)

    found = to_json(plan, write_warmup(plan, force=False), measured=None, is_dry_run=False)

    assert json.loads(json.dumps(found))["requests"] == [
        {"source": "q.json", "signature": "serving_default", "inputs": {"x": {"dtype": "DT_FLOAT", "shape": [1, 2]}}}
    ]
    assert found["records"] == 2
