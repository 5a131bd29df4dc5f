"""What commands write with --html and --picture, as a real browser opens it."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from tests.contract.browser.browser import Browser
from tests.contract.serving.loopback_servers import http_server
from tests.fakes.service import small_service
from tests.unit.app.apply_stage import Stage
from tests.unit.app.test_status_looks import GrowingMetrics, rounds, watched
from tfk8s.app.status_page import status_page
from tfk8s.cli.main import root
from tfk8s.manifest import JsonObject
from tfk8s.pictures import to_html

TENSOR: JsonObject = {"dtype": "DT_FLOAT", "tensor_shape": {"dim": [{"size": "-1"}], "unknown_rank": False}}
SIGNATURE: JsonObject = {"inputs": {"x": TENSOR}, "outputs": {"y": TENSOR}, "method_name": "tensorflow/serving/predict"}
ANSWER: JsonObject = {  # of every question: what the model takes, and a prediction
    "model_spec": {"name": "half", "version": "3"},
    "metadata": {"signature_def": {"signature_def": {"serving_default": SIGNATURE}}},
    "predictions": [2.5],
}
HPA = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {{name: resnet}}
spec:
  maxReplicas: 8
  metrics:
  - {{type: Resource, resource: {{name: cpu, target: {{type: Utilization, averageUtilization: {percent}}}}}}}
"""


def run(*arguments: str) -> str:
    """What a command wrote to stdout."""
    result = CliRunner().invoke(root, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def rows(text: str) -> set[str]:
    """Lines of a terminal, without the spaces that align them."""
    return {" ".join(line.split()) for line in text.splitlines()}


def opened(browser: Browser, file: Path) -> list[str]:
    """Rows of the tables in a file that asked for nothing else and made the console say nothing."""
    browser.open(file, width=400)
    assert browser.requests() == [file.as_uri()]
    assert browser.said() == []
    if file.suffix == ".html":
        assert browser.ask("document.documentElement.scrollWidth") <= 400
    found: list[str] = browser.ask(
        "[...document.querySelectorAll('section tr')].map(row => [...row.cells].map(cell => cell.innerText).join(' '))"
    )
    return [row.strip() for row in found]


def test_bench_writes_a_page_and_a_picture_of_what_it_measured(browser: Browser, tmp_path: Path) -> None:
    page, picture = tmp_path / "bench.html", tmp_path / "bench.svg"

    with http_server(
        status=200, body=json.dumps(ANSWER).encode(), headers={"Content-Type": "application/json"}
    ) as port:
        told = run(
            *("bench", "--address", f"127.0.0.1:{port}", "--model", "half", "--rate", "10", "--duration", "1s"),
            *("--html", str(page), "--picture", str(picture)),
        )

    shown = opened(browser, page)
    assert browser.driver.title == f"half of 127.0.0.1:{port} under load"
    assert len(shown) == 2
    assert {*shown} <= rows(told)
    assert browser.ask("document.querySelector('svg title').textContent").endswith("latency by rate")
    opened(browser, picture)
    assert browser.ask("document.documentElement.getBoundingClientRect().height") > 300


def test_simulate_writes_a_page_and_a_picture_of_two_policies(browser: Browser, tmp_path: Path) -> None:
    page, picture = tmp_path / "simulate.html", tmp_path / "simulate.svg"
    policies = [tmp_path / "calm.yaml", tmp_path / "fast.yaml"]
    for policy, percent in zip(policies, (80, 50), strict=True):
        policy.write_text(HPA.format(percent=percent), encoding="utf-8")

    told = run(
        *("autoscale", "simulate", "--compare", *map(str, policies), "--generate", "step:30,180,1h"),
        *("--pod-rate", "40", "--objective", "p99=300ms", "--timeline", "--html", str(page), "--picture", str(picture)),
    )

    shown = opened(browser, page)
    assert browser.driver.title == "step:30,180,1h: calm, fast"
    assert "pods asked for" in " ".join(shown)
    assert {*shown} <= rows(told)
    opened(browser, picture)
    texts = browser.ask("[...document.querySelectorAll('text')].map(text => text.textContent)")
    assert {"step:30,180,1h", "calm", "fast", "objective: 300 ms", "1 h"} <= {*texts}


def test_status_writes_a_page_of_what_it_watched(browser: Browser, tmp_path: Path) -> None:
    stage, page = Stage(), tmp_path / "status.html"
    stage.apply(small_service(replicas=2))

    found = rounds(stage, watched(stage, GrowingMetrics()), count=4)
    page.write_text(to_html(status_page(found)))

    shown = opened(browser, page)
    assert browser.driver.title == "resnet in serving"
    assert [row for row in shown if row.startswith("– resnet ")]
    assert len([row for row in shown if " yes 0 " in row]) == 2, "a row for each pod"
    titles = browser.ask("[...document.querySelectorAll('svg title')].map(title => title.textContent)")
    assert "The course of the looks" in titles
