"""The chart makes the objects that `render` makes, but for the Namespace and the label that says who manages them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.charts.parity import chart_objects, rendered_objects
from tests.golden.golden_cases import CHARTED, Case
from tests.golden.strategies import specs, told_specs
from tests.testbed.gitops import Line
from tfk8s.manifest.release import NEWEST_MINOR, OLDEST_MINOR
from tfk8s.render import RenderOptions, render
from tfk8s.spec import ServiceSpec, load_spec

pytestmark = pytest.mark.contract

minors = st.sampled_from([OLDEST_MINOR, NEWEST_MINOR])
slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
thorough = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=slow,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # each example starts a program: shrinking takes minutes
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for values; one example after the other uses it."""
    return tmp_path_factory.mktemp("values")


@pytest.mark.parametrize("case", CHARTED, ids=[case.name for case in CHARTED])
def test_every_golden_case_is_the_same_from_the_chart(case: Case, line: Line, tmp_path: Path) -> None:
    rendered = case.render()

    assert chart_objects(case.spec(), rendered, folder=tmp_path, line=line) == rendered_objects(rendered)


@pytest.mark.parametrize("case", CHARTED, ids=[case.name for case in CHARTED])
def test_every_golden_case_is_the_same_from_the_chart_with_an_image_that_was_given(case: Case, tmp_path: Path) -> None:
    rendered = case.render(image="registry.example.com/other:1.0@sha256:" + "a" * 64)

    assert chart_objects(case.spec(), rendered, folder=tmp_path) == rendered_objects(rendered)


@pytest.mark.parametrize("percent", [0, 1, 99, 100])
def test_a_tolerance_is_written_as_the_api_server_writes_it(percent: int, line: Line, tmp_path: Path) -> None:
    spec = load_spec(
        f"""
apiVersion: tfk8s.dev/v1
name: resnet
model: {{source: ./models}}
scaling: {{min: 1, max: 5, behavior: {{scaleDown: {{tolerancePercent: {percent}}}}}}}
""",
        source="tfk8s.yaml",
    )
    rendered = render(spec, {}, options=RenderOptions(kubernetes_minor=NEWEST_MINOR))

    made = chart_objects(spec, rendered, folder=tmp_path, minor=NEWEST_MINOR, line=line)

    assert made == rendered_objects(rendered)


@pytest.mark.timeout(600)
@thorough
@given(specs, minors)
def test_any_spec_is_the_same_from_the_chart(place: Path, spec: ServiceSpec, minor: int) -> None:
    rendered = render(spec, {}, options=RenderOptions(kubernetes_minor=minor))

    assert chart_objects(spec, rendered, folder=place, minor=minor) == rendered_objects(rendered)


@pytest.mark.timeout(600)
@settings(thorough, max_examples=50)
@given(told_specs, minors)
def test_any_front_that_needs_to_be_told_more_is_the_same_from_the_chart(
    place: Path, spec: ServiceSpec, minor: int
) -> None:
    """nginx, Contour, and the load balancers of GKE: annotations, policies, health checks."""
    rendered = render(spec, {}, options=RenderOptions(kubernetes_minor=minor))

    assert chart_objects(spec, rendered, folder=place, minor=minor) == rendered_objects(rendered)
