"""What clients of one version may rely on in the next one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.model import INIT_OP_SIGNATURE, DType, Encoding, Signature, TensorSpec
from tfk8s.model.contract import ChangeKind, accepts, compare_contracts, is_breaking

FLOAT, INT, TEXT = DType.DT_FLOAT, DType.DT_INT64, DType.DT_STRING


def tensor(key: str, *shape: int | None, dtype: DType = FLOAT, rank: bool = True, default: bool = False) -> TensorSpec:
    return TensorSpec(key=key, name=f"{key}:0", dtype=dtype, shape=shape if rank else None, has_default=default)


def signature(
    *inputs: TensorSpec,
    out: tuple[TensorSpec, ...] = (tensor("y", None, 3),),
    name: str = "serving_default",
    method: str = "tensorflow/serving/predict",
) -> Signature:
    return Signature(name=name, method_name=method, inputs=inputs, outputs=out)


X = tensor("x", None, 8)
Y = tensor("y", None, 3)
OLD = signature(X)

BREAKING = {
    "a signature is gone": ([OLD, signature(X, name="rank")], [OLD], ChangeKind.SIGNATURE_REMOVED),
    "a signature has another name": ([OLD], [signature(X, name="score")], ChangeKind.SIGNATURE_RENAMED),
    "the method is another": ([OLD], [signature(X, method="tensorflow/serving/classify")], ChangeKind.METHOD_CHANGED),
    "an input is gone": ([signature(X, tensor("mask", None))], [OLD], ChangeKind.INPUT_REMOVED),
    "an input has another name": ([OLD], [signature(tensor("image", None, 8))], ChangeKind.INPUT_RENAMED),
    "an input more is wanted": ([OLD], [signature(X, tensor("mask", None, dtype=INT))], ChangeKind.INPUT_ADDED),
    "an input has another dtype": ([OLD], [signature(tensor("x", None, 8, dtype=INT))], ChangeKind.INPUT_DTYPE),
    "text became numbers": (
        [signature(tensor("x", None, dtype=TEXT))],
        [signature(tensor("x", None))],
        ChangeKind.INPUT_DTYPE,
    ),
    "an axis has another size": ([OLD], [signature(tensor("x", None, 4))], ChangeKind.INPUT_SHAPE),
    "an open axis is fixed": ([signature(tensor("x", None, None))], [OLD], ChangeKind.INPUT_SHAPE),
    "the batch is fixed": ([OLD], [signature(tensor("x", 1, 8))], ChangeKind.INPUT_SHAPE),
    "an axis more": ([OLD], [signature(tensor("x", None, 8, 1))], ChangeKind.INPUT_SHAPE),
    "an axis less": ([OLD], [signature(tensor("x", 8))], ChangeKind.INPUT_SHAPE),
    "a rank is asked for": ([signature(tensor("x", rank=False))], [OLD], ChangeKind.INPUT_SHAPE),
    "an input became sparse": ([OLD], [signature(replace(X, encoding=Encoding.SPARSE))], ChangeKind.INPUT_ENCODING),
    "a default is gone": ([signature(replace(X, has_default=True))], [OLD], ChangeKind.INPUT_DEFAULT),
    "an output is gone": ([signature(X, out=(Y, tensor("z")))], [OLD], ChangeKind.OUTPUT_REMOVED),
    "an output has another name": ([OLD], [signature(X, out=(tensor("p", None, 3),))], ChangeKind.OUTPUT_RENAMED),
    "an output has another dtype": (
        [OLD],
        [signature(X, out=(tensor("y", None, 3, dtype=INT),))],
        ChangeKind.OUTPUT_DTYPE,
    ),
    "an output has another rank": ([OLD], [signature(X, out=(tensor("y", None),))], ChangeKind.OUTPUT_SHAPE),
    "an output has another size": ([OLD], [signature(X, out=(tensor("y", None, 10),))], ChangeKind.OUTPUT_SHAPE),
    "an output became sparse": (
        [OLD],
        [signature(X, out=(replace(Y, encoding=Encoding.SPARSE),))],
        ChangeKind.OUTPUT_ENCODING,
    ),
    "the only output is no longer alone": ([OLD], [signature(X, out=(Y, tensor("z", None)))], ChangeKind.OUTPUT_ADDED),
}

HARMLESS = {
    "a signature more": ([OLD], [OLD, signature(X, name="rank", out=(Y, tensor("z")))], ChangeKind.SIGNATURE_ADDED),
    "an output more beside several": (
        [signature(X, out=(Y, tensor("z")))],
        [signature(X, out=(Y, tensor("z"), tensor("a", None)))],
        ChangeKind.OUTPUT_ADDED,
    ),
    "an input more that may be left out": (
        [OLD],
        [signature(X, tensor("limit", dtype=INT, default=True))],
        ChangeKind.INPUT_ADDED,
    ),
    "a default for what was wanted": ([OLD], [signature(replace(X, has_default=True))], ChangeKind.INPUT_DEFAULT),
    "an axis of an input is opened": ([OLD], [signature(tensor("x", None, None))], ChangeKind.INPUT_SHAPE),
    "the rank of an input is opened": ([OLD], [signature(tensor("x", rank=False))], ChangeKind.INPUT_SHAPE),
    "an input became dense": ([signature(replace(X, encoding=Encoding.SPARSE))], [OLD], ChangeKind.INPUT_ENCODING),
    "an axis of an output is open": ([OLD], [signature(X, out=(tensor("y", None, None),))], ChangeKind.OUTPUT_SHAPE),
    "the rank of an output is untold": ([OLD], [signature(X, out=(tensor("y", rank=False),))], ChangeKind.OUTPUT_SHAPE),
}


@pytest.mark.parametrize("case", BREAKING)
def test_what_a_client_relied_on_and_lost_is_breaking(case: str) -> None:
    old, new, kind = BREAKING[case]

    changes = compare_contracts(old, new)

    assert [change.kind for change in changes if change.is_breaking] == [kind]


@pytest.mark.parametrize("case", HARMLESS)
def test_what_no_client_can_miss_is_told_and_not_breaking(case: str) -> None:
    old, new, kind = HARMLESS[case]

    (change,) = compare_contracts(old, new)

    assert change.kind is kind
    assert not change.is_breaking


def test_breaking_changes_come_first_and_each_says_what_a_client_feels() -> None:
    old = [signature(tensor("image", None, 8)), signature(X, name="rank")]
    new = [signature(tensor("picture", None, 8), tensor("limit", default=True)), signature(X, name="rank")]

    renamed, added = compare_contracts(old, new)

    assert renamed.kind is ChangeKind.INPUT_RENAMED
    assert renamed.felt == "a request with 'image' would be answered 400: inputs there: 'picture', 'limit'"
    assert (renamed.before, renamed.after) == ("image DT_FLOAT (-1, 8)", "picture DT_FLOAT (-1, 8)")
    assert str(renamed).startswith("signature 'serving_default', 'image': input-renamed (image DT_FLOAT (-1, 8) -> ")
    assert not added.is_breaking


def test_a_name_of_another_form_is_gone_and_not_renamed() -> None:
    changes = compare_contracts([OLD], [signature(tensor("image", None, 8, dtype=INT))])

    assert {change.kind for change in changes} == {ChangeKind.INPUT_REMOVED, ChangeKind.INPUT_ADDED}


def test_the_likeliest_new_name_is_the_one_most_alike() -> None:
    old = signature(tensor("image_bytes", None), tensor("mask", None))
    new = signature(tensor("mask_input", None), tensor("image_bytes_in", None))

    changes = compare_contracts([old], [new])

    assert {(change.tensor, change.after.split()[0]) for change in changes} == {
        ("image_bytes", "image_bytes_in"),
        ("mask", "mask_input"),
    }


def test_a_client_that_names_no_signature_is_told_when_the_default_is_gone() -> None:
    (change, _) = compare_contracts([OLD], [signature(tensor("z", None, dtype=INT), name="score")])

    assert change.felt == "a request that names no signature would be answered 400; signatures there: 'score'"


def test_what_no_request_can_name_counts_on_neither_side() -> None:
    init = Signature(name=INIT_OP_SIGNATURE, method_name="", inputs=(), outputs=(Y,))
    empty = Signature(name="train", method_name="", inputs=(X,), outputs=())

    assert compare_contracts([OLD, init], [OLD, empty]) == ()


def test_a_reference_of_an_old_graph_is_the_type_itself() -> None:
    assert compare_contracts([OLD], [signature(tensor("x", None, 8, dtype=DType.DT_FLOAT_REF))]) == ()


def test_names_that_could_steer_a_terminal_are_escaped() -> None:
    (change,) = compare_contracts(
        [signature(X, out=(tensor("\x1b[2J", None), Y, tensor("z")))],
        [
            signature(X, out=(Y, tensor("z"))),
        ],
    )

    assert "\x1b" not in str(change)


axes = st.one_of(st.none(), st.integers(1, 3))
shapes = st.one_of(st.none(), st.lists(axes, max_size=3).map(tuple))
tensors = st.builds(
    TensorSpec,
    key=st.sampled_from(["a", "b", "c", "d"]),
    name=st.just("t:0"),
    dtype=st.sampled_from([FLOAT, INT, TEXT]),
    shape=shapes,
    encoding=st.sampled_from([Encoding.DENSE, Encoding.DENSE, Encoding.SPARSE]),
    has_default=st.booleans(),
)


def sides(least: int) -> st.SearchStrategy[tuple[TensorSpec, ...]]:
    found = st.lists(tensors, min_size=least, max_size=3, unique_by=lambda spec: spec.key)
    return found.map(lambda side: tuple(sorted(side, key=lambda spec: spec.key)))


signatures = st.lists(
    st.builds(
        Signature,
        name=st.sampled_from(["serving_default", "rank", "score"]),
        method_name=st.sampled_from(["tensorflow/serving/predict", "tensorflow/serving/classify"]),
        inputs=sides(0),
        outputs=sides(1),
    ),
    max_size=3,
    unique_by=lambda one: one.name,
)


@given(old=signatures)
def test_nothing_changed_against_itself_in_any_order(old: list[Signature]) -> None:
    assert compare_contracts(old, old[::-1]) == ()


@given(old=signatures, new=signatures, data=st.data())
def test_what_is_broken_stays_so_when_the_new_version_promises_less(
    old: list[Signature], new: list[Signature], data: st.DataObject
) -> None:
    less = [one for one in new if data.draw(st.booleans())]

    if is_breaking(compare_contracts(old, new)):
        assert is_breaking(compare_contracts(old, less))


@given(old=signatures, new=signatures)
def test_a_contract_is_kept_exactly_when_every_old_signature_is_kept_by_itself(
    old: list[Signature], new: list[Signature]
) -> None:
    alone = [is_breaking(compare_contracts([one], new)) for one in old]

    assert is_breaking(compare_contracts(old, new)) is any(alone)


@given(wide=shapes, middle=shapes, narrow=shapes)
def test_what_a_shape_takes_is_taken_by_every_wider_one(
    wide: tuple[int | None, ...] | None, middle: tuple[int | None, ...] | None, narrow: tuple[int | None, ...] | None
) -> None:
    if accepts(wide, all_of=middle) and accepts(middle, all_of=narrow):
        assert accepts(wide, all_of=narrow)


@given(shape=shapes, fits=st.lists(st.integers(1, 3), max_size=3).map(tuple), other=shapes)
def test_an_accepted_change_of_shape_refuses_no_tensor_that_was_taken(
    shape: tuple[int | None, ...] | None, fits: tuple[int, ...], other: tuple[int | None, ...] | None
) -> None:
    if accepts(other, all_of=shape) and accepts(shape, all_of=fits):
        assert accepts(other, all_of=fits)
