"""Images as their registry knows them, beside what the nodes say of them.

The registry is asked from this computer, with the login that it has; nodes have others. So what it refuses here is no
error of the service, and what it has here may still be refused to the nodes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from tfk8s.diagnose.catalogue import found
from tfk8s.diagnose.finding import Finding
from tfk8s.diagnose.pulls import REASONS, pull_failure
from tfk8s.manifest import JsonObject
from tfk8s.manifest.evidence import Evidence
from tfk8s.manifest.fields import object_at, objects_at, text_at, value_at
from tfk8s.manifest.registry_answer import ImageAnswer, ImageState
from tfk8s.manifest.snapshot import Snapshot, is_leaving, name_of
from tfk8s.names.registry import closed_registry

_ARCHITECTURE: Final = "kubernetes.io/arch"
_CONTAINERS: Final = ("initContainers", "containers")
_STATUSES: Final = ("initContainerStatuses", "containerStatuses")
_LOCAL: Final = "tfk8s.local/"
"""Images that are only ever loaded onto nodes."""


def images_to_ask(evidence: Evidence) -> tuple[str, ...]:
    """Images of the Deployment that nodes have from a registry, or want to have; not those loaded onto the nodes."""
    named = dict.fromkeys(
        text_at(each, "image") for each in _containers(evidence) if text_at(each, "imagePullPolicy") != "Never"
    )
    return tuple(
        image for image in named if image and not image.startswith(_LOCAL) and _is_pulled(image, evidence.snapshot)
    )


def not_known_yet(evidence: Evidence) -> Iterator[str]:
    """What nobody can tell of the images that pods would run, while there are none."""
    there = {answer.image for answer in evidence.images if answer.state is ImageState.PRESENT}
    for image in dict.fromkeys(text_at(each, "image") for each in _containers(evidence)):
        if image in there:
            yield f"the registry has {image}; whether the nodes may pull it shows once there are pods"
        elif image not in {answer.image for answer in evidence.images}:
            yield f"no registry is asked for {image}, which nodes have or are given; whether each has it is not known"


def _containers(evidence: Evidence) -> tuple[JsonObject, ...]:
    template = object_at(evidence.deployment, "spec", "template", "spec")
    return tuple(each for key in _CONTAINERS for each in objects_at(template, key))


def _is_pulled(image: str, snapshot: Snapshot) -> bool:
    statuses = [*_statuses(snapshot, image)]
    if any(_waits(status) or _digest(status) for status in statuses):
        return True
    has_run = any(text_at(status, "imageID") for status in statuses)
    return not has_run and not any(image in _names(node) for node in snapshot.nodes)


def _names(node: JsonObject) -> set[str]:
    """The images that a node has, also as people write them who leave Docker Hub's name out."""
    lists = [value_at(each, "names") for each in objects_at(node, "status", "images")]
    names = {str(name) for each in lists if isinstance(each, list) for name in each}
    return names | {name.removeprefix("docker.io/").removeprefix("library/") for name in names}


def _statuses(snapshot: Snapshot, image: str) -> Iterator[JsonObject]:
    for pod in snapshot.new_pods:
        yield from _of_pod(pod, image)


def _of_pod(pod: JsonObject, image: str) -> Iterator[JsonObject]:
    """The states of the pod's containers that were asked to run the image."""
    for key, states in zip(_CONTAINERS, _STATUSES, strict=True):
        asked = {text_at(each, "name") for each in objects_at(pod, "spec", key) if text_at(each, "image") == image}
        yield from (each for each in objects_at(pod, "status", states) if text_at(each, "name") in asked)


def _waits(status: JsonObject) -> bool:
    return text_at(status, "state", "waiting", "reason") in REASONS


def _digest(status: JsonObject) -> str:
    """By which the node has it from a registry; "" for an image that was loaded onto it."""
    return text_at(status, "imageID").partition("@")[2]


def find_in_images(evidence: Evidence) -> Iterator[Finding]:
    """What only the registry tells, and pods that run different images under one name."""
    for answer in evidence.images:
        statuses = [*_statuses(evidence.snapshot, answer.image)]
        if not any(map(_waits, statuses)):
            digests = {digest for status in statuses if (digest := _digest(status))}
            yield from _judged(answer, digests=digests, evidence=evidence)
    yield from _skewed(evidence.snapshot)


def _judged(answer: ImageAnswer, *, digests: set[str], evidence: Evidence) -> Iterator[Finding]:
    place = f"Deployment/{name_of(evidence.deployment)}"
    if answer.state is ImageState.PRESENT:
        if missing := _lacks_platform(answer, evidence=evidence):
            yield missing
        elif digests and answer.digests and digests.isdisjoint(answer.digests) and "@" not in answer.image:
            yield _moved(answer, digests=digests, place=place)
    elif answer.state is ImageState.ABSENT and digests:
        yield found(
            "image-vanished",
            place=place,
            cause=f"the registry has no image {answer.image} any more: pods run what their nodes have kept, and "
            "another node cannot pull it",
            fix=_gone_fix(answer.image) or "push it again, and keep the registry's clean-up from images that run",
            evidence=(answer.words,),
        )
    elif answer.state is ImageState.ABSENT:
        yield found(
            "image-absent",
            place=place,
            cause=f"the registry has no image {answer.image}",
            fix=_gone_fix(answer.image) or "push it (`tfk8s image push`), or correct its name",
            evidence=(answer.words,),
        )
    else:
        yield found(
            "unread",
            place="registry",
            cause=f"the registry does not let this computer read {answer.image}: whether it is there is not known"
            if answer.state is ImageState.DENIED
            else f"the registry of {answer.image} gives this computer no answer: whether it is there is not known",
            fix="log in there (docker login, or gcloud auth application-default login) to have it looked at"
            if answer.state is ImageState.DENIED
            else "look from where the registry can be reached, or trust what the nodes say",
            evidence=(answer.words,),
        )


