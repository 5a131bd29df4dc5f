"""What the autoscaler does with a start that burns processor, as others found it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tfk8s.cli.main import root

SPEC = """\
apiVersion: tfk8s.dev/v1
name: resnet
model: {{source: image:///models/resnet}}
image: {{base: registry.example.com/resnet:1}}
resources: {{cpu: 2, memory: 4Gi}}
scaling: {{min: {least}, max: 5, metrics: [{{cpu: 60}}]}}
"""
EAGER = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: eager}
spec:
  maxReplicas: 5
  metrics:
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 30}}}
"""


def most_pods(file: str, *, is_burning: bool = True) -> int:
    """Pods at most after a deploy: each burns all of its processor for its first minute, and is ready after 5 s."""
    burn = "60" if is_burning else "0"
    command = ["autoscale", "simulate", "-f", file, "--generate", "steady:4,4,30m", "--pod-rate", "40"]
    result = CliRunner().invoke(root, [*command, "--cold", "--load", "5", "--burn", burn, "-o", "json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)["policies"][0]["replicas"]["most"]
    assert isinstance(found, int)
    return found


@pytest.mark.parametrize("least", [1, 2])
def test_a_spike_of_a_minute_when_all_pods_start_does_not_reach_the_most_pods(tmp_path: Path, least: int) -> None:
    """K33.3."""
    (tmp_path / "tfk8s.yaml").write_text(SPEC.format(least=least))
    (tmp_path / "eager.yaml").write_text(EAGER)

    assert most_pods(str(tmp_path / "tfk8s.yaml")) < 5
    assert most_pods(str(tmp_path / "tfk8s.yaml"), is_burning=False) == least
    # the spike is there: a target of half as much, at the usual pace, asks for all of them
    assert most_pods(str(tmp_path / "eager.yaml")) == 5
