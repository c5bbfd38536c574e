"""Paid work from the engineer's command to the customer's click, before a real daemon."""

import json
import re
import smtplib
from typing import Any

from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser import browsing
from tests.waiting import wait_until

MARIA = "maria@always.example"
MAIL = (
    f"From: Maria <{MARIA}>\r\nTo: support@b2bee.example\r\nSubject: Izvoz\r\n"
    "Message-ID: <1@always.example>\r\n\r\nHow do I export the price list? Just a question.\r\n"
)
PRICES = """
[prices]
hourly = "85.00"
[prices.items.import]
words = { en = "Import", hr = "Uvoz" }
price = "120.00"
"""


def sell(daemon: Any) -> None:
    """Let the daemon offer work, and reach its page where it is."""
    listen = f'listen = "127.0.0.1:{daemon.http}"\n'
    text = daemon.config.read_text()
    assert listen in text
    public = f'public_url = "http://127.0.0.1:{daemon.http}"\n'
    daemon.config.write_text(text.replace(listen, listen + public) + PRICES)


def test_an_offer_is_made_by_command_and_accepted_in_a_browser(daemon: Any, relay: Any) -> None:
    sell(daemon)
    daemon.start()
    with smtplib.SMTP("127.0.0.1", daemon.smtp) as smtp:
        smtp.sendmail(MARIA, ["support@b2bee.example"], MAIL)
    wait_until(lambda: daemon.requests(), "no request")
    refused = daemon.call("offer", "1", "--item", "imprt", "--as", "ana", code=1)
    assert "no item 'imprt'; there are: import" in refused
    said = daemon.call("offer", "1", "--hours", "1.5", "--note", "A <b>macro</b>.", "--as", "ana")
    assert said.startswith(f"offer 1 for request 1 is queued for {MARIA}: 1.5 h of support, 127.50")
    assert "1.5 h of support" in daemon.call("offers").replace("\n", " ")

    def letter() -> Any:
        found = [mail for mail in relay.to(MARIA) if mail["X-Supportd"] == "offer"]
        return found[0] if found else None

    wait_until(letter, "no letter")
    assert letter()["Auto-Submitted"] is None
    html = next(p for p in letter().walk() if p.get_content_type() == "text/html")
    [link] = re.findall(r'<a href="([^"]+)"', html.get_payload(decode=True).decode())
    with browsing(daemon.path / "profile", "hr", scripts=False) as browser:
        browser.get(link)
        page = browser.find_element(By.TAG_NAME, "main")
        assert "127.50" in page.text
        assert "A <b>macro</b>." in page.text
        browser.find_element(By.ID, "text").send_keys("Please begin on Monday.")
        browser.find_element(By.CSS_SELECTOR, "button[value=accept]").click()
        WebDriverWait(browser, 20).until(staleness_of(page))
        assert "Accepted: Maria" in browser.find_element(By.CSS_SELECTOR, "[role=status]").text
        assert browser.current_url == link
        assert browser.find_elements(By.TAG_NAME, "form") == []
    [accepted] = map(
        json.loads, daemon.call("offers", "--state", "accepted", "--json").splitlines()
    )
    assert (accepted["decided_by"], accepted["price"]) == ("Maria", "127.50")
    wait_until(
        lambda: any("accepted by Maria" in m["Subject"] for m in relay.to("ana@b2bee.example")),
        "nobody heard",
    )
    refused = daemon.call("offer", "withdraw", "1", "--as", "ana", code=1)
    assert "offer 1 is accepted by Maria" in refused
    assert daemon.stop() == 0
    log = (daemon.path / "log").read_text()
    assert link.rpartition("/")[2] not in log
