"""`tfk8s alerts` and `tfk8s dashboard`: files of what is rendered elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tfk8s.cli.main import root
from tfk8s.manifest.fields import object_at, objects_at, text_at
from tfk8s.manifest.yaml import load_one
from tfk8s.render.grafana import grafana_dashboard
from tfk8s.spec import load_spec

SPEC = """\
apiVersion: tfk8s.dev/v1
name: resnet
namespace: serving
model: {source: "pvc://models/resnet"}
labels: {release: kube-prometheus-stack}
monitoring: {objective: {}}
"""


@pytest.fixture
def spec_file(tmp_path: Path) -> Path:
    file = tmp_path / "tfk8s.yaml"
    file.write_text(SPEC)
    return file


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(root, list(map(str, arguments)))


def test_alerts_are_a_rule_file(spec_file: Path) -> None:
    result = run("alerts", "-f", spec_file)

    found = load_one(result.stdout, source="stdout").value
    assert isinstance(found, dict)
    assert [text_at(group, "name").rpartition(".")[2] for group in objects_at(found, "groups")] == [
        "recorded",
        "objective",
        "causes",
    ]
    assert json.loads(run("alerts", "-f", spec_file, "-o", "json").stdout) == found


@pytest.mark.parametrize(
    ("form", "kind"),
    [("operator", "monitoring.coreos.com/v1 PrometheusRule"), ("gke", "monitoring.googleapis.com/v1 Rules")],
)
def test_alerts_are_an_object_that_apply_does_not_prune(spec_file: Path, form: str, kind: str) -> None:
    found = load_one(run("alerts", "-f", spec_file, "--format", form).stdout, source="stdout").value
    assert isinstance(found, dict)

    assert f"{found['apiVersion']} {found['kind']}" == kind
    assert object_at(found, "metadata", "labels") == {"release": "kube-prometheus-stack"}
    assert len(objects_at(found, "spec", "groups")) == 3


def test_without_an_objective_it_is_said_that_only_causes_are_told(spec_file: Path) -> None:
    spec_file.write_text(SPEC.replace("monitoring: {objective: {}}", ""))

    assert "alerts for causes alone" in run("alerts", "-f", spec_file).stderr


def test_a_dashboard_is_written_whole(spec_file: Path, tmp_path: Path) -> None:
    result = run("dashboard", "-f", spec_file, "--out", tmp_path / "resnet.json")

    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads((tmp_path / "resnet.json").read_text()) == grafana_dashboard(load_spec(spec_file))


def test_a_dashboard_that_cannot_be_written_is_told_in_one_line(spec_file: Path, tmp_path: Path) -> None:
    result = run("dashboard", "-f", spec_file, "--out", tmp_path / "nowhere" / "resnet.json")

    assert result.exit_code == 3
    assert "cannot write" in result.stderr


def test_each_form_of_a_dashboard_is_what_its_reader_takes(spec_file: Path) -> None:
    assert "panels" in json.loads(run("dashboard", "-f", spec_file).stdout)
    assert "mosaicLayout" in json.loads(run("dashboard", "-f", spec_file, "--format", "google").stdout)
    assert "kind: ConfigMap" in run("dashboard", "-f", spec_file, "--format", "config-map").stdout


@pytest.mark.parametrize("command", ["alerts", "dashboard"])
def test_a_service_in_several_regions_is_told_of_in_the_one_that_is_named(command: str, tmp_path: Path) -> None:
    file = tmp_path / "tfk8s.yaml"
    file.write_text(SPEC + "regions: {europe: {context: a}, us: {context: b, monitoring: {objective: null}}}\n")

    refused = run(command, "-f", file)
    with_objective, without = (run(command, "-f", file, "--region", name) for name in ("europe", "us"))

    assert refused.exit_code == 3
    assert "--region europe" in refused.output
    assert (with_objective.exit_code, without.exit_code) == (0, 0)
    assert len(with_objective.stdout) > len(without.stdout)
