"""Reading as a whole: what is required before a deployment, the digest, and the form as data."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.model.savedmodels import Version, graph, init_op, saved_model, signature, tensor, with_variables
from tfk8s.errors import InputError
from tfk8s.model import DType, content_digest, from_json, read_model, require_servable, to_json

GOLDEN = Path(__file__).with_name("model.json")


@contextlib.contextmanager
def _without_rights() -> Iterator[Path]:
    """A folder that anybody may look into; within the block this process is not root."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@contextlib.contextmanager
def _as_nobody() -> Iterator[None]:
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_servable_model_is_handed_through(tmp_path: Path) -> None:
    Version().write(tmp_path / "1")
    info = read_model(tmp_path)

    assert require_servable(info) is info
    assert require_servable(info, versions=(1,)) is info


def test_a_broken_model_is_refused_with_the_finding_its_place_and_its_remedy(tmp_path: Path) -> None:
    with_variables(data_bytes=0, files={"assets.extra/tf_serving_warmup_requests": b"?"}).write(tmp_path / "1")

    with pytest.raises(InputError, match=r"cannot be served: .*\(.*/1/.*\)") as caught:
        require_servable(read_model(tmp_path))

    assert caught.value.hint is not None
    assert len(caught.value.details) == 1
    assert caught.value.exit_code == 3


def test_only_the_versions_that_are_wanted_must_be_whole(tmp_path: Path) -> None:
    Version(graph_bytes=b"").write(tmp_path / "1")
    Version().write(tmp_path / "2")
    info = read_model(tmp_path)

    assert require_servable(info) is info
    with pytest.raises(InputError, match=r"saved_model\.pb is empty"):
        require_servable(info, versions=(1, 2))


def test_a_version_that_does_not_exist_is_refused_with_those_that_do(tmp_path: Path) -> None:
    Version().write(tmp_path / "1")

    with pytest.raises(InputError, match="no version 7") as caught:
        require_servable(read_model(tmp_path), versions=(7,))

    assert caught.value.hint == "versions in the directory: 1"


