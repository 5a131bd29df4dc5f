"""From a kubeconfig to a client: which file, which context, and every way that can fail, in one sentence each."""

from __future__ import annotations

import logging
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfk8s.errors import PreconditionError
from tfk8s.ports.cluster import ClusterIdentity

if TYPE_CHECKING:
    from kubernetes.client.api_client import ApiClient

_PLUGIN_HINTS = {
    "gke-gcloud-auth-plugin": "install it: gcloud components install gke-gcloud-auth-plugin",
    "aws": "install the AWS command line",
    "kubelogin": "install kubelogin",
}


class _UnreadableError(PreconditionError):
    """There is a kubeconfig, and it is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A client of one cluster; nothing has been sent yet. `namespace` is the context's, "default" when it has none."""

    client: ApiClient
    identity: ClusterIdentity
    namespace: str


def open_connection(*, kubeconfig: Path | None = None, context: str | None = None) -> Connection:
    """Read the kubeconfig (`kubeconfig`, else KUBECONFIG, else ~/.kube/config) and take a context of it.

    Raises:
        PreconditionError: no file, unreadable, no such context, a missing or failing credential plugin.
    """
    from kubernetes.client.api_client import ApiClient
    from kubernetes.client.configuration import Configuration
    from kubernetes.config.config_exception import ConfigException
    from kubernetes.config.kube_config import load_kube_config

    place = _place(kubeconfig)
    content = _merged(place)
    chosen = _context(content, wanted=context or _current(place), place=place)
    user = _entry(content, "users", str(chosen.get("user", "")), key="user")
    _check_plugin(user, place=place)

    configuration = Configuration()
    configuration.retries = False  # retry.py decides; urllib3 would also repeat what is not safe
    with _Overheard() as overheard:
        try:
            load_kube_config(place, context=chosen["name"], client_configuration=configuration, persist_config=False)
        except (ConfigException, OSError, ValueError) as error:
            raise _unreadable(place, error) from error
    if user.get("exec") and not configuration.api_key and not configuration.cert_file:
        raise PreconditionError(
            f"the credential plugin {user['exec'].get('command')!r} of context {chosen['name']} gave no login",
            hint="log in again (for GKE: gcloud auth login)",
            details=overheard.lines[:3],
        )
    identity = ClusterIdentity(context=chosen["name"], server=str(configuration.host))
    return Connection(
        client=ApiClient(configuration), identity=identity, namespace=chosen.get("namespace") or "default"
    )


def leads_to(context: str) -> bool:
    """Whether the kubeconfig that kubectl would take has this context, and its credential plugin is installed.

    A kubeconfig that cannot be read counts as one: the error is better told by whoever opens it.
    """
    try:
        place = _place(None)
        content = _merged(place)
        chosen = _context(content, wanted=context, place=place)
        _check_plugin(_entry(content, "users", str(chosen.get("user", "")), key="user"), place=place)
    except _UnreadableError:
        return True
    except PreconditionError:
        return False
    return True


def _merged(place: str) -> Any:
    from kubernetes.config.kube_config import KubeConfigMerger

    try:
        return _plain(KubeConfigMerger(place).config) or {}
    except Exception as error:  # the client lets through whatever its YAML reader raises, which is not ours to import
        raise _unreadable(place, error) from error


def _current(place: str) -> str | None:
    """The current context as kubectl means it: that of the first file which has one; the client takes the last."""
    for part in place.split(os.pathsep):
        if _is_file(part):
            content = _merged(part)
            if content.get("current-context"):
                return str(content["current-context"])
    return None


def _plain(node: Any) -> Any:
    """The client's merged kubeconfig as plain data: it wraps entries, to remember the file of each."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    value = getattr(node, "value", node)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value if value is node else _plain(value)


def _is_file(part: str) -> bool:
    try:
        return bool(part) and Path(part).expanduser().is_file()
    except RuntimeError:  # ~name of a user that this computer does not know
        return False


def _place(kubeconfig: Path | None) -> str:
    if kubeconfig is not None:
        place, origin = str(kubeconfig), "--kubeconfig"
    else:
        place, origin = os.environ.get("KUBECONFIG", ""), "KUBECONFIG"
        if not place:
            place, origin = str(Path.home() / ".kube" / "config"), "no KUBECONFIG is set"
    if not any(_is_file(part) for part in place.split(os.pathsep)):
        raise PreconditionError(
            f"no kubeconfig at {place} ({origin})",
            hint="make a cluster (tfk8s up), fetch the credentials of one, or name a file with --kubeconfig",
        )
    return place


def _unreadable(place: str, error: Exception) -> PreconditionError:
    return _UnreadableError(
        f"the kubeconfig {place} cannot be used ({type(error).__name__})",
        hint="`kubectl config view` says more; fetch the credentials of the cluster again",
    )


def _context(content: Any, *, wanted: str | None, place: str) -> dict[str, Any]:
    name = wanted
    known = [str(item.get("name")) for item in content.get("contexts") or ()]
    if not name:
        raise PreconditionError(
            f"the kubeconfig {place} has no current context", hint="choose one with --context: " + ", ".join(known)
        )
    found = _entry(content, "contexts", name, key="context")
    if name not in known:
        raise PreconditionError(
            f"no context {name!r} in the kubeconfig {place}",
            hint="known contexts: " + (", ".join(known) or "none"),
        )
    return {**found, "name": name}


def _entry(content: Any, section: str, name: str, *, key: str) -> dict[str, Any]:
    for item in content.get(section) or ():
        if item.get("name") == name:
            body = item.get(key)
            return body if isinstance(body, dict) else {}
    return {}


def _check_plugin(user: dict[str, Any], *, place: str) -> None:
    plugin = user.get("exec")
    command = str(plugin.get("command") or "") if isinstance(plugin, dict) else ""
    if not command:
        return
    here = Path(place.split(os.pathsep)[0]).parent / command if os.sep in command else None
    if shutil.which(command) or (here is not None and here.is_file()):
        return
    program = Path(command).name
    raise PreconditionError(
        f"the kubeconfig needs the credential plugin {program}, which is not on the PATH",
        hint=_PLUGIN_HINTS.get(program, f"install {program}, or put its folder on the PATH"),
    )


class _Overheard(logging.Handler):
    """The client logs why a credential plugin failed instead of raising it; this keeps those lines off the terminal."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: tuple[str, ...] = ()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += tuple(record.getMessage().splitlines())

    def __enter__(self) -> _Overheard:
        logging.getLogger().addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self)
