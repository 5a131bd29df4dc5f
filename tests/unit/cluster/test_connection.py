from __future__ import annotations

import json
import logging
import os
from pathlib import Path

import pytest

from tfk8s.cluster import leads_to
from tfk8s.cluster.connection import open_connection
from tfk8s.errors import PreconditionError


def write(file: Path, *names: str, current: str | None = None, user: dict[str, object] | None = None) -> Path:
    content: dict[str, object] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": f"https://{name}.test:6443"}} for name in names],
        "users": [{"name": name, "user": user or {"token": f"hidden-{name}"}} for name in names],
        "contexts": [
            {"name": name, "context": {"cluster": name, "user": name, "namespace": f"ns-{name}"}} for name in names
        ],
    }
    if current:
        content["current-context"] = current
    file.write_text(json.dumps(content))
    return file


def refusal(file: Path | None, *, context: str | None = None) -> PreconditionError:
    with pytest.raises(PreconditionError) as caught:
        open_connection(kubeconfig=file, context=context)
    text = f"{caught.value}{caught.value.hint}{caught.value.details}"
    assert "hidden" not in text
    return caught.value


def test_the_current_context_is_taken_unless_another_is_named(tmp_path: Path) -> None:
    file = write(tmp_path / "config", "a", "b", current="a")

    usual, other = open_connection(kubeconfig=file), open_connection(kubeconfig=file, context="b")

    assert (usual.identity.context, usual.identity.server, usual.namespace) == ("a", "https://a.test:6443", "ns-a")
    assert (other.identity.context, other.identity.server) == ("b", "https://b.test:6443")


def test_the_files_of_the_environment_are_merged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = write(tmp_path / "1", "a", current="a"), write(tmp_path / "2", "b", current="b")
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join([str(one), str(tmp_path / "missing"), str(two)]))

    assert open_connection().identity.context == "a"
    assert open_connection(context="b").identity.server == "https://b.test:6443"


def test_without_any_file_there_is_one_clear_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))

    assert "no kubeconfig at" in refusal(None).message


def test_the_home_of_a_user_that_does_not_exist_holds_no_kubeconfig(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "~nobody-of-this-name/config")

    assert "no kubeconfig at ~nobody-of-this-name/config" in refusal(None).message


def test_a_context_that_is_not_there_or_not_chosen_lists_those_that_are(tmp_path: Path) -> None:
    file = write(tmp_path / "config", "a", "b")

    assert "known contexts: a, b" in (refusal(file, context="c").hint or "")
    assert "choose one with --context: a, b" in (refusal(file).hint or "")


@pytest.mark.parametrize("text", ["{", "- a\n- b\n", "\t", ""])
def test_a_file_that_is_no_kubeconfig_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config"
    file.write_text(text)

    assert str(file) in refusal(file).message


def test_a_cluster_that_the_context_names_and_nobody_describes(tmp_path: Path) -> None:
    file = write(tmp_path / "config", "a", current="a")
    content = json.loads(file.read_text())
    content["clusters"] = []
    file.write_text(json.dumps(content))

    assert str(file) in refusal(file).message


def test_a_missing_login_program_is_named_with_its_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    program = {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "gke-gcloud-auth-plugin"}
    file = write(tmp_path / "config", "a", current="a", user={"exec": program})

    failure = refusal(file)

    assert "gke-gcloud-auth-plugin" in failure.message
    assert "gcloud components install" in (failure.hint or "")


def test_opening_leaves_no_handler_behind(tmp_path: Path) -> None:
    before = list(logging.getLogger().handlers)

    open_connection(kubeconfig=write(tmp_path / "config", "a", current="a"))

    assert logging.getLogger().handlers == before


def test_a_kubeconfig_leads_to_a_context_that_it_has_when_its_plugin_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin: dict[str, object] = {"exec": {"command": "gke-gcloud-auth-plugin"}}
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", str(write(tmp_path / "config", "a", current="b")))
    assert leads_to("a")
    assert not leads_to("b")

    write(tmp_path / "config", "a", user=plugin)
    assert not leads_to("a")

    (tmp_path / "gke-gcloud-auth-plugin").touch(mode=0o755)
    assert leads_to("a")


def test_a_user_with_an_empty_plugin_has_none(tmp_path: Path) -> None:
    file = write(tmp_path / "config", "a", current="a", user={"exec": None, "token": "hidden"})

    assert open_connection(kubeconfig=file).identity.context == "a"


def test_a_kubeconfig_that_is_missing_leads_nowhere_and_one_that_is_broken_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))
    assert not leads_to("a")

    (tmp_path / "config").write_text("clusters: [")
    assert leads_to("a")
