"""Paid work offered, accepted and declined: from the engineer's word to the record."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from daemon.statements.gather import statement
from daemon.statements.page import page
from daemon.statements.words import summary
from rules.model import (
    Channel,
    CloseReason,
    Contract,
    NoticeKind,
    OfferState,
    Service,
    Severity,
    State,
)
from rules.requests import Refused
from rules.statements import Month
from tests.daemon.house import House
from tests.daemon.offer_house import QUESTION, Offers, offered_to

P, S = "p@premium.example", "s@standard.example"
GRAVE = "Nothing works: the whole company cannot send orders since 8 o'clock."
ON_BOTH = pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def offers(house: House) -> Offers:
    """A request of a Premium customer in English, and who offers work on it."""
    return offered_to(house, P)


def clocks(house: House) -> tuple[object, ...]:
    """All that a deadline is made of."""
    request = house.request()
    timers = house.store.read(lambda tx: tx.timers.of(1))
    return (
        request.state,
        request.clock_starts_at,
        request.first_response_due_at,
        request.first_response_at,
        request.epoch,
        timers,
    )


@ON_BOTH
def test_an_offer_is_made_accepted_and_on_record(house: House, offers: Offers) -> None:
    before = clocks(house)
    made = offers.make(note="A macro for the export.")
    assert (made.terms.price, made.terms.discount) == (Decimal("229.50"), Decimal("25.50"))
    path = offers.path()
    shown = offers.get(path)
    assert shown.status == 200
    text = shown.body.decode()
    for words in ("3 × €85.00", "−€25.50", "€229.50", "A macro for the export.", "without VAT"):
        assert words.replace("−", "-") in text
    assert offers.stored().state is OfferState.OPEN
    house.pass_(hours=1)
    house.ignore()
    taken = offers.answer(path, "accept")
    assert (taken.status, taken.headers["location"]) == (303, f"/help{path}")
    accepted = offers.stored()
    assert accepted == replace(
        made, state=OfferState.ACCEPTED, decided_by="p", decided_at=house.now
    )
    told = house.copy("ana")
    assert "[#1] offer 1 accepted by p" in told.subject
    assert "3 h of support, 229.50 EUR (10 % off 255.00)" in told.text
    assert told.reply_to
    entry = next(
        e for e in house.store.read(lambda tx: tx.requests.history(1)) if e.what == "offer accepted"
    )
    assert entry.who == "customer"
    assert entry.why == f"offer 1 by p ({P}): 3 h of support, 229.50 EUR (10 % off 255.00)"
    assert "Accepted: p," in offers.get(path).body.decode()
    assert clocks(house)[1:4] == before[1:4]
    month = [datetime(2026, each, 1, tzinfo=UTC) for each in (3, 4)]
    accepted_then = house.store.read(lambda tx: tx.offers.accepted("Premium d.o.o.", *month))
    assert accepted_then == [accepted]
    stated = house.store.read(
        lambda tx: statement(
            tx,
            tx.contracts.of_customer("Premium d.o.o."),
            Month.of(house.now.date()),
            house.playbook,
            house.now,
        )
    )
    assert "  accepted    229.50 EUR for #1: 3 h by support" in list(summary(stated))
    assert "€229.50" in page([stated], house.playbook.policy.zone)


def test_offers_touch_no_clock(house: House, offers: Offers) -> None:
    before = clocks(house)
    offers.make()
    path = offers.path()
    offers.get(path)
    offers.make(hours=Decimal(4), instead_of=1)
    other = offers.path()
    offers.answer(path, "accept")
    offers.answer(other, "decline")
    house.copy("ana")
    offers.make(hours=Decimal(5))
    offers.withdraw(3)
    house.ignore()
    assert clocks(house) == before


def test_looking_changes_nothing_however_often(house: House, offers: Offers) -> None:
    offers.make()
    path = offers.path()
    before = house.store.read(lambda tx: (tx.requests.history(1), tx.offers.all()))
    for method in ("accept", "decline", ""):
        assert offers.get(f"{path}?answer={method}&token={path[7:]}").status == 200
    assert house.store.read(lambda tx: (tx.requests.history(1), tx.offers.all())) == before


@ON_BOTH
def test_an_answer_sent_many_times_at_once_is_taken_once(house: House, offers: Offers) -> None:
    offers.make()
    token = offers.path().rpartition("/")[2]
    form = {"token": token, "answer": "accept", "text": "Please begin on Monday."}
    answers = offers.at_once(*[form] * 8)
    assert [a.status for a in answers] == [303] * 8
    assert house.history().count("offer accepted") == 1
    assert "Please begin on Monday." in house.copy("ana").text
    messages = house.store.read(lambda tx: tx.messages.of_request(1))
    assert [m.message.text for m in messages].count("Please begin on Monday.") == 1


@ON_BOTH
def test_of_two_different_answers_at_once_one_holds(house: House, offers: Offers) -> None:
    offers.make()
    token = offers.path().rpartition("/")[2]
    forms = [{"token": token, "answer": answer} for answer in ("accept", "decline") * 4]
    statuses = sorted(a.status for a in offers.at_once(*forms))
    assert statuses == [303] * 4 + [409] * 4
    assert offers.stored().state in (OfferState.ACCEPTED, OfferState.DECLINED)
    assert sum(what in ("offer accepted", "offer declined") for what in house.history()) == 1
    house.copy("ana")


def test_a_different_second_answer_is_told_what_was_decided_by_whom_and_when(
    house: House, offers: Offers
) -> None:
    offers.make()
    path = offers.path()
    offers.answer(path, "decline")
    house.copy("ana")
    before = offers.stored()
    house.pass_(hours=2)
    house.ignore()
    told = offers.answer(path, "accept")
    assert told.status == 409
    text = told.body.decode()
    assert "Your present answer changes nothing" in text
    assert "Declined: p, Wednesday, 4 March 2026 at 10:00" in text
    assert offers.stored() == before


def test_words_beside_the_answer_are_a_message_in_the_request(house: House, offers: Offers) -> None:
    offers.make()
    offers.answer(offers.path(), "accept", "Please <b>call</b> us\r\nbefore you begin.")
    told = house.copy("ana")
    assert "Please <b>call</b> us\nbefore you begin." in told.text
    (_, said) = house.store.read(lambda tx: tx.messages.of_request(1))
    assert (said.author, said.message.sender) == ("customer", P)
    assert said.message.envelope.channel is Channel.TICKET
    assert said.message.text == "Please <b>call</b> us\nbefore you begin."
    assert len(house.requests()) == 1


def test_words_reach_a_person_even_where_the_answer_comes_too_late(
    house: House, offers: Offers
) -> None:
    offers.make()
    path = offers.path()
    house.now += timedelta(days=14)
    house.work()
    house.ignore()
    told = offers.answer(path, "accept", "We want it after all.")
    assert told.status == 409
    assert "Your message has reached us." in told.body.decode()
    assert "This offer held until" in told.body.decode()
    assert "We want it after all." in house.copy("ana").text
    house.ignore()
    assert offers.stored().state is OfferState.OPEN  # only time made it expire


def test_grave_words_after_the_first_response_owe_an_answer(house: House, offers: Offers) -> None:
    offers.make()
    path = offers.path()
    house.store.write(lambda tx: house.desk.answer(tx, 1, "ana", "So.", "x", house.now))
    house.work()
    house.ignore()
    assert house.request().state is State.ANSWERED
    offers.answer(path, "decline", GRAVE)
    house.ignore()
    (timer,) = house.store.read(lambda tx: tx.timers.of(1))
    assert timer.purpose == "follow-up"
    assert house.request().first_response_at is not None


def test_words_to_a_closed_request_open_nothing(house: House, offers: Offers) -> None:
    offers.make()
    path = offers.path()
    house.store.write(lambda tx: house.desk.close(tx, 1, CloseReason.WITHDRAWN, "ana", house.now))
    offers.answer(path, "decline", GRAVE)
    assert GRAVE in house.copy("ana").text
    assert house.request().state is State.CLOSED
    assert house.store.read(lambda tx: tx.timers.of(1)) == []


def test_development_is_offered_at_its_own_price_and_handed_over(
    house: House, offers: Offers
) -> None:
    made = offers.make(service=Service.DEVELOPMENT, hours=Decimal(2))
    assert made.terms.list_price == Decimal("220.00")
    letter = house.sent(NoticeKind.OFFER, P)
    assert "work of our development service" in letter.text
    house.asked.remove(letter)
    offers.answer(offers.path(), "accept")
    assert "hand request #1 over to it" in house.copy("ana").text


def test_the_letter_and_the_page_are_the_customers_language(house: House) -> None:
    house.mail(S, "Izvoz", "Kako mogu izvesti cjenik?")
    house.ignore()
    offers = Offers(house)
    made = offers.make(item="import", times=2)
    assert made.terms.discount == 0  # Standard has none
    letter = house.sent(NoticeKind.OFFER, S)
    assert letter.subject == "Re: [#1] Izvoz"
    assert "- Uvoz cjenika: 2 × 120,00" in letter.text
    assert "Popust" not in letter.text
    assert "*240,00 €*" in letter.text.replace("\xa0", " ")
    assert "Cijene su bez PDV-a." in letter.text
    assert letter.sender_name == "Ana Anić (B2Bee Support)"
    house.asked.remove(letter)
    shown = offers.get(offers.path(S))
    assert shown.headers["content-language"] == "hr"
    assert ">Prihvaćam</button>" in shown.body.decode()


def test_a_reply_to_the_letter_decides_nothing_and_is_the_customers_message(
    house: House, offers: Offers
) -> None:
    offers.make()
    letter = house.sent(NoticeKind.OFFER, P)
    assert "neither accepts nor declines" in " ".join(letter.text.split())
    house.mail(P, f"Re: {letter.subject}", "We accept.", References=f"<{letter.message_id}>")
    assert "We accept." in house.copy("ana").text
    assert offers.stored().state is OfferState.OPEN
    assert len(house.requests()) == 1


@pytest.mark.parametrize(
    ("sender", "told"),
    [
        ("colleague@basic.example", "is no registered person of Basic d.o.o."),
        ("l@lapsed.example", "under no contract|no contract of Lapsed"),
        ("stranger@elsewhere.example", "under no contract"),
    ],
)
def test_only_a_registered_person_is_offered_work(house: House, sender: str, told: str) -> None:
    house.mail(sender, "Export", QUESTION)
    house.ignore()
    with pytest.raises(Refused, match=told):
        Offers(house).make()


def test_who_is_no_longer_registered_decides_nothing(house: House, offers: Offers) -> None:
    offers.make()
    path = offers.path()
    stored = house.store.read(lambda tx: tx.contracts.of_customer("Premium d.o.o."))
    house.store.write(lambda tx: tx.contracts.put([replace(stored[0], persons=())]))
    told = offers.answer(path, "accept", "Hello?")
    assert told.status == 409
    assert "no longer among the persons registered" in told.body.decode()
    assert "Hello?" in house.copy("ana").text
    assert offers.stored().state is OfferState.OPEN


def test_a_renewed_contract_lets_its_person_decide(house: House, offers: Offers) -> None:
    offers.make()
    path = offers.path()

    def renew(contract: Contract) -> list[Contract]:
        until = house.now.date().replace(day=3)
        starts_on = until.replace(day=4)
        return [
            replace(contract, ends_on=until),
            replace(contract, starts_on=starts_on, ends_on=starts_on.replace(year=2027)),
        ]

    (running,) = house.store.read(lambda tx: tx.contracts.of_customer("Premium d.o.o."))
    house.store.write(lambda tx: tx.contracts.put(renew(running)))
    assert offers.answer(path, "accept").status == 303
    house.copy("ana")


def test_who_offered_and_who_is_on_call_and_the_owner_hear(house: House, offers: Offers) -> None:
    offers.make()
    path = offers.path()
    house.store.write(lambda tx: house.desk.acknowledge(tx, 1, "boss", house.now))
    house.at("2026-03-10T12:00")  # Ivo is on call
    house.ignore()
    offers.answer(path, "decline")
    for person in ("ana", "ivo", "boss"):
        assert "[#1] offer 1 declined by p" in house.copy(person).subject


def test_a_letter_that_bounces_is_told(house: House, offers: Offers) -> None:
    offers.make()
    letter = house.sent(NoticeKind.OFFER, P)
    bounce = (
        "From: MAILER-DAEMON@premium.example\r\nTo: support@b2bee.example\r\n"
        "Subject: Undelivered\r\nMessage-ID: <b@premium.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\r\n\r\n'
        "--x\r\nContent-Type: text/plain\r\n\r\nno such user\r\n"
        "--x\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; premium.example\r\n\r\nFinal-Recipient: rfc822; p@premium.example\r\n"
        "Action: failed\r\nStatus: 5.1.1\r\n\r\n"
        "--x\r\nContent-Type: message/rfc822\r\n\r\n"
        f"Message-ID: <{letter.message_id}>\r\nSubject: x\r\n\r\nx\r\n--x--\r\n"
    )
    house.arrive(bounce.encode())
    assert "request 1: what one of us sent bounced" in house.alarm().text


def test_no_log_has_the_token_or_the_words(
    house: House,
    offers: Offers,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    offers.make()
    path = offers.path()
    offers.get(path)
    offers.answer(path, "accept", "a secret word")
    offers.answer(path, "decline", "another secret word")
    offers.get(f"{path}x")
    house.ignore()
    logged = caplog.text + "".join(capfd.readouterr())
    assert "carried" in logged
    assert path.rpartition("/")[2] not in logged
    assert "secret" not in logged


def test_severity_stays_a_persons_word(house: House, offers: Offers) -> None:
    offers.make()
    offers.answer(offers.path(), "accept", GRAVE)
    house.ignore()
    # As any message of the customer's before the first response, it may only raise.
    assert house.request().severity is Severity.CRITICAL
