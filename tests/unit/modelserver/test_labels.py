from __future__ import annotations

import pytest

from tests.modelserver.server.errors import Code, ServingError
from tests.modelserver.server.labels import assign
from tests.modelserver.server.policy import Model


def _assign(labels: dict[str, int], *, current: dict[str, int], allow: bool) -> dict[str, int]:
    model = Model(name="m", base_path="/m", labels=labels)
    return assign(model, current=current, available={1}, allow_unavailable=allow)


def test_a_label_may_point_to_what_is_available() -> None:
    assert _assign({"stable": 1}, current={}, allow=False) == {"stable": 1}


def test_a_label_is_gone_when_the_configuration_omits_it() -> None:
    assert _assign({}, current={"stable": 1}, allow=False) == {}


@pytest.mark.parametrize(
    ("current", "allow"),
    [({}, False), ({"stable": 2}, False), ({"stable": 1}, False), ({"stable": 1}, True)],
    ids=["new, not allowed", "kept, not allowed", "moved, not allowed", "moved, even if allowed"],
)
def test_a_label_to_what_is_not_available_is_refused(current: dict[str, int], allow: bool) -> None:
    with pytest.raises(ServingError, match="version 2 of model m, which is not currently available") as refused:
        _assign({"stable": 2}, current=current, allow=allow)

    assert refused.value.code is Code.FAILED_PRECONDITION


@pytest.mark.parametrize("current", [{}, {"stable": 2}], ids=["new", "kept"])
def test_with_the_flag_a_label_may_be_ahead_of_its_version_when_it_does_not_move(current: dict[str, int]) -> None:
    assert _assign({"stable": 2}, current=current, allow=True) == {"stable": 2}
