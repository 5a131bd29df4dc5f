"""Services whose rights tests look at: those of the golden cases."""

from __future__ import annotations

from tests.golden.golden_cases import case
from tfk8s.app.rbac import rendered_things
from tfk8s.rights import Things


def things_of_case(name: str) -> Things:
    """The parts of the service of a golden case."""
    found = case(name)
    return rendered_things([(found.spec(), found.folder, found.infos())])
