from __future__ import annotations

import math
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image

from tests.unit.pictures.pictures import a_panel, a_picture, a_series
from tfk8s.errors import PreconditionError
from tfk8s.pictures import Form, Mark, Panel, Picture, Place, Series, Style, draw, require_drawing

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '<script>alert(1)</script> & "quoted" $x^2$ ]]> --> \u202e\x00'
FORMS: tuple[Form, ...] = ("svg", "png")


def svg_of(picture: Picture) -> ET.Element:
    return ET.fromstring(draw(picture, form="svg"))  # noqa: S314 - ours


def texts_of(picture: Picture) -> list[str]:
    return [element.text or "" for element in svg_of(picture).iter(f"{SVG}text")]


def lines_of(root: ET.Element, *, colour: str) -> Iterator[str]:
    for path in root.iter(f"{SVG}path"):
        if f"stroke: {colour}" in path.get("style", "") and "fill: none" in path.get("style", ""):
            yield path.get("d", "")


@pytest.mark.parametrize("form", FORMS)
def test_a_picture_is_the_same_bytes_each_time(form: Form) -> None:
    picture = a_picture(a_panel(a_series(), a_series("p50", style=Style.AREA)), places=(Place(name="knee", x=1),))

    assert draw(picture, form=form) == draw(picture, form=form)


def test_a_png_has_the_size_of_a_screen() -> None:
    image = Image.open(BytesIO(draw(a_picture(), form="png")))

    assert image.format == "PNG"
    assert image.size[0] == 1296


def test_text_is_text_that_can_be_found_and_read_aloud() -> None:
    picture = a_picture(
        a_panel(marks=(Mark(name="objective: 200 ms", y=200),), label="latency (ms)"), places=(Place(name="knee", x=1),)
    )

    assert {"Latency by rate", "requests a second", "latency (ms)", "p99", "objective: 200 ms", "knee"} <= {
        *texts_of(picture)
    }


def test_a_picture_tells_its_title_and_its_figures_to_who_does_not_see_it() -> None:
    root = svg_of(
        a_picture(
            a_panel(a_series("p99", ys=(4, 250, None)), marks=(Mark(name="objective", y=200),)),
            places=(Place(name="knee", x=1),),
        )
    )

    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "title description"
    assert root.findtext(f"{SVG}title") == "Latency by rate"
    assert root.findtext(f"{SVG}desc") == (
        "Over requests a second, from 0 to 2. latency (ms): p99 from 4 to 250; objective at 200. knee at 1."
    )


def test_hostile_names_are_shown_as_they_are_and_are_no_markup() -> None:
    picture = a_picture(
        a_panel(a_series(HOSTILE), label=HOSTILE, marks=(Mark(name=HOSTILE, y=1),)),
        title=HOSTILE,
        places=(Place(name=HOSTILE, x=1),),
    )

    root = svg_of(picture)

    assert not [element for element in root.iter() if "script" in element.tag]
    assert sum("<script>" in text and "$x^2$" in text for text in texts_of(picture)) >= 4


def test_a_name_that_begins_with_an_underscore_is_in_the_legend() -> None:
    assert any("_asked" in text for text in texts_of(a_picture(a_panel(a_series("_asked")))))


def test_nothing_of_a_picture_is_elsewhere() -> None:
    text = draw(a_picture(), form="svg").decode()

    for name in ("xmlns", "xmlns:xlink"):
        text = text.replace(f'{name}="http://www.w3.org/', "")
    assert "http" not in text
    assert "<!DOCTYPE" not in text


@pytest.mark.parametrize("style", Style)
def test_every_style_draws_a_value_that_stands_alone(style: Style) -> None:
    alone = a_picture(a_panel(a_series(ys=[5.0 if place == 30 else None for place in range(60)], style=style)))
    nothing = a_picture(a_panel(a_series(ys=[None] * 60, style=style)))

    def marks(picture: Picture) -> int:
        return len([use for use in svg_of(picture).iter(f"{SVG}use") if "fill: #0072b2" in use.get("style", "")])

    assert marks(alone) > marks(nothing)


def test_a_gap_breaks_the_line() -> None:
    whole, broken = (
        list(lines_of(svg_of(a_picture(a_panel(a_series(ys=ys)))), colour="#0072b2"))
        for ys in ((1, 2, 3, 4), (1, 2, None, 4, 5))
    )

    assert max(line.count("M") for line in whole) == 1
    assert max(line.count("M") for line in broken) == 2


def test_a_picture_without_values_says_so() -> None:
    assert "no values" in texts_of(a_picture(a_panel(a_series(ys=()))))


def test_two_panels_without_values_are_laid_out_all_the_same() -> None:
    nothing = a_panel(a_series(ys=()))

    assert texts_of(a_picture(nothing, nothing)).count("no values") == 2


def test_an_axis_of_nothing_but_zero_reaches_one() -> None:
    assert texts_of(a_picture(a_panel(a_series(ys=(0, 0, 0))))).count("1") == 2  # of both axes


def test_what_has_no_name_is_a_dash() -> None:
    assert texts_of(a_picture(a_panel(a_series(""), label=""), title="")).count("–") == 3


def test_an_axis_of_seconds_is_written_as_days_over_a_week() -> None:
    week = a_panel(Series(name="ready", xs=(0, 7 * 86_400), ys=(1.0, 2.0)))

    assert {"0", "1 d", "6 d", "7 d"} <= {*texts_of(a_picture(week, x_axis="seconds"))}


def test_a_logarithmic_axis_leaves_out_what_it_cannot_show() -> None:
    panel = Panel(label="latency (ms)", series=(a_series(ys=(0.0, 1.0, 1000.0)),), is_logarithmic=True)

    assert {"1", "10", "100", "1,000"} <= {*texts_of(a_picture(panel))}


def test_a_logarithmic_axis_without_a_positive_value_is_drawn_all_the_same() -> None:
    assert draw(a_picture(Panel(label="a", series=(a_series(ys=(0.0,)),), is_logarithmic=True)), form="svg")


def test_a_week_of_samples_makes_a_small_file() -> None:
    ys = [300 + 200 * math.sin(index / 900) + index % 7 for index in range(40_320)]

    assert len(draw(a_picture(a_panel(a_series(ys=ys))), form="svg")) < 100_000


def test_series_of_one_name_look_the_same_in_every_panel() -> None:
    root = svg_of(a_picture(a_panel(a_series("a"), a_series("b")), a_panel(a_series("b")), a_panel(a_series("b"))))

    assert len(list(lines_of(root, colour="#d55e00"))) == 2 * len(list(lines_of(root, colour="#0072b2"))) + 2


def test_the_axis_reaches_a_place_beyond_the_values() -> None:
    assert "20" in texts_of(a_picture(a_panel(a_series(ys=(1, 2))), places=(Place(name="change", x=20),)))


def test_the_settings_of_a_user_change_nothing() -> None:
    import matplotlib as mpl

    before = draw(a_picture(), form="svg")
    with mpl.rc_context({"lines.linewidth": 9, "axes.facecolor": "black", "svg.fonttype": "path"}):
        assert draw(a_picture(), form="svg") == before


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    for refused in (lambda: draw(a_picture(), form="svg"), require_drawing):
        with pytest.raises(PreconditionError, match="pictures need matplotlib") as caught:
            refused()
        assert caught.value.hint == "run: pip install 'tfk8s[pictures]'"