def test_a_missing_directory_is_refused_by_its_own_finding(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is nothing at"):
        require_servable(read_model(tmp_path / "nope"))


def test_size_counts_every_file_and_the_largest_version_decides(tmp_path: Path) -> None:
    Version(graph_bytes=saved_model(), files={"assets/a/b.txt": bytes(1000)}).write(tmp_path / "1")
    Version(graph_bytes=saved_model()).write(tmp_path / "2")
    (tmp_path / "2" / "link").symlink_to(tmp_path / "1" / "assets" / "a" / "b.txt")

    info = read_model(tmp_path)

    size = 1000 + len(saved_model())
    assert [version.size_bytes for version in info.versions] == [size, size]
    assert info.largest_size_bytes == size


def test_findings_come_worst_first(tmp_path: Path) -> None:
    found = graph(operations=("ReadFile", "PyFunc"), tensorflow_version="")
    Version(graph_bytes=saved_model(found)).write(tmp_path / "1")

    severities = [finding.severity.value for finding in read_model(tmp_path).findings]

    assert severities == ["error", "warning", "note"]


def test_a_directory_without_rights_is_named() -> None:
    with _without_rights() as folder:
        Version().write(folder / "model" / "1")
        (folder / "model").chmod(0o000)
        with _as_nobody():
            info = read_model(folder / "model")
        (folder / "model").chmod(0o755)

    (finding,) = info.findings
    assert finding.code == "path-unreadable"
    assert "permission denied" in finding.message
    assert "chmod" in finding.remedy


@pytest.mark.parametrize("name", ["saved_model.pb", "variables/variables.index", "variables"])
def test_a_file_without_rights_is_named(name: str) -> None:
    with _without_rights() as folder:
        version = with_variables().write(folder / "model" / "1")
        (version / name).chmod(0o000)
        with _as_nobody():
            info = read_model(folder / "model")
        (version / name).chmod(0o755)

    unreadable = [finding for finding in info.findings if finding.code == "path-unreadable"]
    assert str(version / name) in {finding.where for finding in unreadable}
    assert not info.servable


def test_a_directory_whose_children_may_not_be_looked_at_is_a_finding() -> None:
    with _without_rights() as folder:
        Version().write(folder / "model" / "1")
        Version().write(folder / "model" / "v2")
        (folder / "model").chmod(0o444)
        with _as_nobody():
            info = read_model(folder / "model")
        (folder / "model").chmod(0o755)

    assert not info.servable


def test_a_pipe_in_place_of_the_graph_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    os.mkfifo(tmp_path / "1" / "saved_model.pb")

    info = read_model(tmp_path)

    assert [finding.code for finding in info.findings] == ["path-unreadable"]
    assert "not a regular file" in info.findings[0].message


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    version = Version().write(tmp_path / "1")
    (version / "assets").mkdir()
    for name in ("a", "b"):
        (version / "assets" / name).symlink_to(version / "assets")

    info = read_model(tmp_path)

    assert [finding.code for finding in info.findings] == ["path-unreadable"]
    assert "circle" in info.findings[0].message


def test_a_very_deep_tree_is_a_finding(tmp_path: Path) -> None:
    deep = Version().write(tmp_path / "1") / "/".join("d" * 100)
    deep.mkdir(parents=True)

    assert [finding.code for finding in read_model(tmp_path).findings] == ["path-unreadable"]


def test_the_digest_follows_contents_and_names_alone(tmp_path: Path) -> None:
    for number in "12345":
        with_variables().write(tmp_path / number)
    (tmp_path / "2" / "empty").mkdir()
    (tmp_path / "3" / "assets").mkdir()
    (tmp_path / "3" / "assets" / "a.txt").touch()
    (tmp_path / "4" / "variables" / "variables.data-00000-of-00001").write_bytes(b"\1" * 8)
    (tmp_path / "5" / "saved_model.pb").rename(tmp_path / "5" / "renamed.pb")

    digests = [content_digest(version) for version in read_model(tmp_path).versions]

    assert digests[0].startswith("sha256:")
    assert len(digests[0]) == 7 + 64
    assert digests[0] == digests[1]
    assert len(set(digests)) == 4


def test_the_digest_does_not_mix_up_a_name_with_contents(tmp_path: Path) -> None:
    Version(files={"ab": b"c"}).write(tmp_path / "1")
    Version(files={"a": b"bc"}).write(tmp_path / "2")

    first, second = (content_digest(version) for version in read_model(tmp_path).versions)

    assert first != second


def test_a_digest_of_what_has_gone_is_refused(tmp_path: Path) -> None:
    version = read_model(Version().write(tmp_path / "1").parent).versions[0]
    (tmp_path / "1" / "saved_model.pb").unlink()
    (tmp_path / "1").rmdir()

    with pytest.raises(InputError, match="cannot be read: no such file"):
        content_digest(version)


def _rich_model(base: Path) -> Path:
    signatures = {
        "serving_default": signature(
            {"image": tensor("image:0", shape=(-1, 224, 224, 3)), "any": tensor("a:0", shape=None)},
            {"label": tensor("label:0", dtype=DType.DT_STRING, shape=())},
        ),
        "__saved_model_init_op": init_op(),
    }
    operations = ("VarHandleOp", "ReadVariableOp", "ReadFile")
    Version(
        graph_bytes=saved_model(graph(signatures=signatures, operations=operations)),
        files=with_variables().files,
    ).write(base / "00000007")
    return base


def test_the_form_as_data_is_the_one_that_is_checked_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    written = json.dumps(to_json(read_model(_rich_model(Path("model")))), indent=2) + "\n"

    assert written == GOLDEN.read_text("utf-8")


def test_the_form_as_data_is_read_back_whole(tmp_path: Path) -> None:
    info = read_model(_rich_model(tmp_path))

    assert from_json(json.loads(json.dumps(to_json(info)))) == info


def test_a_finding_of_a_version_is_read_back_whole(tmp_path: Path) -> None:
    Version(graph_bytes=b"").write(tmp_path / "3")
    info = read_model(tmp_path)

    assert info.findings[0].version == 3
    assert from_json(to_json(info)) == info


@pytest.mark.parametrize(
    ("key", "value", "error"),
    [
        ("name", 1, TypeError),
        ("versions", {}, TypeError),
        ("versions", ["1"], TypeError),
        ("findings", [{"code": "x"}], KeyError),
    ],
)
def test_data_of_another_form_is_refused(key: str, value: object, error: type[Exception]) -> None:
    data = json.loads(GOLDEN.read_text("utf-8"))
    data[key] = value

    with pytest.raises(error):
        from_json(data)


@pytest.mark.parametrize(("part", "value"), [("dtype", "float32"), ("shape", ["1"]), ("encoding", "dens")])
def test_an_unknown_word_in_a_tensor_is_refused(part: str, value: object) -> None:
    data = json.loads(GOLDEN.read_text("utf-8"))
    data["versions"][0]["graphs"][0]["signatures"][1]["inputs"][0][part] = value

    with pytest.raises((TypeError, ValueError)):
        from_json(data)
