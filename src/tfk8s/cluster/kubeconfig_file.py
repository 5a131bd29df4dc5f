"""Changes a kubeconfig on disk: locked as kubectl locks it, whole or not at all, with the owner and mode it had."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tfk8s.clock import Clock, ticks
from tfk8s.errors import PreconditionError
from tfk8s.manifest.kubeconfig import KubeconfigEntry, with_entry, without_entry
from tfk8s.ports.kubeconfig import KubeconfigChange

_LOCK_TIMEOUT_S = 10.0
_STALE_S = 60.0
"""Age of a lock whose owner must have been killed: a kubeconfig is written in milliseconds."""


def kubeconfig_path(*, kubeconfig: Path | None, environ: Mapping[str, str]) -> Path:
    """The file that gcloud would write: the one that is named, the first of KUBECONFIG, or ~/.kube/config."""
    if kubeconfig is not None:
        return kubeconfig
    first = next((part for part in environ.get("KUBECONFIG", "").split(os.pathsep) if part), None)
    with contextlib.suppress(RuntimeError):  # ~name of a user that this computer does not know
        return (Path(first) if first else Path("~/.kube/config")).expanduser()
    return Path(first or ".kube/config")


class KubeconfigFile:
    """Implements `tfk8s.ports.Kubeconfig` on a file that need not exist; a symbolic link stays one."""

    def __init__(self, path: Path, *, clock: Clock) -> None:
        """Remember where; nothing is read yet."""
        self._path, self._clock = path, clock

    def put(self, entry: KubeconfigEntry) -> KubeconfigChange:
        """Write the entry and make its context the current one."""
        source = str(self._path)
        return self._change(lambda text: with_entry(text, entry, make_current=True, source=source), is_new=True)

    def remove(self, name: str) -> KubeconfigChange:
        """Take out what has this name; a file that is not there is not made."""
        return self._change(lambda text: without_entry(text, name, source=str(self._path)), is_new=False)

    def _change(self, edit: Callable[[str], str], *, is_new: bool) -> KubeconfigChange:
        try:
            if not is_new and not self._path.exists():
                return KubeconfigChange(path=self._path, is_changed=False)
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._locked():
                target = self._path.resolve(strict=False)
                before = target.read_bytes() if target.exists() else b""
                after = edit(_decoded(before, self._path)).encode()
                if after != before:
                    _replace(target, after)
        except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle, until Python 3.12
            raise _unwritable(self._path, error) from error
        return KubeconfigChange(path=self._path, is_changed=after != before)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold `FILE.lock`, which kubectl makes too (client-go, clientcmd.lockFile)."""
        lock = self._path.with_name(self._path.name + ".lock")
        for _ in ticks(self._clock, timeout_s=_LOCK_TIMEOUT_S, interval_s=0.1):
            if self._took(lock):
                break
        else:
            raise PreconditionError(
                f"another program holds the kubeconfig: {lock} is there for more than {_LOCK_TIMEOUT_S:.0f} s",
                hint=f"wait for it; if no kubectl and no tfk8s is at work, remove {lock}",
            )
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)

    def _took(self, lock: Path) -> bool:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            self._break_if_stale(lock)
            return False
        return True

    def _break_if_stale(self, lock: Path) -> None:
        with contextlib.suppress(FileNotFoundError):
            if self._clock.utc_now().timestamp() - lock.stat().st_mtime > _STALE_S:
                lock.unlink()


def _decoded(data: bytes, path: Path) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise PreconditionError(
            f"the kubeconfig {path} is broken, and was left alone: it is not UTF-8",
            hint="save it as UTF-8, or name another file with --kubeconfig",
        ) from error


def _replace(target: Path, data: bytes) -> None:
    """Write beside the file and rename: a reader finds the old file or the new one, never a part."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")  # for the owner alone
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if target.exists():
                _keep_owner(file.fileno(), target.stat())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _keep_owner(handle: int, before: os.stat_result) -> None:
    with contextlib.suppress(PermissionError):
        os.fchown(handle, before.st_uid, before.st_gid)
    os.fchmod(handle, stat.S_IMODE(before.st_mode))


def _unwritable(path: Path, error: Exception) -> PreconditionError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return PreconditionError(
        f"the kubeconfig {path} cannot be written: {reason}",
        hint="name another file with --kubeconfig, or see to its permissions",
    )
