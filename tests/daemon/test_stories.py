"""From the door to the ping and back: what customers and engineers live through."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from channels.base import DeliveryError, Failure
from channels.mail.addresses import reply_address
from rules.model import CloseReason, NoticeKind, ReplyPurpose, Severity, State, Treatment
from rules.requests import Refused

pytestmark = pytest.mark.parametrize("store_url", ["sqlite", "postgresql"], indirect=True)

ZAGREB = ZoneInfo("Europe/Zagreb")
OUTAGE = "Nothing works: the whole company cannot send orders since 8 o'clock."
QUESTION = "How do I export the price list to Excel? It is not urgent, just a question."

House = Any  # the fixture's class; conftest is no module to import


def local(at: datetime | None) -> str:
    assert at is not None
    return f"{at.astimezone(ZAGREB):%a %H:%M}"


def outage(house: House) -> None:
    house.mail("p@premium.example", "Orders fail", OUTAGE)


def test_an_outage_is_confirmed_to_the_customer_and_pings_whoever_is_on_call(house: House) -> None:
    outage(house)
    request = house.request()
    assert (request.state, request.severity, request.plan) == (State.OPEN, "critical", "premium")
    assert local(request.first_response_due_at) == "Wed 11:00"
    assert request.covered is True
    receipt = house.receipt("p@premium.example")
    assert "1" in receipt.subject
    assert "11:00" in receipt.text
    ping = house.ping("ana")
    assert "Premium d.o.o." in ping.subject + ping.text
    assert OUTAGE in ping.text
    assert OUTAGE in house.copy("ana").text


def test_nobody_answers_so_everybody_is_told_before_the_deadline_and_after_it(house: House) -> None:
    outage(house)
    house.ignore()
    house.at("2026-03-04T10:29")
    assert house.unasked() == []
    house.at("2026-03-04T10:30")
    house.ping("ana")
    house.at("2026-03-04T10:45")
    house.ping("ana")
    house.ping("boss")
    assert house.request().breached_at is None
    house.at("2026-03-04T11:00")
    house.ping("ana")
    house.ping("boss")
    assert local(house.request().breached_at) == "Wed 11:00"
    house.at("2026-03-04T11:30")
    house.ping("ana")
    house.ping("boss")


def test_an_answer_by_mail_reaches_the_customer_and_stops_the_clock(house: House) -> None:
    outage(house)
    house.receipt("p@premium.example")
    house.ping("ana")
    copy = house.copy("ana")
    house.pass_(minutes=10)
    house.mail("ana@b2bee.example", "Re: Orders fail", "We are on it.", to=copy.reply_to)
    answer = house.answer("p@premium.example")
    assert answer.text.strip() == "We are on it."
    assert answer.sender_address == "support@b2bee.example"
    assert "ana@b2bee.example" not in answer.text
    assert answer.references[-1] == house.request().last_message_id
    request = house.request()
    assert (request.state, request.first_response_by) == (State.ANSWERED, "ana")
    assert local(request.first_response_at) == "Wed 10:10"
    house.at("2026-03-05T10:00")  # and nobody is pinged any more


def test_a_reply_to_the_ping_acknowledges_and_never_reaches_the_customer(house: House) -> None:
    outage(house)
    house.receipt("p@premium.example")
    house.copy("ana")
    ping = house.ping("ana")
    house.pass_(minutes=5)
    house.mail("ana@b2bee.example", "Re: ping", "I have it, boss is a pain.", to=ping.reply_to)
    assert house.request().owner == "ana"
    assert house.request().state is State.OPEN
    house.at("2026-03-04T10:44")  # the step at 10:30 is hers
    assert house.unasked() == []
    house.at("2026-03-04T10:45")  # the lease ends at the next step but one
    house.ping("ana")
    house.ping("boss")


def test_an_out_of_office_reply_to_a_ping_acknowledges_nothing(house: House) -> None:
    outage(house)
    house.receipt("p@premium.example")
    house.copy("ana")
    ping = house.ping("ana")
    house.mail(
        "ana@b2bee.example",
        "Automatic reply: ping",
        "I am away.",
        to=ping.reply_to,
        Auto_Submitted="auto-replied",
    )
    assert house.request().owner == ""


def test_a_stranger_at_the_answer_address_does_not_reach_the_customer(house: House) -> None:
    outage(house)
    house.receipt("p@premium.example")
    house.ping("ana")
    copy = house.copy("ana")
    house.mail("thief@evil.example", "Re: Orders fail", "Send money to me.", to=copy.reply_to)
    assert house.request(1).state is State.OPEN
    assert house.request(2).state is State.HELD
    house.ignore()
    assert not any(n.way.address == "p@premium.example" for n in house.post.taken[3:])


def test_a_forged_answer_address_is_no_answer_address(house: House) -> None:
    outage(house)
    house.ignore()
    forged = reply_address("support@b2bee.example", ReplyPurpose.ANSWER, 1, b"another key")
    house.mail("ana@b2bee.example", "Re: Orders fail", "We are on it.", to=forged)
    house.ignore()
    assert house.request(1).state is State.OPEN


def test_the_customers_reply_to_our_answer_joins_the_request(house: House) -> None:
    outage(house)
    house.receipt("p@premium.example")
    house.ping("ana")
    copy = house.copy("ana")
    house.mail("ana@b2bee.example", "Re: Orders fail", "We are on it.", to=copy.reply_to)
    answer = house.answer("p@premium.example")
    house.mail(
        "p@premium.example", "Re: Orders fail", "Thanks!", In_Reply_To=f"<{answer.message_id}>"
    )
    house.copy("ana")
    assert len(house.requests()) == 1
    assert house.request().state is State.ANSWERED


def test_a_grave_message_after_the_first_response_owes_an_answer_again(house: House) -> None:
    outage(house)
    copy = house.copy("ana")
    house.ignore()
    house.mail("ana@b2bee.example", "Re: Orders fail", "It is repaired.", to=copy.reply_to)
    answer = house.answer("p@premium.example")
    house.at("2026-03-04T15:00")
    again = {"In_Reply_To": f"<{answer.message_id}>"}
    house.mail("p@premium.example", "Re: Orders fail", OUTAGE + " Again!", **again)
    house.copy("ana")
    house.ping("ana")
    house.mail("ana@b2bee.example", "Re: Orders fail", "Again on it.", to=copy.reply_to)
    house.answer("p@premium.example")
    house.at("2026-03-05T15:00")


def test_the_same_mail_by_two_ways_is_one_request(house: House) -> None:
    content = b"From: p@premium.example\nSubject: Hello\nMessage-ID: <1@x>\n\n" + QUESTION.encode()
    house.arrive(b"Received: by one\n" + content, "p@premium.example")
    house.arrive(b"Received: by two\n" + content, "p@premium.example")
    assert len(house.requests()) == 1
    house.receipt("p@premium.example")
    house.copy("ana")


@pytest.mark.parametrize(
    ("sender", "state", "why"),
    [
        ("colleague@basic.example", State.OPEN, "not a registered person"),
        ("l@lapsed.example", State.HELD, "not on 2026-03-04"),
        ("stranger@nowhere.example", State.HELD, "known to no contract"),
    ],
)
def test_what_is_not_covered_is_never_refused(
    house: House, sender: str, state: State, why: str
) -> None:
    house.mail(sender, "A question", QUESTION)
    request = house.request()
    assert request.state is state
    assert any(why in reason for reason in request.reasons)
    assert request.covered is (False if state is State.OPEN else None)
    assert (request.review_due_at is not None) is (state is State.HELD)
    house.receipt(sender)
    house.ignore()


def test_strangers_who_are_not_critical_come_in_one_digest_a_day(house: House) -> None:
    for number in range(3):
        house.mail(f"s{number}@nowhere.example", f"Question {number}", QUESTION)
        house.receipt(f"s{number}@nowhere.example")
    house.at("2026-03-05T08:59")
    assert house.unasked() == []
    house.at("2026-03-05T09:00")
    digest = house.sent(NoticeKind.DIGEST, "ana@b2bee.example")
    assert all(f"Question {number}" in digest.text for number in range(3))


def test_the_third_request_of_a_day_is_billable_and_draws_no_credit(house: House) -> None:
    for number in range(3):
        house.mail("s@standard.example", f"Question {number}", QUESTION)
    house.ignore()
    assert [r.covered for r in map(house.request, (1, 2, 3))] == [True, True, False]
    drawn = [house.store.read(lambda tx, n=n: tx.credits.of_request(n)) for n in (1, 2, 3)]
    assert [len(lines) for lines in drawn] == [1, 1, 0]


def test_a_duplicate_gives_its_credit_back(house: House) -> None:
    house.mail("b@basic.example", "A question", QUESTION)
    house.ignore()
    house.store.write(lambda tx: house.desk.close(tx, 1, CloseReason.DUPLICATE, "ana", house.now))
    lines = house.store.read(lambda tx: tx.credits.of_request(1))
    assert [line.amount for line in lines] == [1, -1]
    house.at("2026-03-20T10:00")  # and nobody is pinged


def test_a_severity_that_puts_the_deadline_into_the_past_is_breached_now_and_pings(
    house: House,
) -> None:
    house.mail("p@premium.example", "A question", QUESTION)
    house.ignore()
    assert house.request().severity is Severity.NONE
    house.at("2026-03-04T13:00")
    house.store.write(
        lambda tx: house.desk.set_severity(
            tx, 1, Severity.CRITICAL, "it is an outage", "ivo", house.now
        )
    )
    request = house.request()
    assert local(request.first_response_due_at) == "Wed 11:00"
    assert local(request.breached_at) == "Wed 13:00"
    house.work()
    house.ping("ana")
    house.ping("boss")


def test_loops_end_three_receipts_a_sender_and_day_then_an_alarm(house: House) -> None:
    for number in range(5):
        house.mail("s@standard.example", f"Question {number}", QUESTION)
    for _ in range(3):
        house.receipt("s@standard.example")
    house.alarm()
    for _ in range(5):
        house.copy("ana")


@pytest.mark.parametrize(
    "headers", [{"Auto_Submitted": "auto-replied"}, {"Precedence": "auto_reply"}]
)
def test_automatic_mail_is_kept_and_opens_nothing(house: House, headers: dict[str, str]) -> None:
    house.mail("p@premium.example", "Out of office", "I am away.", **headers)
    assert house.requests() == []
    assert house.store.read(lambda tx: tx.inbox.counts())["noted"] == 1


def test_an_answer_the_relay_refuses_for_good_is_owed_again_at_once(house: House) -> None:
    outage(house)
    copy = house.copy("ana")
    house.ignore()
    house.post.failing = DeliveryError(Failure.PERMANENT, "550 no such user")
    house.post.failing_for = "p@premium.example"
    house.mail("ana@b2bee.example", "Re: Orders fail", "We are on it.", to=copy.reply_to)
    assert house.request().state is State.OPEN
    house.post.failing = None
    house.work()
    house.ping("ana")
    house.alarm()


def test_a_bounce_of_the_answer_arms_the_clock_again(house: House) -> None:
    outage(house)
    copy = house.copy("ana")
    house.ignore()
    house.mail("ana@b2bee.example", "Re: Orders fail", "We are on it.", to=copy.reply_to)
    answer = house.answer("p@premium.example")
    assert house.request().state is State.ANSWERED
    bounce = f"""From: MAILER-DAEMON@mx.example
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

