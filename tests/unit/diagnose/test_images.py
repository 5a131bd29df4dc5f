"""Which registries are asked, and what their answers mean beside what the nodes say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.diagnose.evidences import changed, codes_of, findings_of, only, recorded
from tfk8s.diagnose.images import images_to_ask
from tfk8s.manifest.evidence import Evidence
from tfk8s.manifest.evidence_form import as_data, from_data
from tfk8s.manifest.registry_answer import ImageAnswer, ImageState

IMAGE = "registry.test/half:1"
OLD = "gcr.io/project/half:1"
ONE, TWO = (f"sha256:{digit * 64}" for digit in "12")


def named(image: str, *, image_id: str = "", waits: str = "") -> Callable[[Any], None]:
    """One image in the template and in the pods; `waits` holds the words of a pull that fails."""

    def change(data: Any) -> None:
        data["deployment"]["spec"]["template"]["spec"]["containers"][0]["image"] = image
        for pod in data["pods"]:
            pod["spec"]["containers"][0]["image"] = image
            (status,) = pod["status"]["containerStatuses"]
            status["imageID"] = image_id
            if waits:
                status.update({"image": image, "state": {"waiting": {"reason": "ImagePullBackOff", "message": waits}}})
                conditions = pod["status"]["conditions"]
                pod["status"]["conditions"] = [each for each in conditions if each["type"] != "Ready"]

    return change


def answer(
    state: ImageState, *, image: str = IMAGE, digests: tuple[str, ...] = (), platforms: tuple[str, ...] = ()
) -> ImageAnswer:
    return ImageAnswer(image=image, state=state, digests=digests, platforms=platforms, words="the registry's words")


def with_answer(evidence: Evidence, said: ImageAnswer) -> Evidence:
    return replace(evidence, images=(said,))


RUNS = changed(named(IMAGE, image_id=f"registry.test/half@{ONE}"))
WAITS = changed(named(IMAGE, waits="no words that tell anything"))
NOWHERE = replace(RUNS, snapshot=replace(RUNS.snapshot, pods=(), nodes=()))


def test_images_that_nodes_have_or_want_from_a_registry_are_asked_for() -> None:
    assert images_to_ask(RUNS) == (IMAGE,)
    assert images_to_ask(WAITS) == (IMAGE,)
    assert images_to_ask(NOWHERE) == (IMAGE,)


def loaded(data: Any) -> None:
    named("half:1")(data)
    data["pods"] = []
    data["objects"]["nodes"][0]["status"]["images"] = [{"names": ["docker.io/library/half:1"]}]


def never(data: Any) -> None:
    named(IMAGE)(data)
    data["deployment"]["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] = "Never"


def test_images_that_were_loaded_onto_nodes_are_not() -> None:
    by_id = changed(named(IMAGE, image_id=ONE))
    data = as_data(recorded("healthy"))
    loaded(data)

    assert images_to_ask(recorded("healthy")) == ()
    assert images_to_ask(by_id) == ()
    assert images_to_ask(from_data(data)) == ()
    assert images_to_ask(changed(never)) == ()


@pytest.mark.parametrize(
    ("evidence", "said", "expected"),
    [
        (RUNS, answer(ImageState.PRESENT, digests=(ONE,), platforms=("linux/amd64",)), []),
        (RUNS, answer(ImageState.PRESENT), []),
        (RUNS, answer(ImageState.PRESENT, digests=(TWO,)), ["image-moved"]),
        (RUNS, answer(ImageState.PRESENT, digests=(TWO, ONE)), []),
        (RUNS, answer(ImageState.ABSENT), ["image-vanished"]),
        (RUNS, answer(ImageState.DENIED), ["unread"]),
        (RUNS, answer(ImageState.UNANSWERED), ["unread"]),
        (RUNS, answer(ImageState.PRESENT, platforms=("linux/arm64",)), ["image-platform"]),
        (WAITS, answer(ImageState.ABSENT), ["image-absent"]),
        (WAITS, answer(ImageState.DENIED), ["image-pull"]),
        (WAITS, answer(ImageState.UNANSWERED), ["image-pull"]),
        (WAITS, answer(ImageState.PRESENT, platforms=("linux/amd64",)), ["image-pull"]),
        (WAITS, answer(ImageState.PRESENT, platforms=("linux/arm64", "windows/amd64")), ["image-platform"]),
        (NOWHERE, answer(ImageState.ABSENT), ["image-absent"]),
        (NOWHERE, answer(ImageState.PRESENT), []),
    ],
)
def test_each_answer_of_a_registry_has_one_meaning(evidence: Evidence, said: ImageAnswer, expected: list[str]) -> None:
    assert codes_of(with_answer(evidence, said)) == expected


def test_what_is_refused_here_is_told_apart_from_what_is_not_there_and_from_silence() -> None:
    told = {
        state: findings_of(with_answer(RUNS, answer(state)))[0].cause
        for state in (ImageState.ABSENT, ImageState.DENIED, ImageState.UNANSWERED)
    }

    assert "any more" in told[ImageState.ABSENT]
    assert "does not let this computer read" in told[ImageState.DENIED]
    assert "gives this computer no answer" in told[ImageState.UNANSWERED]


@pytest.mark.parametrize("state", ImageState)
def test_a_pull_that_fails_quotes_the_registry_beside_the_node(state: ImageState) -> None:
    (found,) = findings_of(with_answer(WAITS, answer(state)))

    assert found.place.startswith("Pod/")
    assert found.evidence == ("no words that tell anything", "asked from this computer: the registry's words")


def test_an_image_that_is_there_while_nodes_cannot_pull_it_is_a_matter_of_the_nodes() -> None:
    (found,) = findings_of(with_answer(WAITS, answer(ImageState.PRESENT)))

    assert "though the registry has it" in found.cause
    assert "roles/artifactregistry.reader" in found.fix


def test_a_cause_that_the_node_tells_is_kept() -> None:
    refused = changed(named(IMAGE, waits="403 Forbidden"))

    (found,) = findings_of(with_answer(refused, answer(ImageState.PRESENT)))

    assert found.code == "image-forbidden"
    assert found.evidence[-1] == "asked from this computer: the registry's words"


def test_an_image_of_the_old_registry_that_is_gone_is_told_where_to_go() -> None:
    """K08.1."""
    runs = changed(named(OLD, image_id=f"gcr.io/project/half@{ONE}"))

    found = only(with_answer(runs, answer(ImageState.ABSENT, image=OLD)), "image-vanished")

    assert "LOCATION-docker.pkg.dev/project/REPOSITORY/half" in found.fix


def test_an_image_named_by_its_digest_has_not_moved() -> None:
    image = f"registry.test/half@{ONE}"
    runs = changed(named(image, image_id=image))

    assert codes_of(with_answer(runs, answer(ImageState.PRESENT, image=image, digests=(TWO,)))) == []


def skewed(data: Any) -> None:
    named(IMAGE, image_id=f"registry.test/half@{ONE}")(data)
    (pod,) = data["pods"]
    other = {**pod, "metadata": {**pod["metadata"], "name": "other"}}
    (status,) = pod["status"]["containerStatuses"]
    other["status"] = {**pod["status"], "containerStatuses": [{**status, "imageID": f"registry.test/half@{TWO}"}]}
    data["pods"].append(other)


def test_pods_that_run_different_images_under_one_name_are_told() -> None:
    found = only(changed(skewed), "image-skew")

    assert IMAGE in found.cause
    assert f"other: {TWO}" in found.evidence


def test_answers_are_part_of_the_evidence_in_its_plain_form() -> None:
    said = answer(ImageState.PRESENT, digests=(ONE,), platforms=("linux/amd64",))

    assert from_data(as_data(with_answer(RUNS, said))).images == (said,)
