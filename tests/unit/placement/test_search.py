from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.placement import Choice, Problem, Site, choice_of, efficient_choices, weighted_percentile


def test_each_place_is_served_by_the_nearest_and_nodes_follow_its_traffic() -> None:
    problem = Problem(
        rates=(100.0, 250.0, 50.0),
        sites=(Site("a", 0.2, (10.0, 90.0, 40.0)), Site("b", 0.3, (80.0, 20.0, 40.0)), Site("c", 9.0, (1.0, 1.0, 1.0))),
        node_rate=100.0,
        min_nodes=2,
        percentile=50.0,
    )

    choice = choice_of(problem, (1, 0))

    assert choice.owners == (0, 1, 0)  # equally near: the first
    assert choice.rates == (150.0, 250.0)
    assert choice.nodes == (2, 3)
    assert choice.cost == pytest.approx(2 * 0.2 + 3 * 0.3)
    assert choice.at_percentile_ms == 20.0
    assert choice.mean_ms == pytest.approx((100 * 10 + 250 * 20 + 50 * 40) / 400)


@pytest.mark.parametrize(
    ("percentile", "value"), [(10, 1.0), (25, 1.0), (26, 2.0), (50, 2.0), (51, 3.0), (99.9, 3.0), (100, 3.0)]
)
def test_a_percentile_counts_requests_not_places(percentile: float, value: float) -> None:
    assert weighted_percentile((3.0, 1.0, 2.0), (2.0, 1.0, 1.0), percentile) == value


def test_as_many_requests_as_nodes_answer_need_no_further_node() -> None:
    problem = Problem(rates=(0.1,) * 3, sites=(Site("a", 1.0, (1.0,) * 3),), node_rate=0.1)

    assert choice_of(problem, (0,)).nodes == (3,)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    places = draw(st.integers(1, 12))
    # Few values, so that sets tie.
    latencies = st.tuples(*[st.sampled_from((5.0, 10.0, 20.0, 40.0))] * places)
    sites = draw(st.lists(st.tuples(st.sampled_from((0.1, 0.2, 0.25)), latencies), min_size=1, max_size=6))
    return Problem(
        rates=tuple(draw(st.lists(st.sampled_from((1.0, 2.5, 30.0)), min_size=places, max_size=places))),
        sites=tuple(
            Site(f"r{place}", price, row, own_price=draw(st.sampled_from((0.0, 0.5))))
            for place, (price, row) in enumerate(sites)
        ),
        node_rate=draw(st.sampled_from((None, 1.0, 10.0))),
        min_nodes=draw(st.integers(1, 3)),
        percentile=draw(st.sampled_from((50.0, 90.0, 99.0))),
    )


def by_brute_force(problem: Problem, most: int) -> list[Choice]:
    """All sets, each held against all others, by the words of the promise."""
    found = [
        choice_of(problem, sites)
        for size in range(1, most + 1)
        for sites in itertools.combinations(range(len(problem.sites)), size)
    ]
    keys = [(one.cost, one.at_percentile_ms, one.mean_ms) for one in found]
    kept = []
    for place, (cost, ms, mean) in enumerate(keys):
        others = keys[:place] + keys[place + 1 :]
        is_beaten = any(c <= cost and m <= ms and (c < cost or m < ms or n < mean) for c, m, n in others)
        is_late = any(key == keys[place] for key in keys[:place])
        if not is_beaten and not is_late:
            kept.append(found[place])
    return sorted(kept, key=lambda one: one.cost)


@given(problem=problems(), most=st.integers(1, 4))
def test_the_search_finds_what_a_look_at_all_pairs_of_sets_finds(problem: Problem, most: int) -> None:
    assert list(efficient_choices(problem, most=most)) == by_brute_force(problem, most)


@given(problem=problems())
def test_a_region_more_makes_no_place_slower(problem: Problem) -> None:
    for count in range(1, len(problem.sites)):
        before, after = choice_of(problem, range(count)), choice_of(problem, range(count + 1))

        assert all(map(float.__ge__, before.latencies_ms, after.latencies_ms))
        assert before.at_percentile_ms >= after.at_percentile_ms
        assert before.mean_ms >= after.mean_ms - 1e-9


@given(problem=problems())
def test_all_traffic_is_served_and_every_node_is_paid(problem: Problem) -> None:
    choice = choice_of(problem, range(len(problem.sites)))

    assert sum(choice.rates) == pytest.approx(sum(problem.rates))
    nodes_and_regions = zip(choice.nodes, problem.sites, strict=True)
    assert choice.cost == pytest.approx(
        sum(site.own_price + count * site.node_price for count, site in nodes_and_regions)
    )
