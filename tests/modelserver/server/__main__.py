"""`tensorflow_model_server`, the test double: flags in, a running server or exit 255 out."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Any, Final, NoReturn

from tests.modelserver.server import flags as flag_table
from tests.modelserver.server import log

_EXIT_BAD: Final = 255
_VERSION: Final = "2.20.0-test-double"


def main() -> NoReturn:
    """Runs until killed."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # no handlers, as in the real server: signals do what the kernel does
    cpus = flag_table.schedulable_cpus()
    try:
        flags = flag_table.parse(sys.argv[1:], cpus=cpus)
    except flag_table.BadFlagError as error:
        sys.stderr.write(f"{error}\n")
        _say(flag_table.usage("tensorflow_model_server", cpus=cpus))
        sys.exit(_EXIT_BAD)
    if flags.boolean("version"):
        _say(f"TensorFlow ModelServer: {_VERSION}\nTensorFlow Library: {_tensorflow_version()}\n")
        sys.exit(0)
    if flags.unknown:
        _say(f"unknown argument: {flags.unknown[0]}\n")
    _serve(flags, cpus=cpus)
    threading.Event().wait()
    sys.exit(0)


def _serve(flags: flag_table.Flags, *, cpus: int) -> None:
    from tests.modelserver.server import assembly
    from tests.modelserver.server.errors import ServingError

    try:
        assembly.run(flags, cpus=cpus)
    except ServingError as error:
        log.error("model_servers/main.cc", f"Failed to start server. Error: {error}")
        sys.exit(_EXIT_BAD)


def _tensorflow_version() -> Any:
    from importlib.metadata import version

    return version("tensorflow-cpu")


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
