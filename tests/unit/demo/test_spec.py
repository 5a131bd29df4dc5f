from __future__ import annotations

from pathlib import Path

from tests.demo.spec import effective_spec
from tests.testbed.kindconfig import DEMO_PORT
from tfk8s.manifest.yaml import load_one
from tfk8s.spec import KindCluster, load_spec

EXAMPLE = Path(__file__).parents[3] / "examples" / "resnet" / "tfk8s.yaml"


def _effective(*, base: str | None) -> str:
    return effective_spec(
        EXAMPLE.read_text(), model=Path("/m/resnet"), base=base, cluster="testbed", kind_config=Path("/k.yaml")
    )


def test_the_demos_spec_is_valid_and_on_the_testbed() -> None:
    spec = load_spec(_effective(base="example.test/server:2.20.0"))

    assert spec.served_models[0].source == "/m/resnet"
    assert spec.image.base == "example.test/server:2.20.0"
    assert spec.expose.node_ports == {"rest": DEMO_PORT}
    assert spec.cluster == KindCluster(provider="kind", name="testbed", config="/k.yaml")


def test_nothing_else_of_the_example_changes() -> None:
    before = load_one(EXAMPLE.read_text(), source="example").value
    after = load_one(_effective(base=None), source="demo").value
    assert isinstance(before, dict)
    assert isinstance(after, dict)

    changed = {key for key in before if before[key] != after[key]}

    assert changed == {"model", "resources", "scaling", "expose", "cluster"}
    assert set(after) == set(before)
    assert load_spec(_effective(base=None)).image.base == "tensorflow/serving:2.20.0"
