"""Our reader says of a SavedModel what TensorFlow's own tool says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.savedmodel.cli_text import as_shown, parse
from tests.contract.savedmodel.conftest import TensorFlow
from tests.testbed.versions import TENSORFLOW
from tfk8s.model import DType, ModelInfo, read_model, to_json

pytestmark = pytest.mark.contract

# By which of TensorFlow's ways each was exported; the list is what must at least be there.
EXPORTED = {
    "keras_dense": "Keras 3 model.export",
    "keras_two_inputs": "Keras 3 model.export",
    "resnet": "Keras 3 model.export",
    "half_plus": "tf.saved_model.save",
    "many_types": "tf.saved_model.save",
    "image_bytes": "tf.saved_model.save",
    "no_signature": "tf.saved_model.save",
    "constant_only": "tf.saved_model.save",
    "simple_save": "TF1 simple_save",
}


def _models(folder: Path) -> dict[str, ModelInfo]:
    infos = [read_model(path) for path in sorted(folder.iterdir()) if path.is_dir()]
    return {info.name: info for info in infos if info.latest and info.latest.graphs}


def _compare(models: dict[str, ModelInfo], tensorflow: TensorFlow) -> int:
    versions = [version for info in models.values() for version in info.versions]
    texts = tensorflow("show", *(version.path for version in versions))
    for version in versions:
        text = texts[str(version.path)]
        assert isinstance(text, str)
        theirs, ours = parse(text), as_shown(version)
        assert theirs.keys() == ours.keys()
        for tags, shown in theirs.items():
            assert ours[tags].method_names == shown.method_names, version.path
            assert ours[tags].tensors == shown.tensors, version.path
            assert list(ours[tags].tensors) == list(shown.tensors), version.path
            # We list operations of every function, the tool those that it can reach.
            assert shown.operations <= ours[tags].operations, version.path
    return len(versions)


def test_signatures_of_models_made_here_equal_those_of_saved_model_cli(
    made_models: Path, tensorflow: TensorFlow
) -> None:
    models = _models(made_models)

    assert EXPORTED.keys() <= models.keys()
    assert _compare(models, tensorflow) >= len(models)


def test_signatures_of_the_serving_projects_models_equal_those_of_saved_model_cli(
    real_models: Path, tensorflow: TensorFlow
) -> None:
    models = _models(real_models)

    assert _compare(models, tensorflow) >= 5


def test_tensorflow_version_of_models_made_here_is_the_one_that_made_them(made_models: Path) -> None:
    found = {info.latest.tensorflow_version for info in _models(made_models).values() if info.latest}

    assert found == {TENSORFLOW}


def test_dtypes_have_the_names_and_numbers_of_tensorflow(tensorflow: TensorFlow) -> None:
    assert {dtype.name: dtype.value for dtype in DType} == tensorflow("types")


def test_the_list_of_operations_is_that_of_tensorflow(operations_are_fresh: tuple[int, str]) -> None:
    code, words = operations_are_fresh

    assert code == 0, words


def test_the_reader_works_in_one_process_with_tensorflow_and_its_protobuf(
    made_models: Path, tensorflow: TensorFlow
) -> None:
    answer = tensorflow("read", made_models / "keras_dense")

    assert answer["info"] == to_json(read_model(made_models / "keras_dense"))
