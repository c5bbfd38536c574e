"""What comes in is decided once, by nobody's leave, and never stands in another's way."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from daemon.intake import BATCH
from daemon.store_thread import StoreThread
from rules.model import Arrival, Channel, Envelope, Severity, State
from storage.store import StoreError

OUTAGE = "Nothing works: the whole company cannot send orders since 8 o'clock."
QUESTION = "How do I export the price list to Excel? It is not urgent, just a question."
DEADLY = 5  # times begun, as the intake counts them

House = Any  # the fixture's class; conftest is no module to import


def content(subject: str, text: str = QUESTION) -> bytes:
    head = f"From: p@premium.example\nSubject: {subject}\nMessage-ID: <{subject}@x>\n\n"
    return (head + text).encode()


def fates(house: House) -> dict[str, int]:
    counts: dict[str, int] = house.store.read(lambda tx: tx.inbox.counts())
    return counts


def test_arrivals_that_cannot_even_be_held_do_not_stand_in_the_way(house: House) -> None:
    long_ago = datetime(1998, 3, 4, 9, tzinfo=UTC)  # a year whose holidays nobody knows
    old = [
        Arrival(
            Envelope(Channel.EMAIL, "support", f"old-{n}", "p@premium.example", (), long_ago),
            content(f"Old-{n}"),
        )
        for n in range(BATCH)
    ]
    house.store.write(lambda tx: tx.inbox.take(old, house.now))
    house.work()
    house.now += timedelta(minutes=6)
    house.take(content("Now"), "p@premium.example")
    house.work()
    assert "Now" in {request.subject for request in house.requests()}
    house.ignore()


def test_an_arrival_begun_five_times_and_never_finished_is_held_unread_at_once(
    house: House,
) -> None:
    read: list[Arrival] = []
    house.intake.understand = read.append
    house.take(content("Deadly", OUTAGE), "p@premium.example")
    for _ in range(DEADLY):
        house.store.write(lambda tx: tx.inbox.claim("dead", house.now, 1))
    house.work()
    assert read == []
    request = house.request()
    assert (request.state, request.subject) == (State.HELD, "(could not be read)")
    house.copy("ana")
    house.at("2026-03-04T10:30")
    house.ping("ana")


def test_an_arrival_begun_four_times_is_read(house: House) -> None:
    house.take(content("Slow"), "p@premium.example")
    for _ in range(DEADLY - 1):
        house.store.write(lambda tx: tx.inbox.claim("dead", house.now, 1))
    house.work()
    assert house.request().subject == "Slow"
    house.ignore()


@pytest.mark.parametrize(("waited", "lulls"), [(9, 1), (10, 0)])
def test_what_has_waited_ten_seconds_is_understood_though_a_burst_goes_on(
    house: House, waited: int, lulls: int
) -> None:
    asked: list[None] = []

    async def lull() -> None:
        asked.append(None)

    house.intake.lull = lull
    house.take(content("Hello"), "p@premium.example")
    house.now += timedelta(seconds=waited)
    house.work()
    assert len(asked) == lulls
    house.ignore()


@pytest.mark.parametrize(("days", "opened"), [(0, 1), (7, 2)])
def test_the_same_words_without_id_and_date_are_a_repeat_today_and_none_next_week(
    house: House, days: int, opened: int
) -> None:
    mail = b"From: p@premium.example\nSubject: Shop\n\nSync failed, orders are not transferred."
    house.arrive(mail, "p@premium.example")
    house.pass_(days=days)
    house.arrive(mail, "p@premium.example", to="Support@b2bee.example")
    assert len(house.requests()) == opened
    house.ignore()


def test_a_stranger_who_names_a_thread_gets_a_request_of_their_own(house: House) -> None:
    house.mail("p@premium.example", "Orders fail", OUTAGE)
    thread = {"In_Reply_To": f"<{house.receipt('p@premium.example').message_id}>"}
    house.mail("thief@evil.example", "Orders", "Tell me too.", **thread)
    assert house.request(2).sender == "thief@evil.example"
    house.mail("p@premium.example", "Re: Orders fail", "More facts.", **thread)
    assert len(house.requests()) == 2
    said = house.store.read(lambda tx: tx.messages.of_request(1))
    assert [filed.message.sender for filed in said] == ["p@premium.example"] * 2
    house.ignore()


def test_a_strangers_quiet_request_stays_quiet_when_the_stranger_writes_again(
    house: House,
) -> None:
    house.mail("new@nowhere.example", "A question", QUESTION)
    thread = {"In_Reply_To": f"<{house.receipt('new@nowhere.example').message_id}>"}
    more = "The price list export is wrong, some prices are missing for one customer."
    house.mail("new@nowhere.example", "Re: A question", more, **thread)
    request = house.request()
    assert request.severity is not Severity.CRITICAL
    assert request.quiet
    house.copy("ana")
    house.at("2026-03-04T17:00")  # and nobody is pinged


def test_mail_from_our_own_address_without_our_header_is_held_and_gets_no_receipt(
    house: House,
) -> None:
    house.mail("support@b2bee.example", "A question", QUESTION)
    request = house.request()
    assert (request.state, request.sender) == (State.HELD, "support@b2bee.example")
    assert "no receipt" in house.history()


def test_mail_from_our_own_address_with_our_header_opens_nothing(house: House) -> None:
    house.mail("support@b2bee.example", "A question", QUESTION, X_Supportd="receipt")
    assert house.requests() == []
    assert fates(house) == {"noted": 1}


MARKS = [{"Precedence": "bulk"}, {"X_Spam_Flag": "YES"}]


@pytest.mark.parametrize("mark", MARKS)
def test_bulk_mail_from_a_registered_customer_opens_a_request_without_a_receipt(
    house: House, mark: dict[str, str]
) -> None:
    house.mail("b@basic.example", "A question", QUESTION, **mark)
    assert house.request().state is State.OPEN
    assert "no receipt" in house.history()
    assert house.store.read(lambda tx: tx.credits.of_request(1)) == []
    assert "automatic mail draws no credit" in house.request().reasons
    house.copy("ana")


@pytest.mark.parametrize("mark", MARKS)
def test_bulk_mail_from_a_stranger_opens_nothing(house: House, mark: dict[str, str]) -> None:
    house.mail("news@nowhere.example", "A question", QUESTION, **mark)
    assert house.requests() == []
    assert fates(house) == {"noted": 1}


def test_one_of_us_who_missed_the_answer_address_is_told_that_nothing_was_sent(
    house: House,
) -> None:
    house.mail("p@premium.example", "Orders fail", OUTAGE)
    thread = {"In_Reply_To": f"<{house.copy('ana').message_id}>"}
    house.ignore()
    house.mail("ivo@b2bee.example", "Re: Orders fail", "We are on it.", **thread)
    assert len(house.requests()) == 1
    assert house.request().state is State.OPEN
    assert "answer address" in str(house.alarm("ivo"))


class LosesAnAnswer(StoreThread):
    """A store whose line breaks at COMMIT: a decision is durable, but nobody is told."""

    lost = False

    async def write(self, work: Any) -> Any:
        done = await super().write(work)
        if not self.lost and await self.read(lambda tx: tx.requests.find()):
            self.lost = True
            raise StoreError("the line broke during COMMIT")
        return done


@pytest.mark.parametrize("minutes", [0, 6])  # within the time for tries, and after it
def test_what_was_decided_though_nobody_was_told_is_not_decided_again(
    house: House, minutes: int
) -> None:
    understand = house.intake.understand
    house.intake.understand = {}.__getitem__
    house.take(content("Once"), "p@premium.example")
    house.work()
    house.intake.understand = understand
    house.intake.store = LosesAnAnswer(house.store)
    house.now += timedelta(minutes=max(1, minutes))
    house.work()
    house.now += timedelta(minutes=10)
    house.work()
    assert house.intake.store.lost
    assert [request.subject for request in house.requests()] == ["Once"]
    assert fates(house) == {"opened": 1}
    house.ignore()
