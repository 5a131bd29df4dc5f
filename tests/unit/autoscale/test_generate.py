"""Traffic that is made."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.autoscale.generate import SHAPES, generate
from tfk8s.errors import InputError


def rates(text: str) -> list[float]:
    return [round(rate, 3) for rate in generate(text).rates]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("steady:1,5,45s", [5, 5, 5, 5]),
        ("step:1,5,90s", [1, 1, 5, 5, 1, 1, 1]),
        ("ramp:0,4,2m", [0, 1, 2, 3, 4, 3, 2, 1, 0]),
        ("spike:1,9,150s", [1, 1, 1, 1, 9, 1, 1, 1, 1, 1, 1]),
        ("sawtooth:0,4,4m", [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0]),
        ("night:1,5,90s", [5, 5, 1, 1, 5, 5, 5]),
        ("step:1,5,3m,every=1m,repeat=2", [1, 5, 1, 1, 5, 1, 1]),
    ],
)
def test_each_shape_lies_between_its_rates(text: str, expected: list[float]) -> None:
    assert rates(text) == expected


def test_a_day_is_quietest_at_four_and_busiest_at_sixteen() -> None:
    found = generate("day:10,100,2d,every=1h")

    assert found.times_s[-1] == 2 * 86_400
    assert [found.rates[hour] for hour in (4, 16, 28, 40)] == pytest.approx([10, 100, 10, 100])


def test_noise_is_the_same_for_a_seed_and_another_for_another() -> None:
    noisy = "steady:0,100,10h,noise=0.1,seed=7"
    found = generate(noisy).rates

    assert found == generate(noisy).rates
    assert found != generate(noisy.replace("seed=7", "seed=8")).rates
    assert sum(found) / len(found) == pytest.approx(100, rel=0.01)
    assert all(rate >= 0 for rate in found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no traffic that can be made"),
        ("circle:1,2,5m", "'circle:1,2,5m' is no traffic"),
        ("step:1,2", "no traffic"),
        ("step:1,noise=2,5m", "no traffic"),
        ("step:1,x,5m", "the high rate 'x' is no number from 0 to"),
        ("step:-1,2,5m", "the low rate '-1'"),
        ("step:nan,2,5m", "the low rate 'nan'"),
        ("step:3,2,5m", "the low rate 3 is above the high one 2"),
        ("step:1,2,5", "the time '5' is no time above 0"),
        ("step:1,2,0s", "the time '0s'"),
        ("step:1,2,5m,noise=2", "noise '2' is no number from 0 to 1"),
        ("step:1,2,5m,noise=.1,noise=.2", "'noise' is said twice"),
        ("step:1,2,5m,colour=red", "'colour' is none of noise, seed, repeat, every"),
        ("step:1,2,5m,repeat=0", "repeat '0' is no number from 1"),
        ("step:1,2,401d", "lasts longer than 400 days"),
        ("step:1,2,5m,every=0.00001s", "makes more than 1000000 samples"),
    ],
)
def test_what_is_none_of_the_language_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        generate(text)


@given(st.text(max_size=60), st.sampled_from([*SHAPES, ""]))
def test_any_text_makes_traffic_or_is_refused(text: str, shape: str) -> None:
    with suppress(InputError):
        assert generate(f"{shape}:{text}" if shape else text).rates
