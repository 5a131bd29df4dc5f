"""A process of its own that stages and publishes, and ends with SIGKILL at its N-th touch of the store.

For the directory a touch is an event of Python's audit hooks below that directory, for the volume a command in the pod.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from tests.contract.publication.stands import volume_stand, volume_store
from tfk8s.app.directory_store import DirectoryStore
from tfk8s.app.publication import local_version
from tfk8s.ports import SilentReporter
from tfk8s.ports.publication import VersionStore

_WRITES = frozenset({"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree", "shutil.copyfile"})


def _directory(folder: Path, *, touch: int) -> VersionStore:
    models, touches = str(folder / "models"), 0

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal touches
        if event not in _WRITES or not arguments or not str(arguments[0]).startswith(models):
            return
        touches += 1
        if touches == touch:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    return DirectoryStore(folder / "models", place="./models")


def _volume(folder: Path, *, touch: int) -> VersionStore:
    played, cluster, clock = volume_stand(folder)

    def count(number: int) -> None:
        if number == touch:
            os.kill(os.getpid(), signal.SIGKILL)

    played.before_run = count
    return volume_store(cluster, clock)


def started(kind: str, folder: Path, *, number: int, touch: int) -> int:
    """Fork a run; it writes what it sent into the file `sent`. Returns its process."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        version = local_version(folder / f"export-{number}", number=number)
        store = (_directory if kind == "directory" else _volume)(folder, touch=touch)
        staged = store.stage(version, reporter=SilentReporter())
        store.publish(staged)
        (folder / "sent").write_text(str(staged.sent_bytes))
        code = 0
    finally:
        os._exit(code)  # neither pytest's ends nor its output are this process's
