"""A kubeconfig that we change is one that the real kubectl reads as before, with the entry in it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fakes.clock import FakeClock
from tests.strategies.kubeconfigs import KubeconfigText, kubeconfigs
from tfk8s.cluster.kubeconfig_file import KubeconfigFile
from tfk8s.manifest.kubeconfig import KubeconfigEntry

pytestmark = pytest.mark.contract

NAME = "gke_my-project_us-central1-a_resnet-serving-cluster"
ENTRY = KubeconfigEntry(
    name=NAME,
    cluster={"server": "https://127.0.0.9", "certificate-authority-data": "LS0tLS1CRUdJTi1GQUtFLUNBLS0tLS0K"},
    user={
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "command": "gke-gcloud-auth-plugin",
            "provideClusterInfo": True,
        }
    },
)
SECTIONS = ("clusters", "contexts", "users")


def config(kubectl: str, file: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(file.parent), "KUBECONFIG": str(file)}
    command = [kubectl, "config", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, env=environment)


def view(kubectl: str, file: Path) -> dict[str, Any] | None:
    """What kubectl makes of the file; None when it refuses it."""
    shown = config(kubectl, file, "view", "--raw", "-o", "json")
    if shown.returncode != 0:
        return None
    content: dict[str, Any] = json.loads(shown.stdout)
    return content


def by_name(content: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {section: {item["name"]: item for item in content.get(section) or []} for section in SECTIONS}


@given(drawn=kubeconfigs())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_kubectl_reads_what_it_read_before_and_the_entry(kubectl: str, tmp_path: Path, drawn: KubeconfigText) -> None:
    file = tmp_path / "config"
    file.write_bytes(drawn.text.encode())
    before = view(kubectl, file)
    KubeconfigFile(file, clock=FakeClock()).put(ENTRY)

    after = view(kubectl, file)

    if before is None:  # kubectl refuses more than YAML does, such as keys that it does not know
        return
    assert after is not None
    assert after["current-context"] == NAME
    was, is_now = by_name(before), by_name(after)
    for section in SECTIONS:
        assert NAME in is_now[section]
        del is_now[section][NAME]
    assert is_now == was


def test_kubectls_own_file_can_be_changed_and_kubectl_can_change_ours(kubectl: str, tmp_path: Path) -> None:
    file = tmp_path / "config"
    for arguments in (("set-cluster", "a", "--server=https://a"), ("set-context", "a", "--cluster=a", "--user=a")):
        assert config(kubectl, file, *arguments).returncode == 0
    theirs = file.read_text()

    KubeconfigFile(file, clock=FakeClock()).put(ENTRY)
    assert config(kubectl, file, "set-context", "--current", "--namespace=serving").returncode == 0
    assert KubeconfigFile(file, clock=FakeClock()).put(ENTRY).is_changed is False
    KubeconfigFile(file, clock=FakeClock()).remove(NAME)

    content = view(kubectl, file)
    assert content is not None
    assert [item["name"] for item in content["contexts"]] == ["a"]
    assert "https://a" in theirs


def test_kubectl_waits_for_nobody_and_respects_our_lock(kubectl: str, tmp_path: Path) -> None:
    file = tmp_path / "config"
    KubeconfigFile(file, clock=FakeClock()).put(ENTRY)
    (tmp_path / "config.lock").touch()

    refused = config(kubectl, file, "set-context", "--current", "--namespace=x")

    assert refused.returncode != 0
    assert "config.lock" in refused.stderr
