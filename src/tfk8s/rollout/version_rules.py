"""Rules about the versions of one model on one pod. Each says what is seen, why, and what really ends it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from tfk8s.manifest.server_config import ModelConfig
from tfk8s.rollout.reports import Configuration, FleetFinding, ModelOnPod, PodReport
from tfk8s.rollout.states import ServingState, VersionState

OLD_REVISION = ("it is of an older revision of its Deployment and is being replaced", "wait until the rollout is done")
OLDER_CONFIGURATION = (
    "its server runs with an older configuration than the ConfigMap has: it reads the file once, when it starts",
    "`kubectl rollout restart` of its Deployment makes new pods, one by one and without loss",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelView:
    """What is wanted of a model, and what the pods of a component together have of it.

    Attributes:
        config: what the configuration says, None when it is not known.
        available: the versions that any pod serves.
        wanted: the versions that every pod should serve.
    """

    model: str
    config: ModelConfig | None
    available: frozenset[int]
    wanted: frozenset[int]

    @classmethod
    def of(cls, model: str, *, config: ModelConfig | None, pods: Sequence[PodReport]) -> ModelView:
        """Put together what a configuration and its pods say; `latest` wants the highest version that any serves."""
        found = (pod.model(model) for pod in pods)
        available = frozenset(number for each in found if each is not None for number in each.available)
        wanted = available
        if config is not None and isinstance(config.versions, tuple):
            wanted = frozenset(config.versions)
        elif config is not None and config.versions == "latest":
            wanted = frozenset({max(available)}) if available else frozenset()
        return cls(model=model, config=config, available=available, wanted=wanted)

    @property
    def base_path(self) -> str:
        """The directory of its versions, "" when it is not known."""
        return self.config.base_path if self.config is not None else ""

    @property
    def names_versions(self) -> bool:
        """Whether the configuration lists its versions one by one."""
        return self.config is not None and isinstance(self.config.versions, tuple)

    def awaits(self, state: VersionState) -> bool:
        """Whether a version that no pod serves would be served, had its load succeeded or come to its end."""
        if not (state.has_failed or state.is_coming):
            return False  # a version whose directory was taken away stays in the list of the server as ended
        if self.config is None or self.config.versions == "latest":
            return state.number > max(self.available, default=0)
        return self.config.versions == "all" or state.number in self.wanted


def version_findings(
    on_pod: ModelOnPod, *, pod: PodReport, view: ModelView, before: ModelOnPod | None
) -> Iterator[FleetFinding]:
    """What is wrong with the versions of one model on one pod.

    Args:
        on_pod: what the pod's server says of the model.
        pod: the pod.
        view: what is wanted, and what the other pods have.
        before: what the same server said a while ago.
    """
    seen = {state.number: state for state in on_pod.versions}
    for number in sorted(view.wanted | set(seen)):
        state = seen.get(number)
        if number in view.wanted or (state is not None and view.awaits(state)):
            finding = _wanted(number, state, pod=pod, view=view)
        else:
            assert state is not None  # noqa: S101 - what is not wanted was seen
            was = before.version(number) if before is not None else None
            finding = _unwanted(state, pod=pod, view=view, was=was)
        if finding is not None:
            yield finding
    if not view.wanted and not any(state.is_in_memory for state in on_pod.versions):
        yield _nothing(pod, view=view)


def _wanted(number: int, state: VersionState | None, *, pod: PodReport, view: ModelView) -> FleetFinding | None:
    made = partial(FleetFinding, place=f"Pod/{pod.name}", model=view.model, version=number)
    named = f"version {number} of {view.model}"
    if state is None:
        cause, remedy = _why_absent(number, pod=pod, view=view)
        return made(
            code="version-absent",
            symptom=f"{named} is not there{_elsewhere(number, view)}",
            cause=cause,
            remedy=remedy,
            is_passing=not pod.is_new,
        )
    if state.is_available:
        return None
    if state.has_failed:
        return made(
            code="load-failed",
            symptom=f"{named} could not be loaded and is not tried again{_elsewhere(number, view)}",
            cause=f"{state.error_code}: {state.error_message}" if state.error_message else state.error_code,
            remedy=_after_failure(number, pod=pod, view=view),
        )
    if state.is_coming or state.state is ServingState.UNKNOWN:
        return made(
            code="version-loading",
            symptom=f"{named} is not served yet{_elsewhere(number, view)}",
            cause=f"its server is loading it (state {state.state.value})",
            remedy="wait; a load that fails is told here as load-failed",
            is_passing=True,
        )
    cause, remedy = _why_unloaded(number, pod=pod, view=view)
    return made(
        code="version-unloaded",
        symptom=f"{named} was unloaded (state {state.state.value}){_elsewhere(number, view)}",
        cause=cause,
        remedy=remedy,
        is_passing=not pod.is_new,
    )


def _unwanted(state: VersionState, *, pod: PodReport, view: ModelView, was: VersionState | None) -> FleetFinding | None:
    """A version that the configuration does not ask for: it should be on its way out, or gone."""
    made = partial(FleetFinding, place=f"Pod/{pod.name}", model=view.model, version=state.number)
    named = f"version {state.number} of {view.model}"
    seen = "served" if state.is_available else "loaded"
    stays = was is not None and was.state is state.state
    if state.state is ServingState.UNLOADING:
        return made(
            code="unloading-stuck" if stays else "version-unloading",
            symptom=f"{named} is being unloaded{' and does not end' if stays else ''}: it still takes memory",
            cause="a server unloads a version when the last request to it is answered",
            remedy=f"a request that never ends keeps it: `{pod.deletion}` once others take its requests"
            if stays
            else "wait until the requests to it are answered",
            is_passing=not stays,
        )
    if not state.is_available and not state.is_coming:
        return None
    if view.names_versions:
        cause, remedy = _why_older(pod) or (
            "its server was told another configuration than the ConfigMap has",
            f"`{pod.deletion}`; a new server reads the ConfigMap",
        )
        return made(
            code="version-unwanted",
            symptom=f"{named} is {seen}, and the configuration does not name it",
            cause=cause,
            remedy=remedy,
            is_passing=not pod.is_new,
        )
    if state.is_coming or not view.available & view.wanted & _served_by(pod, view):
        return None  # it is the only one there, and what is missing beside it has been said
    return made(
        code="two-versions",
        symptom=f"{named} is served beside version {max(view.wanted)}, where one is wanted: both take memory",
        cause="a server loads the new version before it unloads the old one"
        if not stays
        else "the server does not let go of the old version, though the new one is served",
        remedy="wait a moment: the old one ends as soon as the new one is available"
        if not stays
        else f"`{pod.deletion}`; a new server loads the newest version alone",
        is_passing=not stays,
    )


def _served_by(pod: PodReport, view: ModelView) -> frozenset[int]:
    on_pod = pod.model(view.model)
    return on_pod.available if on_pod is not None else frozenset()


def _nothing(pod: PodReport, *, view: ModelView) -> FleetFinding:
    return FleetFinding(
        code="version-absent",
        place=f"Pod/{pod.name}",
        symptom=f"no version of {view.model} is served",
        cause=f"there is no directory with a number as its name in {view.base_path or 'its base path'} any more",
        remedy="put a whole version there; the server looks again by itself",
        model=view.model,
    )


def _elsewhere(number: int, view: ModelView) -> str:
    return "; other pods serve it" if number in view.available else ""


def _why_older(pod: PodReport) -> tuple[str, str] | None:
    if not pod.is_new:
        return OLD_REVISION
    return OLDER_CONFIGURATION if pod.configuration is Configuration.OLDER else None


def _why_absent(number: int, *, pod: PodReport, view: ModelView) -> tuple[str, str]:
    older = _why_older(pod)
    if older is not None:
        return older
    where = f"{view.base_path.rstrip('/')}/{number}" if view.base_path else f"its directory {number}"
    return (
        f"its server sees no {where}, or has not looked since it came",
        "put the whole version there, its saved_model.pb last: the server looks again by itself; a version in the "
        "image needs another image",
    )


def _why_unloaded(number: int, *, pod: PodReport, view: ModelView) -> tuple[str, str]:
    older = _why_older(pod)
    if older is not None:
        return older
    where = f"{view.base_path.rstrip('/')}/{number}" if view.base_path else f"its directory {number}"
    return (
        f"{where} went away, or its server was told another configuration than the ConfigMap has",
        f"put the whole version back, its saved_model.pb last; where it never went away, `{pod.deletion}`",
    )


def _after_failure(number: int, *, pod: PodReport, view: ModelView) -> str:
    """A server forgets a failure only when it stops wanting the version, or with its process."""
    if number in view.available:
        return f"others have loaded it, so its files are good: `{pod.deletion}` makes a server that tries"
    again = "for longer than the server looks for new versions (30 s unless set), then move it back"
    return (
        f"mend version {number}, then move its directory away {again}; files mended in place are not looked at. "
        "In an image: build another, and apply it"
    )
