from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import tfk8s.cluster
from tests.fakes.cluster import FakeCluster
from tests.fakes.image_lookup import FakeImageLookup
from tfk8s.cli import wiring
from tfk8s.cli.main import root
from tfk8s.manifest.registry_answer import ImageAnswer, ImageState


def test_a_spec_and_a_name_together_are_refused() -> None:
    result = CliRunner().invoke(root, ["doctor", "-f", "x.yaml", "--name", "resnet"])

    assert result.exit_code == 2
    assert "-f or --name" in result.output


def test_help_tells_the_exit_codes_and_an_example() -> None:
    text = " ".join(CliRunner().invoke(root, ["doctor", "--help"]).output.split())

    assert "13: warnings. 6: errors." in text
    assert "tfk8s doctor --bundle" in text


def test_a_service_that_is_not_deployed_is_told_whether_a_registry_has_the_image_of_its_spec(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = "registry.test/serving:2.20.0"
    (tmp_path / "tfk8s.yaml").write_text(
        "apiVersion: tfk8s.dev/v1\nname: resnet\nmodel: {source: gs://models/resnet}\n"
        f"image: {{base: {base}}}\nserviceAccount: {{googleServiceAccount: none}}\nresources: {{memory: 2Gi}}\n"
    )
    monkeypatch.chdir(tmp_path)
    lookup = FakeImageLookup({base: ImageAnswer(image=base, state=ImageState.ABSENT)})
    monkeypatch.setattr(wiring, "image_lookup", lambda: lookup)
    monkeypatch.setattr(tfk8s.cluster, "connect", lambda **_: FakeCluster())

    by_spec = CliRunner().invoke(root, ["doctor", "-o", "json"])
    by_name = CliRunner().invoke(root, ["doctor", "-o", "json", "--name", "resnet", "-n", "default"])

    assert "image-absent" in {each["code"] for each in json.loads(by_spec.stdout)["findings"]}
    assert [each["code"] for each in json.loads(by_name.stdout)["findings"]] == ["absent"]
    assert lookup.asked == [base]
