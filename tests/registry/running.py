"""A real registry behind the counting proxy, in one of five kinds, with what a client needs to reach it."""

from __future__ import annotations

import base64
import enum
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.fakes.connect_proxy import ConnectProxy, connect_proxy
from tests.fakes.counting_proxy import counting_proxy
from tests.fakes.token_server import TokenServer, token_server
from tests.fakes.traffic import Traffic
from tests.testbed import registry
from tests.testbed.certificates import Certificate
from tests.testbed.registry import RegistrySettings
from tfk8s.ports.registry import Login

ARTIFACT_REGISTRY: Final = "us-central1-docker.pkg.dev"
GCR: Final = "gcr.io"
NAMES: Final = (registry.LOOPBACK, "localhost", ARTIFACT_REGISTRY, GCR)
"""What the certificate is good for."""

BASIC_USER: Final = "tester"
BASIC_SECRET: Final = "basic-secret-7d41c0"  # noqa: S105  it opens a registry on loopback that lives for one test
# bcrypt of the secret, which Python cannot make
_BASIC_LINE: Final = f"{BASIC_USER}:$2y$05$tfk8sRegistryTestsSaleLPSwOeMiPSvikARAHgElqvoUIKoPori"
ACCESS_TOKEN: Final = "ya29.test-access-token-93b5e2"  # noqa: S105  as above, in the form of Google's


class Kind(enum.Enum):
    """What a registry asks of a client."""

    ANONYMOUS = "anonymous"
    BASIC = "basic"
    TOKEN = "token"  # noqa: S105  a kind, no secret
    TLS = "tls"
    ARTIFACT_REGISTRY = "artifact-registry"

    @property
    def is_secure(self) -> bool:
        """Whether it speaks TLS."""
        return self in {Kind.TLS, Kind.ARTIFACT_REGISTRY}

    @property
    def has_tokens(self) -> bool:
        """Whether a token server decides who may do what."""
        return self in {Kind.TOKEN, Kind.ARTIFACT_REGISTRY}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningRegistry:
    """A registry that a test may fill.

    Attributes:
        kind: what it asks of a client.
        host: what stands before the first slash of an image's name.
        data: folder of its blobs.
        direct_port: port on 127.0.0.1 of the registry itself, past the proxy; plain HTTP.
        folder: holds `registry.log`, and what `environment` names.
        login: what opens it; None when it is open to anybody.
        ca_file: of the authority that signed its certificate; None when it speaks plain HTTP.
        traffic: what passed the proxy, and the faults to come.
        tokens: its token server, if it has one.
        proxy: leads the name of Artifact Registry here, and no other name anywhere.
    """

    kind: Kind
    host: str
    data: Path
    direct_port: int
    folder: Path
    traffic: Traffic
    login: Login | None = field(default=None, repr=False)
    ca_file: Path | None = None
    tokens: TokenServer | None = None
    proxy: ConnectProxy | None = None

    @property
    def url(self) -> str:
        """Where its API starts."""
        return f"{'https' if self.kind.is_secure else 'http'}://{self.host}"

    def image(self, name: str, tag: str = "1") -> str:
        """The full name of an image, in the form of an Artifact Registry repository."""
        return f"{self.host}/project/repository/{name}:{tag}"

    def log(self) -> str:
        """All that the registry wrote."""
        return (self.folder / "registry.log").read_text()

    def environment(self) -> Mapping[str, str]:
        """Variables for a client in a process of its own: trust, the way to the host, and Docker's login file."""
        docker = self.folder / "docker"
        docker.mkdir(exist_ok=True)
        (docker / "config.json").write_text(json.dumps(self._docker_config()))
        values = {"DOCKER_CONFIG": str(docker)}
        if self.ca_file is not None:
            values |= dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), str(self.ca_file))
        return {**values, **self.way()}

    def way(self) -> Mapping[str, str]:
        """Variables that lead a client to the host."""
        if self.proxy is None:
            return {}
        proxied = dict.fromkeys(("HTTPS_PROXY", "https_proxy"), self.proxy.url)
        return {**proxied, **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost")}

    def crane(self, *arguments: str | Path) -> str:
        """Run crane with the login; returns what it prints.

        Raises:
            SetupError: it failed, with its message.
        """
        return registry.crane(*arguments, env=self.environment())

    def _docker_config(self) -> Mapping[str, object]:
        if self.login is None:
            return {"auths": {}}
        encoded = base64.b64encode(f"{self.login.username}:{self.login.secret}".encode()).decode()
        return {"auths": {self.host: {"auth": encoded}}}


@contextmanager
def running_registry(
    kind: Kind, *, folder: Path, authority: Certificate, server: Certificate
) -> Iterator[RunningRegistry]:
    """Run an empty registry of a kind while the body runs.

    Args:
        kind: what it asks of a client.
        folder: of its own; everything it writes lies there.
        authority: signs tokens, and has signed the server's certificate.
        server: good for `NAMES`.

    Raises:
        SetupError: the registry is not built, or does not start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        tokens = stack.enter_context(token_server(authority)) if kind.has_tokens else None
        if tokens is not None:
            tokens.allow_google(ACCESS_TOKEN)
        settings = RegistrySettings(data=folder / "data", auth=_auth(kind, folder=folder, tokens=tokens))
        direct_port = stack.enter_context(registry.serving(settings, folder=folder))
        upstreams = {"/": direct_port, **({"/v2/token": tokens.port} if tokens else {})}
        traffic = stack.enter_context(counting_proxy(upstreams, certificate=server if kind.is_secure else None))
        address = (registry.LOOPBACK, traffic.port)
        is_named = kind is Kind.ARTIFACT_REGISTRY
        proxy = stack.enter_context(connect_proxy({f"{ARTIFACT_REGISTRY}:443": address})) if is_named else None
        yield RunningRegistry(
            kind=kind,
            host=ARTIFACT_REGISTRY if is_named else f"{registry.LOOPBACK}:{traffic.port}",
            data=settings.data,
            direct_port=direct_port,
            folder=folder,
            login=_login(kind),
            ca_file=authority.certificate if kind.is_secure else None,
            traffic=traffic,
            tokens=tokens,
            proxy=proxy,
        )


def _auth(kind: Kind, *, folder: Path, tokens: TokenServer | None) -> Mapping[str, object]:
    if tokens is not None:
        return tokens.config()
    if kind is not Kind.BASIC:
        return {}
    return password_auth(folder)


def password_auth(folder: Path) -> Mapping[str, object]:
    """The `auth` section of a registry that wants `BASIC_USER` and `BASIC_SECRET`."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "htpasswd"
    file.write_text(_BASIC_LINE + "\n")
    return {"htpasswd": {"realm": "tests", "path": str(file)}}


def _login(kind: Kind) -> Login | None:
    if kind is Kind.BASIC:
        return Login(username=BASIC_USER, secret=BASIC_SECRET)
    if kind.has_tokens:
        return Login(username="oauth2accesstoken", secret=ACCESS_TOKEN)
    return None
