from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.contract.browser.browser import PROGRAMS, Browser, browser_running, find_browser


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Generator[Browser, None, None]:
    """One real browser for all tests of a worker."""
    program = find_browser()
    if program is None:
        pytest.skip(f"none of {', '.join(PROGRAMS)} is on the PATH; tests/bootstrap.sh installs one as root on Debian")
    with browser_running(program, folder=tmp_path_factory.mktemp("browser")) as running:
        yield running
