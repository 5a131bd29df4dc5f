"""The files that a rollback writes: the spec as it was, pinned where the models here give another image."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.service import small_service
from tfk8s.app.git_change import GitChange, RestoredFolder, SpecChange, require_clean, spec_of_release, write_change
from tfk8s.errors import InputError, PreconditionError
from tfk8s.manifest import Manifests
from tfk8s.plan import Making, Revision
from tfk8s.render import RenderOptions, render
from tfk8s.spec import ServiceSpec, load_regions, load_spec

BUCKET = """\
apiVersion: tfk8s.dev/v1
name: resnet  # ours
model: {source: "gs://models/resnet"}
serviceAccount: {googleServiceAccount: none}
resources: {cpu: 100m, memory: 1Gi}
"""
BAKED = """\
apiVersion: tfk8s.dev/v1
name: resnet
model: {source: ./gone}
image:
  repository: r.example/team/resnet  # pushed by CI
resources: {cpu: 100m, memory: 1Gi}
"""
DIGEST = f"sha256:{'a' * 64}"


def release(text: str, *, manifests: Manifests | None = None, environment: str = "") -> Revision:
    made = manifests if manifests is not None else render(load_spec(text), {}).manifests
    return Revision(number=3, manifests=made, making=Making(spec=text, environment=environment))


def change(of: Revision, folder: Path) -> SpecChange:
    return spec_of_release(of, file=folder / "tfk8s.yaml", base=folder, minor=RenderOptions().kubernetes_minor)


def test_the_spec_comes_back_as_it_was_written(tmp_path: Path) -> None:
    made = change(release(BUCKET), tmp_path)

    assert made.text == BUCKET
    assert made.notes == ()
    assert made.is_needed
    assert write_change(GitChange(spec=made)) == (str(tmp_path / "tfk8s.yaml"),)
    assert (tmp_path / "tfk8s.yaml").read_text() == BUCKET
    assert not made.is_needed


def test_an_image_that_ran_by_digest_is_pinned_when_the_models_here_do_not_give_it(tmp_path: Path) -> None:
    manifests = small_service(image=f"r.example/team/resnet@{DIGEST}").manifests

    made = change(release(BAKED, manifests=manifests), tmp_path)

    assert made.text == BAKED.replace("# pushed by CI\n", f'# pushed by CI\n  digest: "{DIGEST}"\n')
    assert made.spec.image.digest == DIGEST
    assert any("could not be checked" in note for note in made.notes)


def test_what_the_written_spec_does_not_bring_back_is_said(tmp_path: Path) -> None:
    then = render(load_spec(BUCKET), {}).manifests
    image = replace(release(BUCKET), manifests=render(_based(BUCKET, "tensorflow/serving:2.19.0"), {}).manifests)
    more = release(BUCKET + "environments: {prod: {namespace: prod}}\n", manifests=then)

    (said, *_) = change(image, tmp_path).notes
    (also,) = change(more, tmp_path).notes

    assert "give the image tensorflow/serving:2.20.0, and release 3 ran tensorflow/serving:2.19.0" in said
    assert "its other environments too" in also


def _based(text: str, base: str) -> ServiceSpec:
    return load_spec(f"{text}image: {{base: '{base}'}}\n")


def test_a_release_whose_spec_is_not_known_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the spec of release 3 is not known") as refused:
        change(Revision(number=3, manifests=small_service().manifests), tmp_path)

    assert "--no-write" in (refused.value.hint or "")


def test_a_folder_comes_back_byte_by_byte_and_what_is_not_there_then_goes(tmp_path: Path) -> None:
    (tmp_path / "late.yaml").write_text("late")
    (tmp_path / "same.yaml").write_bytes(b"same")
    folder = RestoredFolder(
        folder=tmp_path, files={"deep/x.json": b"\xff\x00", "same.yaml": b"same"}, gone=("late.yaml",)
    )

    written = write_change(GitChange(files=folder))

    assert written == (str(tmp_path / "deep" / "x.json"), str(tmp_path / "late.yaml"))
    assert (tmp_path / "deep" / "x.json").read_bytes() == b"\xff\x00"
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["same.yaml", "x.json"]


def test_no_repository_is_refused_with_the_ways_around(tmp_path: Path) -> None:
    def nowhere(path: Path) -> object:
        raise PreconditionError(f"{path} is in no repository", hint="git init")

    with pytest.raises(PreconditionError) as refused:
        require_clean((tmp_path / "tfk8s.yaml",), repository_of=nowhere)  # type: ignore[arg-type]

    assert refused.value.hint == "git init; --no-write leaves files alone, --write-to FILE writes the spec elsewhere"


def test_what_is_as_it_is_to_be_already_is_known(tmp_path: Path) -> None:
    spec = change(release(BUCKET), tmp_path)
    (tmp_path / "out").mkdir()
    folder = RestoredFolder(folder=tmp_path / "out", files={"a.yaml": b"a"}, gone=())
    made = GitChange(spec=spec, files=folder)

    before = made.kept
    write_change(made)

    assert before == ()
    assert made.kept == (spec.file, folder.folder)
    assert made.paths == ()


def test_a_release_of_a_region_is_held_against_the_spec_there(tmp_path: Path) -> None:
    """Of another region, the note would say that its replicas do not come back."""
    text = (
        BUCKET + "regions: {europe: {context: a, scaling: {replicas: 2}}, us: {context: b, scaling: {replicas: 3}}}\n"
    )
    us = load_regions(text)[1].spec
    of = release(text, manifests=render(us, {}).manifests)

    made = spec_of_release(
        of, file=tmp_path / "tfk8s.yaml", base=tmp_path, minor=RenderOptions().kubernetes_minor, region="us"
    )

    assert made.spec == us
    assert [note.split(" goes back, ")[1] for note in made.notes] == ["what it says of the other regions too"]
