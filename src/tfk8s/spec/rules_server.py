"""Rules about the server: its flags, its release, batching, GPUs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfk8s.spec.burn import fastest_burn
from tfk8s.spec.flags import SERVER_FLAGS, FlagValue, Release, dotted, misfit
from tfk8s.spec.nearest import nearest
from tfk8s.spec.violation import Violation

if TYPE_CHECKING:
    from tfk8s.spec.service import ServiceSpec

_SESSION = "tensorflow_session_parallelism"
_POOLS = ("tensorflow_intra_op_parallelism", "tensorflow_inter_op_parallelism")


def collected_metrics_are_served(spec: ServiceSpec) -> Iterator[Violation]:
    """Metrics can be collected where they are served, by a cluster that has what collects them."""
    is_said = spec.monitoring.scrape != "auto"
    path = ("monitoring", "scrape") if is_said else ("serving", "podMonitoring")
    if is_said and spec.serving.pod_monitoring and spec.scrape != "podMonitoring":
        message = f"is {spec.scrape}, and serving.podMonitoring is true: leave one of the two out"
        yield Violation(path=path, message=message)
    if spec.scrape != "none" and not spec.serving.monitoring:
        yield Violation(path=path, message="needs monitoring: true, without which the server has no metrics")
    if spec.scrape == "serviceMonitor" and "rest" not in spec.expose.ports:
        message = "needs rest in expose.ports, where the server has its metrics; podMonitor does without"
        yield Violation(path=path, message=message)
    if spec.scrape == "podMonitoring":
        yield from _managed(spec, path)


def _managed(spec: ServiceSpec, path: tuple[str | int, ...]) -> Iterator[Violation]:
    if spec.kind_cluster is not None:
        yield Violation(path=path, message="needs GKE, and cluster.provider is kind")
    if spec.gke_cluster is not None and spec.gke_cluster.managed_prometheus is False:
        said = path[-1] if path[0] == "serving" else "scrape podMonitoring"
        yield Violation(path=("cluster", "managedPrometheus"), message=f"must be true: {path[0]}.{said} is")


def objectives_can_be_missed(spec: ServiceSpec) -> Iterator[Violation]:
    """The fastest alert asks for errors at a rate that there must be: no more than all requests can fail."""
    objective = spec.monitoring.objective
    if objective is None:
        return
    if not spec.serving.monitoring:
        message = "needs serving.monitoring: true, without which the server has no metrics"
        yield Violation(path=("monitoring", "objective"), message=message)
    least = 100 - 100 / fastest_burn(objective.window_days)
    given = [("availability", objective.availability)]
    if objective.latency_milliseconds is not None:
        given.append(("percentile", objective.percentile))
    for key, percent in given:
        if percent <= least:
            message = (
                f"is {percent:g}: with {objective.window_days} days the fastest alert would ask for more errors than "
                f"there are requests; write more than {least:.1f}"
            )
            yield Violation(path=("monitoring", "objective", key), message=message)


def flags_are_understood(spec: ServiceSpec) -> Iterator[Violation]:
    """The server ignores an unknown flag with a line in its log, and exits on a value of another kind."""
    for name, value in spec.serving.flags.items():
        message = _refusal(name, value, release=spec.server_release)
        if message:
            yield Violation(path=("serving", "flags", name), message=message)


def _refusal(name: str, value: FlagValue, *, release: Release | None) -> str | None:
    flag = SERVER_FLAGS.get(name)
    if flag is None:
        guess = nearest(name.lstrip("-").replace("-", "_"), SERVER_FLAGS)
        return "is no flag of tensorflow_model_server" + (f": did you mean {guess}?" if guess else "")
    if flag.instead is not None:
        return f"cannot be set here: {flag.instead}"
    if release is not None and release < flag.since:
        return f"exists since release {dotted(flag.since)}, image.base is {dotted(release)}: the server would ignore it"
    return misfit(flag, value)


def thread_pools_are_set_once(spec: ServiceSpec) -> Iterator[Violation]:
    """The session's own number and that of the two pools together end the server at its start."""
    flags = spec.serving.flags
    clashing = [name for name in _POOLS if flags.get(name)]
    if flags.get(_SESSION) and clashing:
        message = f"does not go with {' and '.join(clashing)}: give either this one or those"
        yield Violation(path=("serving", "flags", _SESSION), message=message)


def batches_fit(spec: ServiceSpec) -> Iterator[Violation]:
    """The server demands ascending sizes that end with the largest batch."""
    batching = spec.serving.batching
    if batching is None or not batching.allowed_batch_sizes:
        return
    sizes = batching.allowed_batch_sizes
    path = ("serving", "batching", "allowedBatchSizes")
    if list(sizes) != sorted(set(sizes)):
        yield Violation(path=path, message="must ascend, each size once")
    elif sizes[-1] != batching.max_batch_size:
        message = f"must end with maxBatchSize, which is {batching.max_batch_size}"
        yield Violation(path=path, message=message)


def gpus_have_their_image(spec: ServiceSpec) -> Iterator[Violation]:
    """The official image exists in two builds; the wrong one ignores the GPU or wants libraries that are not there."""
    if not spec.image.is_official or not spec.image.base_tag:
        return
    is_gpu_build = "gpu" in spec.image.base_tag.split("-")
    if spec.resources.gpu and not is_gpu_build:
        message = (
            f"needs a build with -gpu for resources.gpu: write {spec.image.base_repository}:{spec.image.base_tag}-gpu"
        )
        yield Violation(path=("image", "base"), message=message)
    if is_gpu_build and not spec.resources.gpu:
        message = "is a build for GPUs: give resources.gpu, or leave -gpu out of the tag"
        yield Violation(path=("image", "base"), message=message)
