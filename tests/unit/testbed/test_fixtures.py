from __future__ import annotations

import re

import pytest

from tests.testbed.fixtures import namespace_name

LONGEST_LABEL = 63


@pytest.mark.parametrize(
    "test", ["test_apply_twice_changes_nothing", "test_x[1.34.4-Grüße/Ü]", "test_" + "long_" * 40, "test_"]
)
def test_a_namespace_has_a_legal_name_whatever_the_test_is_called(test: str) -> None:
    name = namespace_name(test, process=4194304, number=9999)

    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name)
    assert len(name) <= LONGEST_LABEL


def test_a_namespace_tells_its_test() -> None:
    assert namespace_name("test_apply_twice", process=7, number=1) == "t-apply-twice-7-1"
