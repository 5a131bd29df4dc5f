"""All courses, taken under the real controller of each release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import pytest

from tests.contract.autoscale.courses import COURSES
from tests.contract.autoscale.taking import Taken, judgeable, take
from tests.testbed import versions


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What the controller of a release did at each sync of each course, by the course's name."""

    release: tuple[int, int]
    taken: Mapping[str, Taken]


@pytest.fixture(scope="session", params=versions.CONTROL_PLANES)
def finished(request: pytest.FixtureRequest) -> Finished:
    """All courses, taken."""
    major, minor, _ = request.param.split(".")
    release = (int(major), int(minor))
    return Finished(release=release, taken=judgeable(COURSES, partial(take, version=request.param, release=release)))
