"""What to warn of: things that the spec may say, and that will not do what its author expects."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tfk8s.names.registry import closed_registry
from tfk8s.render.exposure_advice import exposure_warnings
from tfk8s.render.facts import Facts
from tfk8s.render.image import is_baked
from tfk8s.render.result import RenderWarning
from tfk8s.render.sizing import MIB, UNKNOWN_MODEL_BYTES
from tfk8s.spec import Autoscaled, ClaimSource

_RELEASE = re.compile(r"([0-9]+)\.([0-9]+)")


def warnings(facts: Facts) -> tuple[RenderWarning, ...]:
    """Everything worth knowing before the manifests are applied."""
    return (
        *_memory(facts),
        *_releases(facts),
        *_image(facts),
        *_registry(facts),
        *exposure_warnings(facts),
        *_cluster(facts),
        *_rollout(facts),
        *_scaling(facts),
    )


def _scaling(facts: Facts) -> Iterator[RenderWarning]:
    scaling = facts.spec.scaling
    if isinstance(scaling, Autoscaled) and scaling.model_fields_set & {"source", "wake", "behavior"}:
        from tfk8s.render.scaling_advice import scaling_warnings  # few services have any of these

        yield from scaling_warnings(facts)


def _cluster(facts: Facts) -> Iterator[RenderWarning]:
    if facts.spec.gke_cluster is not None:
        from tfk8s.render.cluster_advice import cluster_warnings  # knows all machines; most specs describe no cluster

        yield from cluster_warnings(facts)


def _memory(facts: Facts) -> Iterator[RenderWarning]:
    unknown = [model.name for model in facts.models if not model.load.is_known]
    needed = facts.computed_memory
    if facts.spec.resources.memory == "auto" and unknown:
        yield RenderWarning(
            code="size-unknown",
            message=f"the size of {', '.join(unknown)} cannot be seen from here; memory is computed for "
            f"{UNKNOWN_MODEL_BYTES // MIB} MiB on disk each",
            hint="set resources.memory, or give what `tfk8s inspect -o json` said of it with --model-info",
        )
    if not unknown and facts.memory.value < needed.value:
        yield RenderWarning(
            code="memory-low",
            message=f"resources.memory is {facts.memory_quantity}, and the models need {needed.value // MIB}Mi "
            f"({needed.reason})",
            hint="set resources.memory to auto, or the server may be killed when a version is added",
        )


def _releases(facts: Facts) -> Iterator[RenderWarning]:
    server = facts.spec.server_release
    for model in facts.models:
        latest = model.info.latest if model.info is not None else None
        found = _RELEASE.match(latest.tensorflow_version or "") if latest is not None else None
        if latest is None or found is None or server is None or (int(found[1]), int(found[2])) <= server:
            continue
        yield RenderWarning(
            code="server-older",
            message=f"model {model.name} was written by TensorFlow {latest.tensorflow_version}, and "
            f"{facts.spec.image.base} is release {server[0]}.{server[1]}",
            hint="a newer image.base knows every operation of the model; an older one may fail to load it",
        )


def _image(facts: Facts) -> Iterator[RenderWarning]:
    if is_baked(facts.spec) and facts.options.image is None and not facts.spec.image.digest:
        yield RenderWarning(
            code="image-not-built",
            message=f"{facts.image} stands for an image with the model, which may not have been built yet",
            hint="`tfk8s up` or `tfk8s image push` builds it; for one of your own give --image REPOSITORY@DIGEST or "
            "set image.digest",
        )


def _registry(facts: Facts) -> Iterator[RenderWarning]:
    if closed := closed_registry(facts.image):
        yield RenderWarning(code="registry-closed", message=closed.message, hint=closed.hint)


def _rollout(facts: Facts) -> Iterator[RenderWarning]:
    if facts.spec.resources.gpu and facts.least_pods <= 1:
        yield RenderWarning(
            code="gpu-gap",
            message="with one GPU pod a roll-out interrupts the service: the old pod goes first",
            hint="two pods at least, each with its GPU, keep it answering",
        )
    for model in facts.models:
        if isinstance(model.source, ClaimSource):
            yield RenderWarning(
                code="claim-access",
                message=f"claim {model.source.claim} of model {model.name} is mounted by several pods at once, if only "
                "in a roll-out: a ReadWriteOnce claim lets those on other nodes wait for ever",
                hint="use a claim that is ReadOnlyMany or ReadWriteMany",
            )
    if not facts.situation.drain_s:
        yield RenderWarning(
            code="no-drain",
            message="lifecycle.drainSeconds is 0: requests may be sent to a pod that is already gone",
            hint="15 s let endpoints and load balancers forget a pod first",
        )
