from __future__ import annotations

from pathlib import Path

from tests.testbed import nodepulls, registry
from tests.testbed.certificates import Certificate
from tests.testbed.registry import RegistrySettings


def test_a_registry_listens_on_one_address_and_lets_anybody_in_unless_told_otherwise() -> None:
    made = registry.configuration(RegistrySettings(data=Path("/data")), port=5000)

    assert made["http"] == {"addr": "127.0.0.1:5000", "secret": "tests"}
    assert "auth" not in made


def test_a_registry_can_want_a_login_speak_tls_and_refuse_writes() -> None:
    certificate = Certificate(certificate=Path("/c.crt"), key=Path("/c.key"))
    auth = {"htpasswd": {"realm": "r", "path": "/htpasswd"}}
    settings = RegistrySettings(
        data=Path("/data"), address="172.30.0.1", auth=auth, certificate=certificate, is_read_only=True
    )

    made = registry.configuration(settings, port=5000)

    assert made["auth"] == auth
    assert made["http"] == {
        "addr": "172.30.0.1:5000",
        "secret": "tests",
        "tls": {"certificate": "/c.crt", "key": "/c.key"},
    }
    storage = made["storage"]
    assert isinstance(storage, dict)
    assert storage["maintenance"]["readonly"] == {"enabled": True}


def test_a_node_asks_our_server_alone_for_the_images_of_a_host() -> None:
    text = nodepulls.hosts_file("https://172.30.0.1:5000", host="registry.example")

    assert text.startswith('server = "https://172.30.0.1:5000"\n')
    assert text.count("https://172.30.0.1:5000") == 2
    assert '[host."https://172.30.0.1:5000"]' in text
    assert text.count('ca = "/etc/containerd/certs.d/registry.example/ca.crt"') == 2
    assert "push" not in text
