from __future__ import annotations

import pytest

from tests.contract.cluster.conftest import Subject
from tests.contract.cluster.promises import ClusterPromises


class TestFakeCluster(ClusterPromises):
    @pytest.fixture
    def subject(self, fake_subject: Subject) -> Subject:
        return fake_subject
