"""A real browser without a screen: Debian's Chromium, driven over WebDriver."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from tests.conftest import need

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")


@contextmanager
def browsing(path: Path, language: str, scripts: bool = True) -> Iterator[Chrome]:
    """A browser whose reader likes a language best, with a new profile in a folder."""
    need(bool(CHROMIUM and DRIVER), "chromium and its driver are not installed")
    options = ChromeOptions()
    options.binary_location = CHROMIUM or ""
    options.add_argument("--headless=new")
    options.add_argument("--disable-dev-shm-usage")  # which is small in containers
    options.add_argument(f"--user-data-dir={path}")
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # as root there is none
    settings: dict[str, object] = {"intl.accept_languages": language}
    if not scripts:
        settings["profile.managed_default_content_settings.javascript"] = 2
    options.add_experimental_option("prefs", settings)
    browser = Chrome(options, Service(DRIVER))
    browser.set_page_load_timeout(30)
    browser.implicitly_wait(10)  # while the next page loads
    try:
        yield browser
    finally:
        browser.quit()
