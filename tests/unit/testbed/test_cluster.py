from __future__ import annotations

from pathlib import Path

import pytest

from tests.testbed import versions
from tests.testbed.cluster import context_is_ours

OURS = """apiVersion: v1
clusters:
- cluster:
    server: https://127.0.0.1:40001
  name: kind-tfk8s-testbed
"""


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    path = tmp_path / "kubeconfig"
    path.write_text(OURS)
    return path


def test_the_testbeds_context_on_this_machine_is_ours(kubeconfig: Path) -> None:
    assert context_is_ours(kubeconfig, versions.CONTEXT)


def test_another_context_is_refused(kubeconfig: Path) -> None:
    assert not context_is_ours(kubeconfig, "production")


@pytest.mark.parametrize("server", ["https://10.0.0.1:6443", "https://127.0.0.1.example.org:1", "https://example.org"])
def test_a_server_elsewhere_is_refused_under_any_name(kubeconfig: Path, server: str) -> None:
    kubeconfig.write_text(OURS.replace("https://127.0.0.1:40001", server))

    assert not context_is_ours(kubeconfig, versions.CONTEXT)


def test_no_kubeconfig_is_nobodys(tmp_path: Path) -> None:
    assert not context_is_ours(tmp_path / "absent", versions.CONTEXT)
