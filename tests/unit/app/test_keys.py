"""Keys of clients: in the Secret alone, one beside another, gone when they are revoked."""

from __future__ import annotations

import base64
import json
from itertools import count
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.cluster import FakeCluster
from tests.unit.render.specs import spec
from tfk8s.app.keys import KeyStore, Verb, key_store, list_keys, plan_change, write_change
from tfk8s.errors import ClusterRejectedError, InputError, PreconditionError
from tfk8s.manifest import ObjectRef
from tfk8s.manifest.fields import labels_of, object_at, text_at

KEYED: dict[str, Any] = {
    "type": "Gateway",
    "host": "a.example.com",
    "tls": {"secretName": "tls"},
    "gateway": {"className": "eg"},
    "auth": {"apiKeys": {}},
}
SECRET = ObjectRef(api_version="v1", kind="Secret", namespace="serving", name="resnet-keys")


def store(cluster: FakeCluster | None = None, *, expose: dict[str, Any] = KEYED) -> KeyStore:
    numbers = count(1)
    made = key_store(spec(namespace="serving", expose=expose), cluster=cluster or FakeCluster(), clock=FakeClock())
    return KeyStore(
        service=made.service,
        secret=made.secret,
        header=made.header,
        cluster=made.cluster,
        clock=made.clock,
        make=lambda: f"key-{next(numbers)}",
    )


def change(of: KeyStore, verb: Verb, name: str) -> str:
    planned, version = plan_change(of, verb=verb, name=name)
    write_change(of, planned, version=version)
    return planned.made.value if planned.made is not None else ""


def values(of: KeyStore) -> dict[str, str]:
    """What the front reads."""
    body = of.cluster.get(SECRET) or {}
    return {entry: base64.b64decode(str(value)).decode() for entry, value in object_at(body, "data").items()}


def test_the_first_key_makes_the_secret_with_our_labels() -> None:
    keys = store()

    assert change(keys, "create", "team-a") == "key-1"

    body = keys.cluster.get(SECRET) or {}
    assert values(keys) == {"team-a.1": "key-1"}
    assert labels_of(body)["app.kubernetes.io/managed-by"] == "tfk8s"
    assert "key-1" not in json.dumps(body["metadata"])


def test_a_key_that_is_rotated_stays_valid_until_it_is_revoked() -> None:
    keys = store()
    change(keys, "create", "team-a")
    change(keys, "create", "team-b")

    second = change(keys, "rotate", "team-a")

    assert values(keys) == {"team-a.1": "key-1", "team-a.2": second, "team-b.1": "key-3"}
    change(keys, "revoke-old", "team-a")
    assert values(keys) == {"team-a.2": second, "team-b.1": "key-3"}


def test_without_any_key_the_secret_has_one_that_nobody_knows() -> None:
    """An empty list of keys would make Envoy fall back to those of another route of the same listener."""
    keys = store()
    change(keys, "create", "team-a")
    change(keys, "revoke", "team-a")

    assert list(values(keys)) == ["nobody"]
    assert list_keys(keys).keys == ()
    change(keys, "create", "team-a")
    assert list(values(keys)) == ["team-a.1"]


def test_a_list_shows_names_ages_and_fingerprints_and_no_key() -> None:
    keys = store()
    change(keys, "create", "team-a")

    (key,) = list_keys(keys).keys

    assert key.as_json() == {
        "name": "team-a",
        "number": 1,
        "madeAt": keys.clock.utc_now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "fingerprint": key.fingerprint,
    }
    assert len(key.fingerprint) == 12
    assert "key-1" not in repr(key)


def test_a_change_of_somebody_else_meanwhile_is_not_written_over() -> None:
    keys = store()
    change(keys, "create", "team-a")
    planned, version = plan_change(keys, verb="rotate", name="team-a")
    change(keys, "create", "team-b")

    with pytest.raises(ClusterRejectedError):
        write_change(keys, planned, version=version)

    assert set(values(keys)) == {"team-a.1", "team-b.1"}


@pytest.mark.parametrize(
    ("verb", "name", "says"),
    [
        ("create", "team-a", "has a key"),
        ("create", "Team", "cannot name a key"),
        ("create", "nobody", "cannot name a key"),
        ("rotate", "team-b", "team-b has no key"),
        ("revoke", "team-b", "team-b has no key"),
        ("revoke-old", "team-a", "has one key, and no old one"),
    ],
)
def test_what_cannot_be_done_changes_nothing(verb: Verb, name: str, says: str) -> None:
    keys = store()
    change(keys, "create", "team-a")
    before = values(keys)

    with pytest.raises(InputError) as refused:
        plan_change(keys, verb=verb, name=name)

    assert says in refused.value.message
    assert values(keys) == before


def test_a_secret_of_somebody_else_is_left_alone() -> None:
    cluster = FakeCluster()
    cluster.put({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": SECRET.name, "namespace": "serving"}})

    with pytest.raises(PreconditionError) as refused:
        plan_change(store(cluster), verb="create", name="team-a")

    assert "is not ours" in refused.value.message


def test_keys_need_a_spec_that_asks_for_them_and_a_namespace() -> None:
    with pytest.raises(InputError, match="asks its clients for no keys"):
        store(expose={"type": "ClusterIP"})
    with pytest.raises(PreconditionError) as refused:
        plan_change(store(FakeCluster(namespaces=())), verb="create", name="team-a")
    assert "there is no namespace serving" in refused.value.message


def test_a_key_cannot_be_guessed_and_is_known_for_what_it_is() -> None:
    made = key_store(spec(namespace="serving", expose=KEYED), cluster=FakeCluster(), clock=FakeClock())
    one, other = made.make(), made.make()

    assert one != other
    assert one.startswith("tfk_")
    assert len(one) >= 4 + 43, "256 bits"
    assert text_at({"v": one}, "v").isascii()
