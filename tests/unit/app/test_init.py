"""A spec written for a model is one that the loader and the renderer take, whatever the model is called."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies.values import texts
from tfk8s.app.init import spec_text, write_spec
from tfk8s.errors import InputError
from tfk8s.model import DType, GraphInfo, ModelInfo, ModelVersion, Signature, TensorSpec
from tfk8s.names.model import url_name
from tfk8s.spec import Autoscaled, LocalSource, load_spec

FOLDER = Path("/srv/service")


def model(
    name: str = "resnet",
    *,
    path: Path | None = None,
    versions: tuple[int, ...] = (1,),
    inputs: tuple[str, ...] = ("x",),
) -> ModelInfo:
    base = path or FOLDER / name
    tensors = tuple(TensorSpec(key=key, name="x:0", dtype=DType.DT_FLOAT, shape=(None, 3)) for key in inputs)
    signature = Signature(name="serving_default", method_name="m", inputs=tensors, outputs=tensors[:1])
    graph = GraphInfo(
        tags=("serve",), signatures=(signature,), operations=(), tensorflow_version="2.21.0", has_variables=False
    )
    found = tuple(
        ModelVersion(number=number, directory=str(number), path=base / str(number), size_bytes=5 << 20, graphs=(graph,))
        for number in versions
    )
    return ModelInfo(path=base, name=name, versions=found, findings=())


def test_the_spec_has_what_is_known_of_the_model() -> None:
    spec = load_spec(spec_text(model(versions=(1, 7)), folder=FOLDER))

    assert spec.name == "resnet"
    assert spec.served_models[0].parsed_source == LocalSource(path="./resnet")
    assert spec.served_models[0].versions == "latest"
    assert isinstance(spec.scaling, Autoscaled)
    assert spec.expose.type == "ClusterIP"


def test_comments_list_the_signature_the_versions_and_the_memory() -> None:
    text = spec_text(model(versions=(1, 7), inputs=("image", "mask")), folder=FOLDER)

    assert "# Version 7: 5.0 MiB, saved by TensorFlow 2.21.0\n" in text
    assert (
        "# Signature serving_default:\n#   in  image: DT_FLOAT (-1, 3)\n#   in  mask: DT_FLOAT (-1, 3)\n"
        "#   out image: DT_FLOAT (-1, 3)\n"
    ) in text
    assert "# latest, all, or a list of numbers. Found: 1 (5.0 MiB), 7 (5.0 MiB)\n" in text
    assert "two versions in flight. Here 1088Mi: 768 MiB for the\n  # server" in text


def test_a_long_signature_is_cut_with_its_count() -> None:
    text = spec_text(model(inputs=tuple(f"feature_{n}" for n in range(100))), folder=FOLDER)

    assert text.count("# " + "  in  ") == 13
    assert "#   in  and 88 more: tfk8s inspect lists them\n" in text


def test_a_name_that_kubernetes_cannot_hold_is_made_legal_and_kept_in_the_url() -> None:
    """K14.1."""
    text = spec_text(model("my_Model"), folder=FOLDER)

    spec = load_spec(text)
    assert (spec.name, spec.served_models[0].name) == ("my-model", "my_Model")
    assert "# In URLs the model is called my_Model.\n" in text


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("my_Model", "my_Model"),
        ("resnet.v2-x", "resnet.v2-x"),
        ("50net", "50net"),
        ("a b/c:d", "a_b_c_d"),
        ("-x-", "x"),
        ("模型", "model"),
        ("n" * 200, "n" * 100),
    ],
)
def test_a_name_that_a_url_cannot_hold_is_made_plain(name: str, url: str) -> None:
    assert url_name(name) == url


def test_the_service_may_be_named_apart_from_the_model() -> None:
    spec = load_spec(spec_text(model("my_Model"), folder=FOLDER, name="shop-ranking"))

    assert (spec.name, spec.served_models[0].name) == ("shop-ranking", "my_Model")


def test_a_given_name_is_not_changed_silently() -> None:
    with pytest.raises(InputError, match="--name Shop_Ranking cannot name Kubernetes objects") as caught:
        spec_text(model(), folder=FOLDER, name="Shop_Ranking")

    assert caught.value.hint == "--name shop-ranking"


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("/srv/service/models/resnet", "./models/resnet"),
        ("/srv/service", "."),
        ("/srv/models/resnet", "../models/resnet"),
        ("/srv/service/a: b #c", "./a: b #c"),
        ("/srv/service/gs:/x", "./gs:/x"),
        ("/srv/service/.hidden", "./.hidden"),
        ("/srv/service/..hidden", "./..hidden"),
        ("/srv", ".."),
        ("/other/place", "../../other/place"),
    ],
)
def test_the_source_is_relative_to_the_file(path: str, source: str) -> None:
    spec = load_spec(spec_text(model(path=Path(path)), folder=FOLDER))

    assert spec.served_models[0].source == source
    found = spec.served_models[0].parsed_source
    assert isinstance(found, LocalSource)
    assert found.directory(FOLDER).resolve() == Path(path)


def test_a_source_far_away_is_absolute() -> None:
    spec = load_spec(spec_text(model(path=Path("/data/m")), folder=Path("/a/b/c/d")))

    assert spec.served_models[0].source == "/data/m"


@given(texts(max_size=50).filter(lambda name: name.strip(".") and not {"/", "\0"} & set(name)), texts(), st.booleans())
def test_any_model_gives_a_spec_that_is_read_back(name: str, key: str, elsewhere: bool) -> None:
    path = (Path("/data/a/b") if elsewhere else FOLDER) / name
    text = spec_text(model(name, path=path, inputs=(key, f"{key}\n")), folder=FOLDER)

    spec = load_spec(text)
    found = spec.served_models[0].parsed_source
    assert isinstance(found, LocalSource)
    assert found.directory(FOLDER).resolve() == path
    assert all(line.startswith("#") for line in text.split("apiVersion: ")[0].splitlines() if line)


def test_a_file_is_never_replaced_unasked(tmp_path: Path) -> None:
    file = tmp_path / "tfk8s.yaml"
    file.write_text("mine\n")

    with pytest.raises(InputError, match="exists") as caught:
        write_spec("new\n", file)

    assert file.read_text() == "mine\n"
    assert "--force" in str(caught.value.hint)


def test_force_replaces_the_file_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text("old\n")
    link = tmp_path / "tfk8s.yaml"
    link.symlink_to("real.yaml")

    write_spec("new\n", link, force=True)

    assert link.is_symlink()
    assert (tmp_path / "real.yaml").read_text() == "new\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["real.yaml", "tfk8s.yaml"]


def test_a_dangling_link_counts_as_a_file(tmp_path: Path) -> None:
    link = tmp_path / "tfk8s.yaml"
    link.symlink_to("gone.yaml")

    with pytest.raises(InputError, match="exists"):
        write_spec("new\n", link)


def test_what_a_killed_run_left_is_written_over(tmp_path: Path) -> None:
    (tmp_path / ".tfk8s.yaml.partial").write_text("half of a sp")

    write_spec("new\n", tmp_path / "tfk8s.yaml")

    assert [path.name for path in tmp_path.iterdir()] == ["tfk8s.yaml"]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot write .*: No such file or directory"):
        write_spec("new\n", tmp_path / "absent" / "tfk8s.yaml")
    with pytest.raises(InputError, match=r"cannot write .*directory"):
        write_spec("new\n", tmp_path, force=True)
