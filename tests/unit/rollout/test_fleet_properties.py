"""Any fleet whose pods are equal and match the configuration is sound; any one pod that deviates is told."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rollout.fleets import state
from tfk8s.manifest.server_config import ModelConfig, ServerConfig
from tfk8s.rollout.fleet import Configuration, Fleet, LabelTrouble, ModelOnPod, PodReport, fleet_findings
from tfk8s.rollout.states import ServingState, VersionState

NUMBERS = st.integers(min_value=1, max_value=2**40)
NAMES = st.text("abcxyz_", min_size=1, max_size=4)


@st.composite
def models(draw: st.DrawFn, name: str) -> tuple[ModelConfig, ModelOnPod]:
    """A model's configuration, and what a server says that has done all of it."""
    loaded = sorted(draw(st.sets(NUMBERS, min_size=1, max_size=4)))
    policy = draw(st.sampled_from(["latest", "all", "these"]))
    loaded = loaded[-1:] if policy == "latest" else loaded
    labels = draw(st.dictionaries(NAMES, st.sampled_from(loaded), max_size=3))
    config = ModelConfig(
        name=name,
        base_path=f"/models/{name}",
        versions=tuple(loaded) if policy == "these" else policy,  # type: ignore[arg-type]
        labels=labels,
    )
    versions = tuple(state(number) for number in loaded)
    return config, ModelOnPod(model=name, versions=versions, labels=dict(labels))


@st.composite
def sound_fleets(draw: st.DrawFn, *, most: int = 4, fewest: int = 1) -> Fleet:
    """Equal, available pods that match their configuration."""
    names = sorted(draw(st.sets(NAMES, min_size=1, max_size=3)))
    drawn = [draw(models(name)) for name in names]
    pods = tuple(
        PodReport(
            name=f"pod-{number}",
            uid=f"uid-{number}",
            ready=True,
            leaving=False,
            is_new=True,
            models=tuple(on_pod for _, on_pod in drawn),
            configuration=draw(st.sampled_from(Configuration)),
        )
        for number in range(draw(st.integers(fewest, most)))
    )
    return Fleet(pods=pods, config=ServerConfig(models=tuple(config for config, _ in drawn)))


@given(sound_fleets())
def test_equal_pods_that_match_their_configuration_are_sound(fleet: Fleet) -> None:
    assert fleet_findings(fleet) == ()
    assert fleet_findings(fleet, before=fleet) == ()


@given(sound_fleets(fewest=2), st.data())
def test_any_one_deviation_of_one_pod_is_told(fleet: Fleet, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(fleet.pods) - 1))
    deviating = data.draw(deviations(fleet.pods[index]))
    pods = (*fleet.pods[:index], deviating, *fleet.pods[index + 1 :])

    found = fleet_findings(replace(fleet, pods=pods))

    assert found
    if not has_more(deviating, than=fleet.pods[index]):  # else it may be the others that lack a version
        assert f"Pod/{deviating.name}" in {finding.place for finding in found}


def has_more(pod: PodReport, *, than: PodReport) -> bool:
    """Whether a model has more versions there."""
    pairs = zip(pod.models, than.models, strict=False)
    return any(len(one.versions) > len(other.versions) for one, other in pairs)


@st.composite
def deviations(draw: st.DrawFn, pod: PodReport) -> PodReport:
    """The pod with one thing otherwise."""
    kind = draw(st.sampled_from(["silent", "unknown", "lacks", "state", "extra", "elsewhere", "nowhere"]))
    index = draw(st.integers(0, len(pod.models) - 1))
    model = pod.models[index]
    if kind == "silent":
        return replace(pod, models=(), problem="it did not answer")
    if kind in ("elsewhere", "nowhere") and not model.labels:
        kind = "lacks"
    changed = _changed(draw, kind, model)
    return replace(pod, models=(*pod.models[:index], changed, *pod.models[index + 1 :]))


def _changed(draw: st.DrawFn, kind: str, model: ModelOnPod) -> ModelOnPod:
    if kind == "unknown":
        return ModelOnPod(model=model.model, problem="Could not find any versions")
    if kind in ("elsewhere", "nowhere"):
        label = draw(st.sampled_from(sorted(model.labels)))
        if kind == "nowhere":
            trouble = draw(st.sampled_from(LabelTrouble))
            return replace(model, labels={**model.labels, label: None}, troubles={label: trouble})
        number = draw(NUMBERS.filter(lambda number: number != model.labels[label]))
        return replace(model, labels={**model.labels, label: number})
    place = draw(st.integers(0, len(model.versions) - 1))
    if kind == "lacks":
        return replace(model, versions=(*model.versions[:place], *model.versions[place + 1 :]))
    if kind == "extra":
        highest = model.versions[-1].number
        return replace(model, versions=(*model.versions, draw(extras(highest + draw(NUMBERS)))))
    number = model.versions[place].number
    other = draw(st.sampled_from([each for each in ServingState if each is not ServingState.AVAILABLE]))
    failed = draw(st.booleans()) and other is ServingState.END
    broken = state(number, error="broken") if failed else VersionState(number=number, state=other)
    return replace(model, versions=(*model.versions[:place], broken, *model.versions[place + 1 :]))


def extras(number: int) -> st.SearchStrategy[VersionState]:
    """A version that no other pod has, taking memory."""
    return st.sampled_from(
        [VersionState(number=number, state=each) for each in (ServingState.AVAILABLE, ServingState.UNLOADING)]
    )
