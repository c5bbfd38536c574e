"""An answer counts once the customer has it: bounces, late relays, and what a person decides."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from channels.base import DeliveryError, Failure
from rules.model import CloseReason, Contract, Notice, Severity, State

ZAGREB = ZoneInfo("Europe/Zagreb")
OUTAGE = "Nothing works: the whole company cannot send orders since 8 o'clock."
QUESTION = "How do I export the price list to Excel? It is not urgent, just a question."
CUSTOMER = "p@premium.example"

House = Any  # the fixture's class; conftest is no module to import


def outage(house: House) -> Notice:
    """An outage everybody was told of; returns Ana's copy."""
    house.mail(CUSTOMER, "Orders fail", OUTAGE)
    copy: Notice = house.copy("ana")
    house.ignore()
    return copy


def reply(house: House, copy: Notice, text: str) -> None:
    house.mail("ana@b2bee.example", "Re: Orders fail", text, to=copy.reply_to)


def answer(house: House, copy: Notice, text: str) -> Notice:
    reply(house, copy, text)
    taken: Notice = house.answer(CUSTOMER)
    return taken


def bounce(house: House, message_id: str, recipient: str = CUSTOMER) -> None:
    """The mail comes back; without a Message-ID nobody can say which one."""
    original = f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <{message_id}>\n\n"
    report = f"""From: MAILER-DAEMON@mx.example
To: support@b2bee.example
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Not delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1

{original if message_id else ""}--b--
"""
    house.arrive(report.encode())


def relay_refuses_the_customer(house: House, failure: Failure, reason: str) -> None:
    house.post.failing = DeliveryError(failure, reason)
    house.post.failing_for = CUSTOMER


def premium(house: House) -> Contract:
    contracts: list[Contract] = house.store.read(lambda tx: tx.contracts.all())
    return next(c for c in contracts if c.plan == "premium")


def test_where_one_of_two_answers_bounces_its_writer_hears_and_the_other_stands(
    house: House,
) -> None:
    copy = outage(house)
    answer(house, copy, "We are on it.")
    second = answer(house, copy, "It is repaired.")
    bounce(house, second.message_id)
    assert house.request().state is State.ANSWERED
    house.alarm("ana")
    house.alarm("boss")


def test_where_the_first_answer_bounces_the_next_one_is_the_first_response(house: House) -> None:
    copy = outage(house)
    first = answer(house, copy, "We are on it.")
    house.pass_(hours=2)
    second_at = house.now
    answer(house, copy, "It is repaired.")
    assert house.request().breached_at is None
    bounce(house, first.message_id)
    house.alarm("ana")
    house.alarm("boss")
    request = house.request()
    assert (request.state, request.first_response_at) == (State.ANSWERED, second_at)
    assert request.breached_at == request.first_response_due_at


def test_where_every_answer_bounces_the_answer_is_owed_again(house: House) -> None:
    copy = outage(house)
    answers = [answer(house, copy, text) for text in ("We are on it.", "It is repaired.")]
    for each in answers:
        bounce(house, each.message_id)
    assert house.request().state is State.OPEN
    house.alarm("ana")  # of the first to bounce, while the other stood
    house.alarm("boss")
    house.ping("ana")


def test_of_a_bounce_before_any_step_the_on_call_hears_at_once(house: House) -> None:
    house.mail(CUSTOMER, "A question", QUESTION)
    copy = house.copy("ana")
    house.ignore()  # the receipt; no step is due yet
    said = answer(house, copy, "Press the plus.")
    bounce(house, said.message_id)
    assert "owed again" in house.ping("ana").text


def test_an_answer_that_bounced_stands_for_no_later_one(house: House) -> None:
    copy = outage(house)
    bounce(house, answer(house, copy, "We are on it.").message_id)
    assert house.request().state is State.OPEN
    house.ping("ana")
    house.pass_(minutes=1)
    second = answer(house, copy, "It is repaired.")
    assert house.request().state is State.ANSWERED
    bounce(house, second.message_id)
    assert house.request().state is State.OPEN
    house.ping("ana")


def test_somebody_hears_that_the_answer_to_a_follow_up_bounced(house: House) -> None:
    copy = outage(house)
    first = answer(house, copy, "It is repaired.")
    house.at("2026-03-04T15:00")
    thread = {"In_Reply_To": f"<{first.message_id}>"}
    house.mail(CUSTOMER, "Re: Orders fail", OUTAGE + " Again!", **thread)
    second = answer(house, copy, "Again on it.")
    house.ignore()
    bounce(house, second.message_id)
    house.alarm("ana")
    house.alarm("boss")


def test_a_bounce_that_does_not_say_of_which_mail_is_told_to_the_catch_all(house: House) -> None:
    answer(house, outage(house), "We are on it.")
    bounce(house, "")
    house.alarm("boss")


