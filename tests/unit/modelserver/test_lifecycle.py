from __future__ import annotations

from tests.modelserver.server.errors import Code, ServingError
from tests.modelserver.server.lifecycle import Load, State, Unload, Versions

ERROR = ServingError(Code.NOT_FOUND, "no such file")


def _serving(*versions: int) -> Versions:
    model = Versions()
    model.aspire({version: f"/m/{version}" for version in versions})
    model.next_actions()
    for version in versions:
        model.loaded(version)
    return model


def _wanting(model: Versions, *versions: int) -> list[Load | Unload]:
    model.aspire({version: f"/m/{version}" for version in versions})
    return model.next_actions()


def test_wanted_versions_are_loaded_highest_first_and_once() -> None:
    model = Versions()

    assert _wanting(model, 1, 2) == [Load(version=2, path="/m/2"), Load(version=1, path="/m/1")]
    assert _wanting(model, 1, 2) == []
    assert model.states[1].state is State.LOADING


def test_the_old_version_is_dropped_only_after_the_new_one_is_available() -> None:
    model = _serving(1)

    assert _wanting(model, 2) == [Load(version=2, path="/m/2")]
    assert model.available() == [1]
    model.loaded(2)

    assert model.next_actions() == [Unload(version=1)]
    model.unloaded(1)
    assert {version: state.state for version, state in model.states.items()} == {1: State.END, 2: State.AVAILABLE}


def test_a_failed_version_leaves_the_old_one_and_is_not_tried_again() -> None:
    model = _serving(1)
    _wanting(model, 2)

    model.failed(2, ERROR)

    assert _wanting(model, 2) == []
    assert model.available() == [1]
    assert model.failures() == {2: ERROR}


def test_a_failed_version_that_went_and_came_back_is_tried_again() -> None:
    model = _serving(1)
    _wanting(model, 1, 2)
    model.failed(2, ERROR)

    assert _wanting(model, 1) == []
    assert model.states[2].error is ERROR

    assert _wanting(model, 1, 2) == [Load(version=2, path="/m/2")]


def test_when_nothing_is_wanted_everything_is_unloaded() -> None:
    model = _serving(1, 2)

    assert _wanting(model) == [Unload(version=1), Unload(version=2)]


def test_an_unloaded_version_that_is_wanted_again_is_loaded_again() -> None:
    model = _serving(2)
    _wanting(model)
    model.unloaded(2)

    assert _wanting(model, 2) == [Load(version=2, path="/m/2")]


def test_a_version_wanted_again_while_it_unloads_is_loaded_after_that() -> None:
    model = _serving(1)
    _wanting(model)

    assert _wanting(model, 1) == []
    model.unloaded(1)

    assert model.next_actions() == [Load(version=1, path="/m/1")]


def test_a_load_that_fails_when_it_is_no_longer_wanted_is_forgotten() -> None:
    model = _serving(1)
    _wanting(model, 1, 2)
    _wanting(model, 1)

    model.failed(2, ERROR)

    assert model.failures() == {}
    assert _wanting(model, 1, 2) == [Load(version=2, path="/m/2")]


def test_a_model_is_settled_when_something_answers_or_all_has_failed() -> None:
    model = Versions()
    assert not model.is_settled()
    _wanting(model, 1, 2)
    assert not model.is_settled()

    model.failed(1, ERROR)
    assert not model.is_settled()
    model.failed(2, ERROR)
    assert model.is_settled()

    assert _serving(1).is_settled()