def _gone_fix(image: str) -> str:
    closed = closed_registry(image)
    return f"{closed.hint}: gcr.io works only where Artifact Registry hosts it" if closed else ""


def _moved(answer: ImageAnswer, *, digests: set[str], place: str) -> Finding:
    return found(
        "image-moved",
        place=place,
        cause=f"{answer.image} leads to another image now than the one that its pods run: the next pod may differ "
        "from the others",
        fix="name the image by its digest (image.digest), or under a new tag, and roll it out",
        evidence=(f"pods run {', '.join(sorted(digests))}", f"the registry has {answer.digests[0]}"),
    )


def _lacks_platform(answer: ImageAnswer, *, evidence: Evidence) -> Finding | None:
    wanted = _architectures(evidence)
    offered = {platform.partition("/")[2] for platform in answer.platforms if platform.startswith("linux/")}
    if not wanted or not answer.platforms or wanted & offered:
        return None
    return found(
        "image-platform",
        place=f"Deployment/{name_of(evidence.deployment)}",
        cause=f"{answer.image} is for {', '.join(answer.platforms)}, and the nodes are linux/"
        + ", linux/".join(sorted(wanted)),
        fix="build the image for the nodes (`tfk8s image push` does for linux/amd64, whatever computer it runs on), or "
        "add such nodes",
        evidence=(f"platforms in the registry: {', '.join(answer.platforms)}",),
        is_final=True,
    )


def _architectures(evidence: Evidence) -> set[str]:
    """Of the nodes where pods of the service may go."""
    chosen = object_at(evidence.deployment, "spec", "template", "spec", "nodeSelector").get(_ARCHITECTURE)
    if chosen:
        return {str(chosen)}
    labels = [object_at(node, "metadata", "labels").get(_ARCHITECTURE) for node in evidence.snapshot.nodes]
    return {str(label) for label in labels if label}


def _skewed(snapshot: Snapshot) -> Iterator[Finding]:
    """Pods of one template whose one name led to different images."""
    template = object_at(snapshot.deployment, "spec", "template", "spec")
    for image in dict.fromkeys(text_at(each, "image") for each in objects_at(template, "containers")):
        pods: dict[str, list[str]] = {}
        for pod in snapshot.new_pods:
            for status in _of_pod(pod, image):
                if not is_leaving(pod) and (digest := _digest(status)):
                    pods.setdefault(digest, []).append(name_of(pod))
        if len(pods) > 1:
            yield found(
                "image-skew",
                place=f"Deployment/{name_of(snapshot.deployment or {})}",
                cause=f"its pods run {len(pods)} different images under the one name {image}",
                fix="name the image by its digest (image.digest) and roll it out; a tag that is pushed again never "
                "reaches nodes that have it",
                evidence=tuple(f"{', '.join(names)}: {digest}" for digest, names in sorted(pods.items())),
            )


def with_registry(finding: Finding, *, evidence: Evidence) -> Finding:
    """A pull that failed, with what the registry says of the image beside what the node says."""
    pod = next((each for each in evidence.snapshot.pods if f"Pod/{name_of(each)}" == finding.place), None)
    answer = _answer_for(pod, evidence.images) if pod is not None else None
    if answer is None:
        return finding
    told = replace(finding, evidence=(*finding.evidence, f"asked from this computer: {answer.words}"))
    missing = _lacks_platform(answer, evidence=evidence) if answer.state is ImageState.PRESENT else None
    if missing is not None:
        return replace(missing, place=finding.place, evidence=told.evidence, is_final=finding.is_final)
    if finding.code != "image-pull":
        return told
    if answer.state is ImageState.ABSENT:
        known = pull_failure(answer.image, reason="ErrImagePull", words="404 Not Found", place=finding.place)
        return replace(told, code=known.code, cause=known.cause, fix=known.fix)
    if answer.state is ImageState.PRESENT:
        return replace(
            told,
            cause=f"{finding.cause}, though the registry has it and lets this computer read it",
            fix="see that the nodes reach the registry, and give them the right to read it (roles/"
            "artifactregistry.reader, or a Secret in image.pullSecrets)",
        )
    return told


def _answer_for(pod: JsonObject, answers: Sequence[ImageAnswer]) -> ImageAnswer | None:
    return next((each for each in answers if any(_waits(status) for status in _of_pod(pod, each.image))), None)
