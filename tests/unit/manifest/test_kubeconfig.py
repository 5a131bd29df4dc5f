from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from tests.strategies.kubeconfigs import SECTIONS, KubeconfigText, kubeconfigs
from tfk8s.errors import PreconditionError
from tfk8s.manifest.kubeconfig import KubeconfigEntry, with_entry, without_entry

NAME = "gke_my-project_us-central1-a_resnet-serving-cluster"
ENTRY = KubeconfigEntry(
    name=NAME,
    cluster={"server": "https://127.0.0.9", "certificate-authority-data": "LS0tLS1CRUdJTi1GQUtFLUNBLS0tLS0K"},
    user={"exec": {"command": "gke-gcloud-auth-plugin", "provideClusterInfo": True}},
)


def add(text: str, *, make_current: bool = False, entry: KubeconfigEntry = ENTRY) -> str:
    return with_entry(text, entry, make_current=make_current, source="config")


def remove(text: str, name: str = NAME) -> str:
    return without_entry(text, name, source="config")


def parsed(text: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(text)
    return content


def expected(before: dict[str, Any], *, make_current: bool) -> dict[str, Any]:
    """By another way than the text: the data with the entry behind the others."""
    after = dict(before)
    for section, item in ENTRY.items().items():
        after[section] = [*(before.get(section) or []), item]
    if make_current:
        after["current-context"] = NAME
    return after


@given(kubeconfigs())
@settings(max_examples=60, deadline=None)
def test_adding_gives_the_same_data_and_the_entry(drawn: KubeconfigText) -> None:
    for make_current in (True, False):
        added = add(drawn.text, make_current=make_current)

        assert parsed(added) == expected(parsed(drawn.text), make_current=make_current)


@given(kubeconfigs())
@settings(max_examples=60, deadline=None)
def test_removing_after_adding_gives_the_same_bytes(drawn: KubeconfigText) -> None:
    undone = remove(add(drawn.text))

    if drawn.restores:
        assert undone == drawn.text
    else:  # a section that was missing or empty is an empty list now, which means the same
        before, after = parsed(drawn.text), parsed(undone)
        for section in SECTIONS:
            assert (after.pop(section) or []) == (before.pop(section, None) or [])
        assert after == before


@given(kubeconfigs())
@settings(max_examples=40, deadline=None)
def test_adding_twice_changes_nothing_more(drawn: KubeconfigText) -> None:
    once = add(drawn.text, make_current=True)

    assert add(once, make_current=True) == once


@given(kubeconfigs())
@settings(max_examples=40, deadline=None)
def test_a_changed_entry_is_replaced_where_it_stands(drawn: KubeconfigText) -> None:
    other = KubeconfigEntry(name="behind", cluster={"server": "https://[::1]"}, user={"token": "x"})
    moved = KubeconfigEntry(name=NAME, cluster={"server": "https://10.0.0.1"}, user=ENTRY.user)
    before = add(add(drawn.text), entry=other)

    after = add(before, entry=moved)

    content = parsed(before)
    assert content["clusters"][-2]["name"] == NAME
    content["clusters"][-2]["cluster"] = {"server": "https://10.0.0.1"}
    assert parsed(after) == content
    assert remove(remove(after), "behind") == remove(remove(before), "behind")


@given(kubeconfigs())
@settings(max_examples=40, deadline=None)
def test_every_entry_of_a_file_can_be_removed_and_nothing_else_goes(drawn: KubeconfigText) -> None:
    before = parsed(drawn.text)
    names = {item["name"] for section in SECTIONS for item in before.get(section) or []}
    for name in names:
        after = parsed(remove(drawn.text, name))

        for section in SECTIONS:
            assert (after.pop(section, None) or []) == [
                item for item in before.get(section) or [] if item["name"] != name
            ]
        current = before.get("current-context")
        assert after.get("current-context") == ("" if current == name else current)


def test_a_new_file_has_the_keys_that_gcloud_writes_and_can_be_emptied_again() -> None:
    added = add("", make_current=True)

    keys = ["apiVersion", "clusters", "contexts", "current-context", "kind", "preferences", "users"]
    assert list(parsed(added)) == keys
    assert remove(added) == (
        "apiVersion: v1\nclusters: []\ncontexts: []\ncurrent-context: ''\nkind: Config\npreferences: {}\nusers: []\n"
    )


BY_HAND = """\
# work
clusters:
- name: a   # the old one
  cluster: {server: "https://a"}
# end of clusters
contexts:
  - context:
      cluster: a
      user: a
    name: a
current-context: a    # careful
users: []
kind: Config
"""


def test_comments_order_and_indentation_are_kept() -> None:
    added = add(BY_HAND, make_current=True).splitlines()

    kept = [line for line in BY_HAND.splitlines() if line not in ("current-context: a    # careful", "users: []")]
    rest = iter(added)
    assert all(line in rest for line in kept), "each line of the file, in its order"
    assert f"current-context: {NAME}    # careful" in added
    assert added.index("# end of clusters") > added.index(f"  name: {NAME}")
    assert f"    name: {NAME}" in added


def test_the_current_context_is_emptied_when_it_goes() -> None:
    assert "\ncurrent-context: ''    # careful\n" in remove(add(BY_HAND, make_current=True))
    assert "\ncurrent-context: a    # careful\n" in remove(add(BY_HAND))


def test_a_context_that_leads_to_the_cluster_keeps_its_namespace() -> None:
    added = add(BY_HAND)
    used = added.replace(f"      user: {NAME}\n", f"      user: {NAME}\n      namespace: serving\n")
    assert used != added

    assert add(used) == used


def test_an_unknown_name_changes_nothing() -> None:
    assert remove(BY_HAND) == BY_HAND


@pytest.mark.parametrize(
    "text",
    [
        "clusters: [",
        "a: b: c",
        "\tclusters: []",
        "- a",
        "clusters: {a: 1}",
        "clusters: []\nclusters: []",
        "current-context: []",
        "clusters: []\n---\nclusters: []",
        "just a text",
        "clusters: \x00",
        "a: &x [*x]",
        "a: " + "[" * 100 + "]" * 100,
        f"users:\n- name: {NAME}\n- name: {NAME}",
    ],
)
def test_a_broken_kubeconfig_is_refused(text: str) -> None:
    with pytest.raises(PreconditionError, match="kubeconfig config is broken, and was left alone"):
        add(text)


@pytest.mark.parametrize(
    "text",
    [
        f"clusters:\n- &a\n  name: {NAME}\n  cluster: {{}}\nx: *a\n",  # replacing would take the anchor away
        "users: &u []\ncontexts: *u\n",  # one list that stands for two
        "clusters:\n- name: a\n  cluster: |\n    text",  # a line end would become part of the text
    ],
)
def test_a_kubeconfig_that_would_have_to_be_rewritten_is_refused(text: str) -> None:
    with pytest.raises(PreconditionError, match="cannot be changed without rewriting it, and was left alone"):
        add(text)


@pytest.mark.parametrize("text", ["", "# mine\n", "# mine", "---\n", "\ufeff", "\n\n"])
def test_a_file_without_content_is_filled(text: str) -> None:
    added = add(text, make_current=True)

    assert added.startswith(text)
    assert [item["name"] for item in parsed(added)["users"]] == [NAME]
    assert json.dumps(parsed(remove(added)), sort_keys=True) == (
        '{"apiVersion": "v1", "clusters": [], "contexts": [], "current-context": "", "kind": "Config",'
        ' "preferences": {}, "users": []}'
    )


MINIKUBE = """\
apiVersion: v1
clusters:
- cluster:
    certificate-authority: /home/u/.minikube/ca.crt
    extensions:
    - extension:
        last-update: Mon, 02 Jan 2023 15:04:05 CET
        version: v1.28.0
      name: cluster_info
    server: https://192.168.49.2:8443
  name: minikube
contexts:
- context:
    cluster: minikube
    user: minikube
  name: minikube
current-context: minikube
kind: Config
preferences: {}
users:
- name: minikube
  user:
    client-certificate: /home/u/.minikube/client.crt
"""
RESTORED = {
    "minikube's": MINIKUBE,
    "a text block before the next key": (
        "users:\n- name: a\n  user:\n    token: |\n      abc\n\nclusters: []\ncontexts: []\n"
    ),
    "a text block that keeps its line ends": (
        "clusters: []\ncontexts: []\nusers:\n- name: a\n  user:\n    token: |+\n      abc\n\n"
    ),
    "items below their dashes": "clusters:\n  -\n    name: a\n    cluster:\n      server: x\ncontexts: []\nusers: []",
    "a comment behind a dash": "clusters:\n-  # the first\n  name: a\n  cluster: {}\nusers: []\ncontexts: []\n",
    "an anchored list": "clusters: &all\n# first\n- name: a\n  cluster: {}\nusers: []\ncontexts: []\n",
    "an alias among the items": "x: &a {name: a, user: {}}\nusers:\n- *a\nclusters: []\ncontexts: []\n",
    "a map in braces": "{clusters: [], contexts: [], users: [], current-context: x}",
    "brackets over lines": "clusters: [\n  {name: a, cluster: {server: b}},  # c\n  ]\ncontexts: []\nusers: []\n",
    "old line ends": "clusters: []\rcontexts: []\rusers: []\r",
    "an end of the document": "clusters: []\ncontexts: []\nusers: []\n...\n",
    "an indented map": "  clusters: []\n  contexts: []\n  users: []\n",
    "words that readers disagree on": "clusters: []\ncontexts: []\nusers: []\nx: [2020-01-01, 010, yes, 1:30, .nan]\n",
}


@pytest.mark.parametrize("text", RESTORED.values(), ids=RESTORED)
def test_removing_after_adding_gives_the_same_bytes_in_every_hand(text: str) -> None:
    added = add(text)

    assert added != text
    assert remove(added) == text


def test_an_empty_current_context_is_filled_behind_its_colon() -> None:
    added = add("clusters: []\ncontexts: []\nusers: []\ncurrent-context:   # none\n", make_current=True)

    assert f"\ncurrent-context: {NAME}   # none\n" in added


def test_null_in_json_becomes_a_list() -> None:
    added = add('{"clusters": null, "contexts":null, "users": []}', make_current=True)

    assert json.loads(added) == parsed(added)
    assert [item["name"] for item in json.loads(added)["contexts"]] == [NAME]


@pytest.mark.parametrize(
    "text",
    [
        f"? clusters\n: - name: {NAME}\nusers: []\ncontexts: []\n",  # the dash shares its line
        f"clusters: &all\n- name: {NAME}\nx: *all\n",  # nothing would be left to anchor
        f"clusters: &all [{{name: {NAME}}}]\nusers: *all\n",  # one list that stands for two
    ],
)
def test_what_cannot_be_removed_without_rewriting_is_refused(text: str) -> None:
    with pytest.raises(PreconditionError, match="cannot be changed without rewriting it"):
        remove(text)
