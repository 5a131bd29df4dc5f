"""Reports as their readers meet them: a file that a real browser opens."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contract.browser.browser import PROGRAMS, Browser, browser_running, find_browser
from tests.unit.load.benches import a_bench, a_step
from tfk8s.app.bench_report import bench_report, bench_table
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


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Generator[Browser, None, None]:
    program = find_browser()
    if program is None:
        pytest.skip(f"none of {', '.join(PROGRAMS)} is on the PATH; tests/bootstrap.sh installs one as root on Debian")
    with browser_running(program, folder=tmp_path_factory.mktemp("browser")) as running:
        yield running


def written(folder: Path, report: Report) -> Path:
    file = folder / "a report.html"
    file.write_text(to_html(report), encoding="utf-8")
    return file


def test_a_report_opens_without_a_request_a_script_or_an_error(browser: Browser, tmp_path: Path) -> None:
    file = written(tmp_path, bench_report(BENCH))

    browser.open(file)

    assert browser.driver.title == f"{HOSTILE} of serving/resnet under load"
    assert browser.requests() == [file.as_uri()]
    assert browser.said() == []
    assert browser.ask("document.scripts.length + document.images.length") == 0
    assert browser.ask("performance.getEntriesByType('resource').length") == 0


def test_what_a_report_may_not_load_is_forbidden_and_would_be_seen_here(browser: Browser, tmp_path: Path) -> None:
    file = written(tmp_path, bench_report(BENCH))
    page = file.read_text(encoding="utf-8")
    more = '<img src="http://127.0.0.1:1/x"><script>document.title = 1</script>'
    file.write_text(page.replace("<main>", f"<main>{more}"), encoding="utf-8")

    browser.open(file)

    said = browser.said()
    assert browser.requests() == [file.as_uri(), "http://127.0.0.1:1/x"]
    assert [sum(word in line for line in said) for word in ("img-src", "script-src")] == [1, 1]
    assert browser.driver.title != "1"


def test_the_tables_hold_the_figures_of_the_terminal(browser: Browser, tmp_path: Path) -> None:
    browser.open(written(tmp_path, bench_report(BENCH)))

    rows = browser.ask(
        "[...document.querySelectorAll('section table')].map(table => [...table.rows].map("
        "row => [...row.cells].map(cell => cell.innerText)))"
    )
    assert [" ".join(row) for row in rows[0]] == [" ".join(line.split()) for line in bench_table(BENCH).splitlines()]
    assert rows[1][1:] == [["400", "HTTP 503", "7"], ["400", "connection refused", "2"]]


@pytest.mark.parametrize("width", [400, 1000])
def test_pictures_have_a_size_and_nothing_is_wider_than_the_window(
    browser: Browser, tmp_path: Path, width: int
) -> None:
    browser.open(written(tmp_path, bench_report(BENCH)), width=width)

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


def test_every_text_of_a_picture_is_inside_it(browser: Browser, tmp_path: Path) -> None:
    browser.open(written(tmp_path, bench_report(BENCH)))

    outside = browser.ask(
        "[...document.querySelectorAll('svg text')].filter(text => { const a = text.getBoundingClientRect(),"
        " b = text.closest('svg').getBoundingClientRect();"
        " return a.left < b.left - 3 || a.right > b.right + 3 || a.top < b.top - 3 || a.bottom > b.bottom + 3; })"
        ".map(text => text.textContent)"
    )
    assert outside == []
    assert browser.ask("[...document.querySelectorAll('svg text')].filter(one => one.textContent == 'p99').length") == 1


def test_on_a_dark_system_ink_is_light_and_paper_is_dark(browser: Browser, tmp_path: Path) -> None:
    file = written(tmp_path, bench_report(BENCH))

    def colours() -> list[str]:
        return [
            browser.ask("getComputedStyle(document.body).backgroundColor"),
            browser.ask("getComputedStyle(document.querySelector('svg path')).fill"),
            browser.ask("getComputedStyle(document.body).color"),
            browser.ask("getComputedStyle(document.querySelector('svg text')).fill"),
        ]

    browser.open(file, scheme="dark")
    dark = colours()
    browser.open(file)

    assert dark == ["rgb(22, 24, 28)", "rgb(22, 24, 28)", "rgb(230, 230, 230)", "rgb(230, 230, 230)"]
    assert colours() == ["rgb(255, 255, 255)", "rgb(255, 255, 255)", "rgb(34, 34, 34)", "rgb(34, 34, 34)"]


def test_on_paper_nothing_scrolls(browser: Browser, tmp_path: Path) -> None:
    browser.open(written(tmp_path, bench_report(BENCH)), media="print", scheme="dark")

    assert browser.ask("[...document.querySelectorAll('.wide')].map(one => getComputedStyle(one).overflowX)") == [
        *("visible",) * 3
    ]
    assert browser.ask("getComputedStyle(document.body).color") == "rgb(34, 34, 34)"
