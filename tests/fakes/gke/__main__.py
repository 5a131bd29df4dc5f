"""Run the server alone: `python -m tests.fakes.gke --port 18555 --state gke.json`.

It prints `READY http://127.0.0.1:PORT` when it can be asked, and ends with SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from tests.fakes.gke import faults
from tests.fakes.gke.clusters import Behind
from tests.fakes.gke.server import METHODS, FakeGke


def main() -> None:
    options = _parser().parse_args()
    server = FakeGke(port=options.port, state_file=options.state)
    server.world.looks = options.looks
    if options.behind:
        name, endpoint, ca, token = options.behind
        server.stand_behind(
            name, Behind(endpoint=endpoint, ca=Path(ca).read_bytes(), token=Path(token).read_text().strip())
        )
    for text in options.fail:
        _plan(server, text)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with server:
        sys.stdout.write(f"READY {server.endpoint}\n")
        sys.stdout.flush()
        ended.wait()


def _plan(server: FakeGke, text: str) -> None:
    method, _, rest = text.partition("=")
    name, _, times = rest.partition(":")
    if name in faults.FAILURES_BY_NAME:
        server.fail_operation(method, faults.FAILURES_BY_NAME[name]())
    else:
        server.fail(method, faults.BY_NAME[name](), times=int(times or 1))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.gke", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--state", type=Path, help="file that keeps clusters and operations")
    parser.add_argument("--looks", type=int, default=3, help="how often an operation is looked at until it is over")
    parser.add_argument(
        "--behind",
        nargs=4,
        metavar=("NAME", "HOST:PORT", "CA_FILE", "TOKEN_FILE"),
        help="a real control plane that clusters of this name are",
    )
    parser.add_argument(
        "--fail",
        action="append",
        default=[],
        metavar="METHOD=FAULT[:TIMES]",
        help=f"METHOD: one of {', '.join(METHODS)}, or CREATE_CLUSTER ...; FAULT: {', '.join(faults.names())}",
    )
    return parser


if __name__ == "__main__":
    main()
