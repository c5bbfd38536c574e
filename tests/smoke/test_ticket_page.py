"""The ticket page in a real browser, by keyboard, before a real daemon."""

from typing import Any

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser import browsing
from tests.waiting import wait_until

TEXTS = {
    "en": (
        "Write your e-mail address, like maria@adria.example.",
        "Your request has the number 1.",
    ),
    "hr": (
        "Upišite adresu e-pošte, na primjer maria@adria.example.",
        "Broj Vašeg zahtjeva je 1.",
    ),
}


def focused(browser: WebDriver) -> WebElement:
    return browser.switch_to.active_element


def type_into_next(browser: WebDriver, *keys: str) -> WebElement:
    """As somebody does who has no mouse: on to the next field, and write."""
    focused(browser).send_keys(Keys.TAB)
    field = focused(browser)
    field.send_keys(*keys)
    return field


def submit(browser: WebDriver) -> str:
    """Press Enter in the subject; what the next page says."""
    page = browser.find_element(By.TAG_NAME, "main")
    browser.find_element(By.ID, "subject").send_keys(Keys.ENTER)
    WebDriverWait(browser, 20).until(staleness_of(page))
    return browser.find_element(By.TAG_NAME, "main").text


@pytest.mark.parametrize(
    ("language", "scripts"), [("en", True), ("hr", True), ("hr", False)], ids=str
)
def test_a_ticket_is_written_corrected_and_sent_by_keyboard(
    daemon: Any, language: str, scripts: bool
) -> None:
    fault, number = TEXTS[language]
    with browsing(daemon.path / "profile", language, scripts) as browser:
        daemon.start()
        browser.get(f"http://127.0.0.1:{daemon.http}/ticket")
        page = browser.find_element(By.TAG_NAME, "html")
        assert page.get_dom_attribute("lang") == language
        page.send_keys("")  # the keyboard is at the page
        assert [
            type_into_next(browser, words).get_dom_attribute("name")
            for words in ("Maria Šarić", "maria", "Narudžbe ne rade", "Nothing works.")
        ] == ["sender_name", "sender_email", "subject", "text"]
        assert fault in submit(browser)

        wait_until(
            lambda: focused(browser).get_dom_attribute("role") == "alert",
            "the keyboard is not at the summary",
        )
        assert fault in focused(browser).text
        link = type_into_next(browser, Keys.ENTER)
        assert link.get_dom_attribute("href") == "#sender_email"
        field = focused(browser)
        label = browser.find_element(By.CSS_SELECTOR, "label[for=sender_email]").text
        assert field.accessible_name == label
        assert field.get_dom_attribute("aria-invalid") == "true"
        assert field.get_property("value") == "maria"
        field.send_keys(Keys.END, "@always.example")
        assert number in submit(browser)
        assert "/ticket/taken/" in browser.current_url
    [request] = daemon.requests()
    assert (request["channel"], request["subject"]) == ("ticket", "Narudžbe ne rade")
    assert daemon.stop() == 0