def test_an_answer_lost_on_a_held_request_leaves_it_held(house: House) -> None:
    house.mail("new@nowhere.example", "A question", QUESTION)
    house.ignore()
    house.store.write(lambda tx: house.desk.answer(tx, 1, "ana", "Like so.", "cli", house.now))
    house.work()
    assert house.request().state is State.ANSWERED
    bounce(house, house.answer("new@nowhere.example").message_id)
    request = house.request()
    assert (request.state, request.covered) == (State.HELD, None)
    assert house.store.read(lambda tx: tx.timers.of(1))
    house.ignore()


def test_an_answer_that_comes_too_late_to_be_sent_is_told_not_dropped(house: House) -> None:
    copy = outage(house)
    answer(house, copy, "We are on it.")
    relay_refuses_the_customer(house, Failure.TEMPORARY, "451 later")
    reply(house, copy, "It is repaired.")
    house.post.failing = None
    house.now += timedelta(days=3)  # the daemon was down
    house.work()
    assert "too late" in house.alarm("boss").text


def test_an_answer_the_relay_takes_after_the_deadline_is_a_breach_before_any_look(
    house: House,
) -> None:
    copy = outage(house)
    relay_refuses_the_customer(house, Failure.TEMPORARY, "451 later")
    reply(house, copy, "We are on it.")
    house.post.failing = None
    house.now += timedelta(hours=3)
    house.loop.run_until_complete(house.courier.round())
    house.answer(CUSTOMER)
    request = house.request()
    assert request.first_response_at == house.now
    assert request.breached_at == request.first_response_due_at


def test_an_answer_to_a_closed_request_is_sent_and_opens_nothing(house: House) -> None:
    copy = outage(house)
    house.store.write(lambda tx: house.desk.close(tx, 1, CloseReason.DUPLICATE, "ana", house.now))
    answer(house, copy, "We answer in your other request.")
    request = house.request()
    assert (request.state, request.close_reason) == (State.CLOSED, CloseReason.DUPLICATE)


def test_the_same_words_are_sent_again_after_they_were_lost(house: House) -> None:
    outage(house)

    def say() -> None:
        words = ("ana", "Please restart.", "cli-abc")
        house.store.write(lambda tx: house.desk.answer(tx, 1, *words, house.now))
        house.work()

    relay_refuses_the_customer(house, Failure.PERMANENT, "552 mailbox full")
    say()
    house.alarm("boss")
    house.post.failing = None
    house.pass_(minutes=5)
    house.ping("ana")  # owed again
    say()
    house.answer(CUSTOMER)
    assert house.request().state is State.ANSWERED


def test_what_goes_wrong_with_one_lost_answer_keeps_nobody_from_the_next_notice(
    house: House,
) -> None:
    copy = outage(house)
    real = house.desk.note

    def broken(tx: object, id: int, at: datetime, who: str, what: str, why: str) -> None:
        if what == "answer not delivered":
            raise ValueError("no such plan")
        real(tx, id, at, who, what, why)

    house.desk.note = broken
    relay_refuses_the_customer(house, Failure.PERMANENT, "550 no such user")
    reply(house, copy, "We are on it.")
    house.mail("s@standard.example", "A question", QUESTION)
    house.receipt("s@standard.example")
    house.copy("ana")
    house.desk.note = real
    house.pass_(seconds=61)  # the lease ends, and its loss is recorded
    assert "answer not delivered" in house.history()
    house.work()
    house.alarm("boss")
    house.ping("ana")


def test_a_request_released_without_a_contract_keeps_its_start_whatever_its_severity(
    house: House,
) -> None:
    house.mail("new@nowhere.example", "A question", QUESTION)
    house.ignore()
    house.at("2026-03-04T15:00")
    house.store.write(lambda tx: house.desk.release(tx, 1, None, "ana", house.now))
    started = house.request().clock_starts_at
    assert started.astimezone(ZAGREB).hour == 15
    word = (Severity.CRITICAL, "it is an outage", "ana")
    house.store.write(lambda tx: house.desk.set_severity(tx, 1, *word, house.now))
    request = house.request()
    assert (request.clock_starts_at, request.breached_at) == (started, None)
    house.ignore()


@pytest.mark.parametrize("under_contract", [True, False])
def test_a_request_released_under_a_contract_draws_its_credit(
    house: House, under_contract: bool
) -> None:
    house.mail("new@nowhere.example", "A question", QUESTION)
    house.ignore()
    contract = premium(house) if under_contract else None
    house.store.write(lambda tx: house.desk.release(tx, 1, contract, "ana", house.now))
    drawn = house.store.read(lambda tx: tx.credits.of_request(1))
    assert [credit.amount for credit in drawn] == ([1] if under_contract else [])
