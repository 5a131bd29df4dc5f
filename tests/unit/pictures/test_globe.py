from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET
from io import BytesIO

import pytest
from PIL import Image

from tfk8s.pictures import Form, GlobeMap, Spot, draw_map
from tfk8s.pictures.globe import land_rings, way

SVG = "{http://www.w3.org/2000/svg}"
TOKYO = Spot(latitude=35.7, longitude=139.7, name="asia-northeast1")
OREGON = Spot(latitude=45.6, longitude=-121.2, name="us-west1")
HAWAII = Spot(latitude=21.3, longitude=-157.9, weight=5.0, server=0)
SEATTLE = Spot(latitude=47.6, longitude=-122.3, weight=20.0, server=1)


def a_map(*, title: str = "users.csv") -> GlobeMap:
    return GlobeMap(title=title, caption="a model", servers=(TOKYO, OREGON), users=(HAWAII, SEATTLE), idle=(HAWAII,))


@pytest.mark.parametrize("form", ["svg", "png"])
def test_a_map_is_the_same_bytes_each_time(form: Form) -> None:
    assert draw_map(a_map(), form=form) == draw_map(a_map(), form=form)


def test_a_map_names_its_servers_and_tells_who_serves_whom_to_who_does_not_see_it() -> None:
    root = ET.fromstring(draw_map(a_map(title="<b>&"), form="svg"))  # noqa: S314 - ours

    assert {"asia-northeast1", "us-west1", "<b>&", "a model"} <= {one.text for one in root.iter(f"{SVG}text")}
    assert root.findtext(f"{SVG}desc") == (
        "A map of the Earth. asia-northeast1 serves 1 of 2 places, 5 in all. us-west1 serves 1 of 2 places, 20 in all."
        " a model"
    )


def test_a_map_as_png_has_the_size_of_a_screen_and_land_and_colours() -> None:
    image = Image.open(BytesIO(draw_map(a_map(), form="png"))).convert("RGB")

    assert image.size[0] == 1296
    assert {(236, 236, 236), (0, 114, 178), (213, 94, 0)} <= {colour for _, colour in image.getcolors(1 << 24) or ()}


def test_a_way_over_the_date_line_leaves_on_one_side_and_comes_in_on_the_other() -> None:
    text = draw_map(a_map(), form="svg").decode()
    lines = [part for part in text.split("<path ") if "stroke: #0072b2; stroke-opacity" in part]

    assert len(lines) == 2


def test_a_way_is_the_shortest_one() -> None:
    points = way(Spot(latitude=50, longitude=0), Spot(latitude=50, longitude=100))

    assert points[0] == pytest.approx((0, 50))
    assert points[-1] == pytest.approx((100, 50))
    assert max(latitude for _, latitude in points) > 60  # over the north


def test_a_way_to_the_same_spot_or_to_the_other_end_of_the_globe_is_a_line() -> None:
    assert len(way(TOKYO, TOKYO)) == 2
    assert len(way(Spot(latitude=0, longitude=0), Spot(latitude=0, longitude=180))) == 2


def test_land_lies_on_the_globe_and_no_outline_leaps_across_the_map() -> None:
    rings = list(land_rings())

    assert len(rings) > 100
    for ring in rings:
        assert all(-180 <= longitude <= 180 and -90 <= latitude <= 90 for longitude, latitude in ring)
        assert max(abs(one[0] - other[0]) for one, other in itertools.pairwise(ring)) < 60


@pytest.mark.parametrize(
    ("longitude", "latitude", "is_land"),
    [(13.4, 52.5, True), (-95.9, 41.3, True), (151.0, -33.0, True), (-30.0, 40.0, False), (-150.0, 0.0, False)],
)
def test_land_is_where_land_is(longitude: float, latitude: float, is_land: bool) -> None:
    def is_in(ring: list[tuple[float, float]]) -> bool:
        found = False
        for (x, y), (a, b) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if (y > latitude) != (b > latitude) and longitude < x + (latitude - y) / (b - y) * (a - x):
                found = not found
        return found

    assert any(map(is_in, land_rings())) is is_land