Final-Recipient: rfc822; p@premium.example
Action: failed
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

Message-ID: <{answer.message_id}>
Subject: Re: Orders fail

--b--
"""
    house.arrive(bounce.encode())
    request = house.request()
    assert (request.state, request.first_response_at) == (State.OPEN, None)
    house.ping("ana")
    assert "answer lost" in house.history()


def test_a_lost_answer_of_the_relay_is_asked_for_and_sent_again_under_the_same_id(
    house: House,
) -> None:
    house.post.failing = DeliveryError(Failure.UNKNOWN, "connection lost")
    outage(house)
    house.post.failing = None
    house.pass_(minutes=1)
    house.ping("ana")
    house.copy("ana")
    # The receipt may have arrived: it is not sent again.
    assert "receipt not delivered" in house.history()


def test_an_acknowledgement_calls_back_the_pings_that_wait(house: House) -> None:
    house.post.failing = DeliveryError(Failure.TEMPORARY, "451 later")
    outage(house)
    house.store.write(lambda tx: house.desk.acknowledge(tx, 1, "ivo", house.now))
    house.post.failing = None
    house.pass_(minutes=10)
    house.receipt("p@premium.example")
    house.copy("ana")


def test_what_keeps_failing_is_held_after_five_minutes_and_a_person_is_told(house: House) -> None:
    def broken(arrival: object) -> None:
        raise ValueError("hostile")

    object.__setattr__(house.intake, "understand", broken)
    house.take(b"\x00\xff", "p@premium.example")
    for _ in range(8):
        house.pass_(minutes=1)
    request = house.request()
    assert request.state is State.HELD
    house.alarm("ana")  # after a minute undecided, as possibly critical
    house.alarm("boss")
    house.ping("ana")
    house.copy("ana")


def test_a_held_request_released_under_a_running_contract_starts_when_it_was_received(
    house: House,
) -> None:
    house.mail("new@nowhere.example", "A question", QUESTION)
    house.ignore()
    contract = next(
        c for c in house.store.read(lambda tx: tx.contracts.all()) if c.plan == "premium"
    )
    house.at("2026-03-04T12:00")
    house.store.write(lambda tx: house.desk.release(tx, 1, contract, "ana", house.now))
    request = house.request()
    assert (request.state, request.covered) == (State.OPEN, True)
    assert local(request.clock_starts_at) == "Wed 10:00"


def test_what_is_over_cannot_be_closed_or_acknowledged(house: House) -> None:
    house.mail("b@basic.example", "A question", QUESTION)
    house.ignore()
    house.store.write(lambda tx: house.desk.close(tx, 1, CloseReason.WITHDRAWN, "ana", house.now))
    with pytest.raises(Refused, match="closed"):
        house.store.write(
            lambda tx: house.desk.close(tx, 1, CloseReason.WITHDRAWN, "ana", house.now)
        )
    with pytest.raises(Refused, match="nothing is owed"):
        house.store.write(lambda tx: house.desk.acknowledge(tx, 1, "ana", house.now))
    with pytest.raises(Refused, match="nobody is called"):
        house.store.write(lambda tx: house.desk.acknowledge(tx, 1, "eve", house.now))


def test_a_daemon_that_was_down_over_the_deadline_pings_once_for_the_steps_it_missed(
    house: House,
) -> None:
    outage(house)
    house.ignore()
    house.now += timedelta(hours=3)
    house.work()
    house.ping("ana")
    house.ping("boss")
    assert house.unasked() == []


def test_the_policy_holds_strangers_and_serves_colleagues(house: House) -> None:
    treatments = house.playbook.policy.uncovered
    assert treatments["unknown_sender"] is Treatment.HOLD
    assert treatments["unregistered_person"] is Treatment.SERVE
