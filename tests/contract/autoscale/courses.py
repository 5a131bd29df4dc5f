"""All courses, by name; a name is that of the autoscaler and of what it scales."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.contract.autoscale.course import Course
from tests.contract.autoscale.edges import EDGES
from tests.contract.autoscale.kinds import KINDS
from tests.contract.autoscale.traces import TRACES

COURSES: Final[Mapping[str, Course]] = {**TRACES, **KINDS, **EDGES}
