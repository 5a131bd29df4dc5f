"""Every state of a service's Deployment that the API server stores while something is done to it."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.integration.service import Service

_MARK = "tfk8s-test-is-over"
_AT_MOST_S = 800.0


@contextmanager
def every_count(half: Service, field: str) -> Iterator[list[int]]:
    """The count in a field, as in `.spec.replicas`, of each version that is stored while the body runs; all at its end.

    The first is there before the body begins, and a mark that is written last tells that none is missing.
    """
    where = ("--kubeconfig", str(half.cluster.kubeconfig), "--namespace", half.namespace)
    shown = f"{{{field}}} {{.metadata.annotations}}{{'\\n'}}"
    command = [str(half.cluster.kubectl_path), *where, "get", "deployment", "half", "--watch", f"-o=jsonpath={shown}"]
    counts: list[int] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watch:
        limit = threading.Timer(_AT_MOST_S, watch.kill)
        limit.start()
        try:
            assert watch.stdout is not None
            counts.append(_count(watch.stdout.readline()))
            yield counts
            half.cluster.kubectl("--namespace", half.namespace, "annotate", "deployment", "half", f"{_MARK}=yes")
            for line in watch.stdout:
                counts.append(_count(line))
                if _MARK in line:
                    break
            else:
                raise AssertionError(f"the watch ended before its mark; it told {counts}")
        finally:
            limit.cancel()
            watch.terminate()


def _count(line: str) -> int:
    """The count of a line; the API server leaves out a 0."""
    return int(line.partition(" ")[0] or 0)
