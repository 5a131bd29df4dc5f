"""A real browser that opens one file, and tells what it asked for, what it said, and where things are."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

PROGRAMS: Final = ("chromium", "google-chrome", "google-chrome-stable", "chrome")
_FLAGS: Final = (
    *("--headless", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # no name leads anywhere
)
_LIMIT_S: Final = 60


def find_browser() -> str | None:
    """Path of a browser on the PATH."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """One browser.

    Attributes:
        driver: What drives it.
    """

    driver: Chrome

    def open(self, file: Path, *, width: int = 1000, scheme: str = "light", media: str = "screen") -> None:
        """Open a file in a window of this many pixels; what was logged before is forgotten."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False},
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
        self.driver.get("about:blank")
        self.requests()
        self.said()
        self.driver.get(file.as_uri())

    def requests(self) -> list[str]:
        """Addresses that were asked for since the last call, blocked ones too."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        asked = [
            found["params"]["request"]["url"] for found in messages if found["method"] == "Network.requestWillBeSent"
        ]
        return [address for address in asked if address != "about:blank"]

    def said(self) -> list[str]:
        """What the console shows since the last call: errors, and what the page's policy forbade."""
        return [str(entry["message"]) for entry in self.driver.get_log("browser")]

    def ask(self, expression: str) -> Any:
        """Value of an expression in the page."""
        return self.driver.execute_script(f"return {expression}")


@contextmanager
def browser_running(program: str, *, folder: Path) -> Generator[Browser, None, None]:
    """A browser with a profile of its own in the folder, to the end of the block."""
    options = ChromeOptions()
    options.binary_location = program
    flags = [*_FLAGS, f"--user-data-dir={folder}"]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")  # its sandbox refuses to run as root
    for flag in flags:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    beside = shutil.which("chromedriver")  # without one, selenium brings the browser's own
    driver = Chrome(options=options, service=Service(executable_path=beside) if beside else Service())
    try:
        driver.set_page_load_timeout(_LIMIT_S)
        driver.set_script_timeout(_LIMIT_S)
        yield Browser(driver=driver)
    finally:
        driver.quit()
