from __future__ import annotations

import pytest

from tests.contract.cluster.conftest import Subject
from tests.contract.cluster.promises import ClusterPromises


@pytest.mark.control_plane
class TestRealCluster(ClusterPromises):
    @pytest.fixture
    def subject(self, real_subject: Subject) -> Subject:
        return real_subject
