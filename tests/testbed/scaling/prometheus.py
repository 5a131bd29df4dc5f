"""Prometheus' answers, and a Prometheus of its own on loopback for tests without a cluster."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from tests.ports import free_port
from tests.testbed.gobuild import find_program
from tests.testbed.gomodules import prometheus_modules
from tests.testbed.layout import layout
from tests.testbed.process import beside, wait_until
from tests.testbed.scaling.promtool import ensure_programs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_LOOPBACK: Final = "127.0.0.1"
_START_S: Final = 60.0
_ASK_S: Final = 10.0
_STATES: Final = ("", "inactive", "pending", "firing")


class Asking(Protocol):
    """A way to Prometheus' HTTP API."""

    def get(self, path: str) -> str:
        """Return the answer to a GET."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prometheus:
    """A Prometheus that runs.

    Attributes:
        asking: The way to its HTTP API.
        server: Its address for pods, as in `scaling.source.server`; on loopback, for this machine.
    """

    asking: Asking
    server: str

    def query(self, promql: str) -> dict[tuple[tuple[str, str], ...], float]:
        """Ask for the present value of an expression.

        Returns:
            The value of each series by its sorted labels; nothing when no series fits.
        """
        answer = self._data(f"query?{urllib.parse.urlencode({'query': promql})}")
        return {tuple(sorted(one["metric"].items())): float(one["value"][1]) for one in answer["result"]}

    def number(self, promql: str) -> float | None:
        """Ask for an expression that answers with one number; None when no series fits."""
        values = list(self.query(promql).values())
        assert len(values) <= 1, f"{promql} answers with {len(values)} series"
        return values[0] if values else None

    def alerts(self) -> dict[str, str]:
        """Return the state of each alert by its name: inactive, pending or firing, the gravest of several."""
        found: dict[str, str] = {}
        for group in self._data("rules?type=alert")["groups"]:
            for rule in group["rules"]:
                assert rule["health"] in ("ok", "unknown"), rule.get("lastError")
                found[rule["name"]] = max(rule["state"], found.get(rule["name"], ""), key=_STATES.index)
        return found

    def targets(self) -> dict[str, str]:
        """Return the pages that are read, each with the last error of reading it; empty when there was none."""
        active = self._data("targets?state=active")["activeTargets"]
        return {one["scrapeUrl"]: one["lastError"] for one in active if one["health"] != "unknown"}

    def _data(self, path: str) -> Any:
        return json.loads(self.asking.get(f"/api/v1/{path}"))["data"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loopback:
    port: int

    def get(self, path: str) -> str:
        """See Asking."""
        with urllib.request.urlopen(f"http://{_LOOPBACK}:{self.port}{path}", timeout=_ASK_S) as answer:
            return str(answer.read().decode())


@contextmanager
def reading(
    ports: Mapping[int, Mapping[str, str]], *, page: str, folder: Path, rules: Sequence[object] = ()
) -> Iterator[Prometheus]:
    """Run a Prometheus on loopback while the body runs; it reads pages of this machine every second.

    Args:
        ports: Of 127.0.0.1, with the labels that the samples of each get.
        page: The path of the page.
        folder: For its configuration, its data, and its log, `prometheus.log`.
        rules: Groups of rules that it evaluates.

    Raises:
        SetupError: it is not built, or does not start.
    """
    ensure_programs()
    program = find_program(prometheus_modules(), "prometheus", layout=layout())
    folder.mkdir(parents=True, exist_ok=True)
    config, log, port = folder / "prometheus.json", folder / "prometheus.log", free_port()
    (folder / "rules.json").write_text(json.dumps({"groups": [*rules]}))  # JSON is YAML
    config.write_text(json.dumps({**configuration(ports, page=page), "rule_files": ["rules.json"]}))
    paths = (f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}")
    with beside([program, *paths, f"--web.listen-address={_LOOPBACK}:{port}"], log=log):
        wait_until(lambda: _is_ready(port), timeout_s=_START_S, what="Prometheus", log=log)
        yield Prometheus(asking=_Loopback(port=port), server=f"http://{_LOOPBACK}:{port}")


def configuration(ports: Mapping[int, Mapping[str, str]], *, page: str) -> dict[str, object]:
    """Return what Prometheus on loopback reads."""
    targets: Sequence[object] = [
        {"targets": [f"{_LOOPBACK}:{port}"], "labels": dict(labels)} for port, labels in ports.items()
    ]
    return {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "scrape_configs": [{"job_name": "model-servers", "metrics_path": page, "static_configs": targets}],
    }


def _is_ready(port: int) -> bool:
    try:
        return bool(_Loopback(port=port).get("/-/ready"))
    except OSError:
        return False
