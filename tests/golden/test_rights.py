"""Roles as they are written: whoever gives rights away reads these."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden.conftest import Golden
from tests.unit.rights.services import things_of_case
from tfk8s.app.rbac import files_of_roles, roles_of
from tfk8s.rights import ROLES, Holder, RoleOptions

FOLDER = Path(__file__).parent / "rights"
HOLDERS = (Holder("Group", "ml-team@example.com"), Holder("ServiceAccount", "pipeline", "ci"))


@pytest.mark.parametrize("case", ["cpu-hpa", "gateway-envoy-keys"])
def test_roles_of_a_service_are_the_expected_ones(case: str, golden: Golden) -> None:
    made = roles_of(things_of_case(case), tuple(ROLES), options=RoleOptions(holders=HOLDERS))

    golden.check(FOLDER / case, files_of_roles({None: made}))
