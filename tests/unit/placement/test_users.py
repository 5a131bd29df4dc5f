from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfk8s.errors import InputError
from tfk8s.placement import Place, Position, read_places

HEAD = "latitude,longitude,rate\n"


def test_columns_are_named_by_the_first_line_and_may_stand_in_any_order() -> None:
    places = read_places("# made by hand\n\nName, Rate ,longitude,latitude\n Berlin ,12.5,13.4,52.5\n", name="u.csv")

    assert places == (Place(position=Position(52.5, 13.4), rate=12.5, name="Berlin"),)


def test_rows_of_one_position_are_added_up_and_rows_without_traffic_left_out() -> None:
    places = read_places(HEAD + "1,2,3\n5,6,0\n1,2,4\n", name="u.csv")

    assert places == (Place(position=Position(1, 2), rate=7),)


def test_a_file_of_a_spreadsheet_is_read() -> None:
    assert len(read_places("\ufefflatitude,longitude,rate\r\n1,2,3\r\n", name="u.csv")) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + "1,2,3\n91,2,3\n", "u.csv:3: latitude '91' is no number from -90 to 90"),
        (HEAD + "1,181,3\n", "u.csv:2: longitude '181' is no number from -180 to 180"),
        (HEAD + "1,2,-3\n", "u.csv:2: rate '-3' is no number from 0 to 1e+09"),
        (HEAD + "1,2,nan\n", "u.csv:2: rate 'nan' is no number"),
        (HEAD + "1,2,inf\n", "u.csv:2: rate 'inf' is no number"),
        (HEAD + "1,2,many\n", "u.csv:2: rate 'many' is no number"),
        (HEAD + "1,2\n", "u.csv:2: 2 cells, where the first line names 3 columns"),
        (HEAD + "\n# 1\n1,2,3,4\n", "u.csv:4: 4 cells"),
        ("latitude,rate\n", "u.csv:1: there is no column longitude"),
        ("latitude,longitude,rate,rate\n", "u.csv:1: the column rate is there twice"),
        ("1,2,3\n", "u.csv:1: '1' is no column that is known: latitude, longitude, rate, name"),
        (HEAD, "u.csv: holds no place with traffic"),
        (HEAD + "1,2,0\n", "u.csv: holds no place with traffic"),
        ("", "u.csv: holds no place with traffic"),
        (HEAD + '"1,2,3\n', "u.csv:2: unexpected end of data"),
        (HEAD + f"1,2,{'x' * 200}\n", f"rate '{'x' * 60}...' is no number"),
        (HEAD + "1,2,\x1b[31m\n", "rate '\\\\x1b[31m' is no number"),
    ],
)
def test_what_is_no_place_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_places(text, name="u.csv")

    assert message in caught.value.message
    assert caught.value.hint


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        places = read_places(f"{HEAD}{text}", name="u.csv")
    except InputError:
        return
    assert all(place.rate > 0 for place in places)
