"""Reports as their readers meet them: a file that a real browser opens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.contract.browser.browser import Browser
from tests.testbed.process import wait_until
from tests.unit.app.courses import CHEAP, COURSE
from tests.unit.load.benches import a_bench, a_step
from tfk8s.app.bench_report import bench_report, bench_table
from tfk8s.app.simulate_report import courses_report, courses_table
from tfk8s.load import Knee, ServerSide
from tfk8s.pictures import Report, to_html

HOSTILE = "<script>document.title='taken'</script><img src=http://127.0.0.1:1/x>"
SERVER = ServerSide(answered=200, failed=1, p50_s=0.004, p99_s=0.03, cpu_cores=1.25)
STEPS = (
    a_step(100, p99_s=0.012, server=SERVER),
    a_step(200, p99_s=0.05, server=SERVER),
    a_step(400, p99_s=0.9, failures=["HTTP 503"] * 7 + ["connection refused"] * 2, server=SERVER),
)
BENCH = replace(a_bench(*STEPS, knee=Knee(rps_per_pod=200, at=STEPS[1], beyond=STEPS[2])), model=HOSTILE)
COURSES = {HOSTILE: COURSE, "b.yaml": CHEAP}
REPORTS = {
    "bench": bench_report(BENCH),
    "simulate": courses_report(COURSES, title=f"{HOSTILE} beside another"),
}


class Page(NamedTuple):
    """A report, and the file that holds it."""

    report: Report
    file: Path


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Page]:
    folder = tmp_path_factory.mktemp("reports")
    found = {name: Page(report, folder / f"a {name}.html") for name, report in REPORTS.items()}
    for page in found.values():
        page.file.write_text(to_html(page.report), encoding="utf-8")
    return found


@pytest.fixture(params=REPORTS)
def page(request: pytest.FixtureRequest, pages: dict[str, Page]) -> Page:
    return pages[request.param]


def test_a_report_opens_without_a_request_a_script_or_an_error(browser: Browser, page: Page) -> None:
    browser.open(page.file)

    assert browser.driver.title == page.report.title
    assert browser.requests() == [page.file.as_uri()]
    assert browser.said() == []
    assert browser.ask("document.scripts.length + document.images.length") == 0
    assert browser.ask("performance.getEntriesByType('resource').length") == 0


def test_what_a_report_may_not_load_is_forbidden_and_would_be_seen_here(
    browser: Browser, page: Page, tmp_path: Path
) -> None:
    file = tmp_path / "changed.html"
    more = '<img src="http://127.0.0.1:1/x"><script>document.title = 1</script>'
    file.write_text(page.file.read_text(encoding="utf-8").replace("<main>", f"<main>{more}"), encoding="utf-8")

    said: list[str] = []
    asked: list[str] = []

    def is_told() -> bool:
        said.extend(browser.said())
        asked.extend(browser.requests())
        return len(said) >= 2 and len(asked) >= 2

    browser.open(file)

    wait_until(is_told, timeout_s=60, what="what the browser says of both")
    assert asked == [file.as_uri(), "http://127.0.0.1:1/x"]
    assert [sum(word in line for line in said) for word in ("img-src", "script-src")] == [1, 1]
    assert browser.driver.title == page.report.title


def cells(browser: Browser) -> list[list[list[str]]]:
    """Texts of the tables below headings."""
    found: list[list[list[str]]] = browser.ask(
        "[...document.querySelectorAll('section table')].map(table => [...table.rows].map("
        "row => [...row.cells].map(cell => cell.innerText)))"
    )
    return found


def test_the_tables_of_a_measurement_hold_the_figures_of_the_terminal(browser: Browser, pages: dict[str, Page]) -> None:
    browser.open(pages["bench"].file)

    steps, failures = cells(browser)
    assert [" ".join(row) for row in steps] == [" ".join(line.split()) for line in bench_table(BENCH).splitlines()]
    assert failures[1:] == [["400", "HTTP 503", "7"], ["400", "connection refused", "2"]]


def test_the_table_of_a_simulation_holds_the_figures_of_the_terminal(browser: Browser, pages: dict[str, Page]) -> None:
    browser.open(pages["simulate"].file)

    (figures,) = cells(browser)
    assert figures[0] == ["", HOSTILE, "b.yaml"]
    assert figures == [[*row] for row in (courses_table(COURSES).head, *courses_table(COURSES).rows)]


@pytest.mark.parametrize("width", [400, 1000])
def test_pictures_have_a_size_and_nothing_is_wider_than_the_window(browser: Browser, page: Page, width: int) -> None:
    browser.open(page.file, width=width)

    assert browser.ask("innerWidth") == width
    assert browser.ask("document.documentElement.scrollWidth") <= width
    sizes = browser.ask(
        "[...document.querySelectorAll('svg')].map(svg => svg.getBoundingClientRect()).map(r => [r.width, r.height])"
    )
    assert sizes
    assert all(across > 500 and high > 300 for across, high in sizes)
    over = browser.ask(
        "[...document.querySelectorAll('main *')].filter(one => !one.closest('.wide'))"
        ".filter(one => one.getBoundingClientRect().right > innerWidth + 1).map(one => one.outerHTML.slice(0, 80))"
    )
    assert over == []


def test_every_text_of_a_picture_is_inside_it(browser: Browser, page: Page) -> None:
    browser.open(page.file)

    outside = browser.ask(
        "[...document.querySelectorAll('svg text')].filter(text => { const a = text.getBoundingClientRect(),"
        " b = text.closest('svg').getBoundingClientRect();"
        " return a.left < b.left - 3 || a.right > b.right + 3 || a.top < b.top - 3 || a.bottom > b.bottom + 3; })"
        ".map(text => text.textContent)"
    )
    assert outside == []
    assert browser.ask("document.querySelectorAll('svg text').length") > 20


def test_on_a_dark_system_ink_is_light_and_paper_is_dark(browser: Browser, page: Page) -> None:
    def colours() -> list[str]:
        return [
            browser.ask("getComputedStyle(document.body).backgroundColor"),
            browser.ask("getComputedStyle(document.querySelector('svg path')).fill"),
            browser.ask("getComputedStyle(document.body).color"),
            browser.ask("getComputedStyle(document.querySelector('svg text')).fill"),
        ]

    browser.open(page.file, scheme="dark")
    dark = colours()
    browser.open(page.file)

    assert dark == ["rgb(22, 24, 28)", "rgb(22, 24, 28)", "rgb(230, 230, 230)", "rgb(230, 230, 230)"]
    assert colours() == ["rgb(255, 255, 255)", "rgb(255, 255, 255)", "rgb(34, 34, 34)", "rgb(34, 34, 34)"]


def test_on_paper_nothing_scrolls(browser: Browser, page: Page) -> None:
    browser.open(page.file, media="print", scheme="dark")

    assert browser.ask("[...document.querySelectorAll('.wide')].map(one => getComputedStyle(one).overflowX)") == [
        "visible" for section in page.report.sections for block in section.blocks if not isinstance(block, str)
    ]
    assert browser.ask("getComputedStyle(document.body).color") == "rgb(34, 34, 34)"
