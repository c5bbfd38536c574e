"""The page behind a ping's link: looking acknowledges nothing, its buttons do, once."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from channels.ping import page
from channels.ping.links import Link, opened, token
from daemon.notices import Notices
from daemon.ping_page import PingPage
from rules.model import CloseReason
from tests.channels.ticket_door import Answer
from tests.daemon.offer_house import PUBLIC_URL, send, with_peer

House = Any  # the fixture's class; conftest is no module to import
OUTAGE = "Nothing works: the whole company cannot send orders since 8 o'clock."


class Pings:
    """What a story does with the page."""

    def __init__(
        self, house: House, subject: str = "Orders fail", sender: str = "p@premium.example"
    ) -> None:
        self.house = house
        house.watch = replace(
            house.watch, notices=Notices(house.playbook, house.key, None, PUBLIC_URL)
        )
        self.page = PingPage(house.thread, house.desk, house.key, lambda: house.now, lambda: None)
        house.mail(sender, subject, OUTAGE)
        [link] = re.findall(rf"{PUBLIC_URL}(/ping/\S+)", house.ping("ana").text)
        self.path = link
        house.ignore()

    def path_of(self, person: str, epoch: int = 0) -> str:
        expires_at = self.house.now + timedelta(days=7)
        return f"/ping/{token(Link(1, epoch, person, expires_at), self.house.key)}"

    def get(self, path: str = "", method: str = "GET") -> Answer:
        return self._talk(lambda peer: peer.ask(method, path or self.path, b"", {}))

    def press(self, epoch: int | str, seconds: int | str = 0, path: str = "") -> Answer:
        token = (path or self.path).rpartition("/")[2]
        return self.send({"token": token, "epoch": str(epoch), "for": str(seconds)})

    def send(self, fields: Any) -> Answer:
        answer = self._talk(lambda peer: send(peer, fields, "/ping"))
        self.house.work()
        return answer

    def _talk(self, talk: Any) -> Answer:
        return with_peer(self.house, page.router(self.page, PUBLIC_URL), talk)


def said(answer: Answer) -> str:
    return unescape(answer.body.decode())


def buttons(answer: Answer) -> list[str]:
    return re.findall(r"<button[^>]*>([^<]*)</button>", said(answer))


def test_looking_shows_what_is_owed_and_acknowledges_nothing(house: House) -> None:
    pings = Pings(house)
    before = house.request()
    for method in ("GET", "HEAD", "GET"):
        assert pings.get(method=method).status == 200
    shown = pings.get()
    assert "#1 Premium d.o.o.: Orders fail" in said(shown)
    assert "Answer due" in said(shown)
    assert buttons(shown) == ["I have it", "Snooze 5 min", "Snooze 15 min", "Snooze 30 min"]
    assert house.request() == before
    headers = {name.lower(): value for name, value in shown.headers.items()}
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


def test_a_press_acknowledges_and_the_page_says_so(house: House) -> None:
    pings = Pings(house)
    answer = pings.press(0)
    assert answer.status == 303
    assert answer.headers["location"] == f"/help{pings.path}"
    assert house.request().owner == "ana"
    assert "You have it until Wed 2026-03-04" in said(pings.get())
    assert pings.press(0).status == 303  # sent twice
    assert house.history().count("acknowledged") == 1


def test_a_snooze_is_for_what_was_offered_alone(house: House) -> None:
    pings = Pings(house)
    assert pings.press(0, 900).status == 303
    assert "snoozed" in house.history()
    refused = pings.press(1, 7200)
    assert refused.status == 409
    assert "cannot wait 2 h" in said(refused)


def test_a_snooze_of_another_length_from_an_older_tab_is_told_not_to_count(house: House) -> None:
    pings = Pings(house)
    assert pings.press(0, 900).status == 303
    assert pings.press(0, 900).status == 303  # sent twice
    refused = pings.press(0, 1800)
    assert refused.status == 409
    assert "ana has request 1 since that ping, until" in said(refused)
    assert house.history().count("snoozed") == 1


def test_without_a_contract_no_plan_is_named(house: House) -> None:
    shown = said(Pings(house, sender="who@elsewhere.example").get())
    assert "plan" not in shown


def test_two_open_it_and_one_has_it_and_the_other_may_take_it_over(house: House) -> None:
    pings = Pings(house)
    ivos = pings.path_of("ivo")
    assert pings.press(0).status == 303
    refused = pings.press(0, path=ivos)
    assert refused.status == 409
    assert "ana has request 1 since that ping" in said(refused)
    assert house.request().owner == "ana"
    shown = pings.get(ivos)
    assert "ana has it until" in said(shown)
    assert buttons(shown)[0] == "Take it over"
    assert pings.press(1, path=ivos).status == 303
    assert house.request().owner == "ivo"
    house.alarm("ana")


def test_what_is_over_has_no_buttons(house: House) -> None:
    pings = Pings(house)
    close = (CloseReason.DUPLICATE, "ana", house.now)
    house.store.write(lambda tx: house.desk.close(tx, 1, *close))
    shown = pings.get()
    assert "Nothing is owed any more: it is closed." in said(shown)
    assert buttons(shown) == []
    assert pings.press(0).status == 409


def test_no_other_link_opens_it(house: House) -> None:
    pings = Pings(house)
    signature = pings.path.rpartition(".")[2]
    for path in (
        pings.path[:-1] + ("A" if pings.path[-1] != "A" else "B"),
        pings.path.replace("ana", "ivo"),
        pings.path.replace("/1.0.", "/1.1."),
        f"/ping/{signature}",
        "/ping/%00",
        pings.path_of("eve"),
    ):
        assert pings.get(path).status == 404
        assert pings.press(0, path=path).status in (404, 422)
    assert house.request().owner == ""
    house.now += timedelta(days=8)
    assert pings.get().status == 404


@pytest.mark.parametrize(
    "fields",
    [{}, {"token": "x"}, {"token": "x", "epoch": "-1", "for": "0"}, [("token", "x")] * 2],
)
def test_what_the_page_never_sends_is_not_taken(house: House, fields: Any) -> None:
    assert Pings(house).send(fields).status == 422


def test_a_store_that_fails_shows_that_nothing_was_recorded(house: House) -> None:
    pings = Pings(house)

    class Broken:
        async def write(self, work: Any) -> None:
            raise OSError("disk full")

    pings.page = replace(pings.page, store=Broken())
    answer = pings.press(0)
    assert answer.status == 503
    assert "Nothing was recorded" in said(answer)


def test_a_customer_s_words_are_no_markup_on_it(house: House) -> None:
    shown = Pings(house, "<script>alert(1)</script> {{ 7*7 }}").get()
    assert b"<script>" not in shown.body
    assert "{{ 7*7 }}" in said(shown)


def test_a_link_says_for_whom_until_when_and_nothing_more(house: House) -> None:
    link = Link(12, 3, "ana", house.now + timedelta(days=7))
    given = token(link, b"key")
    assert opened(given, b"key", house.now) == link
    assert opened(given, b"other", house.now) is None
    assert opened(given, b"key", link.expires_at) is None
    assert opened(given + "\n", b"key", house.now) is None
