"""Answers that one of us sent past us: found among sent mail, or with us in copy."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from rules.model import (
    Arrival,
    Channel,
    Envelope,
    Fate,
    State,
)
from tests.daemon.test_threads import ANSWER, CUSTOMER, question

House = Any  # the fixture's class; conftest is no module to import
_ids = count(1)


def sent_mail(house: House, sender: str, to: str, id: str, text: str = ANSWER) -> None:
    """Found in a folder of sent mail."""
    content = (
        f"From: <{sender}>\nTo: <{to}>\nSubject: Re: Price list\nMessage-ID: <own-{next(_ids)}@x>\n"
        f"Date: Wed, 4 Mar 2026 10:00:00 +0000\nIn-Reply-To: <{id}>\n\n{text}\n"
    ).encode()
    envelope = Envelope(
        Channel.EMAIL, "support", f"s{next(_ids)}", sender, (to,), house.now, sent=True
    )
    house.store.write(lambda tx: tx.inbox.take([Arrival(envelope, content)], house.now))
    house.work()


@pytest.mark.parametrize("sender", ["ana@b2bee.example", "support@b2bee.example"])
def test_an_answer_found_among_sent_mail_counts_from_when_it_was_sent(
    house: House, sender: str
) -> None:
    question(house)
    original = house.store.read(lambda tx: tx.messages.ids_of(1))[0]
    house.now += timedelta(minutes=5)
    sent_mail(house, sender, CUSTOMER, original)
    assert house.request().state is State.ANSWERED
    assert house.request().first_response_at == house.now
    house.pass_(days=5)  # nobody is pinged any more


@pytest.mark.parametrize(
    ("sender", "to"),
    [("ana@b2bee.example", "ivo@b2bee.example"), ("spam@elsewhere.example", CUSTOMER)],
)
def test_other_mail_among_sent_mail_answers_nothing(house: House, sender: str, to: str) -> None:
    question(house)
    original = house.store.read(lambda tx: tx.messages.ids_of(1))[0]
    sent_mail(house, sender, to, original)
    assert house.request().state is State.OPEN


def test_sent_mail_that_names_nothing_opens_nothing(house: House) -> None:
    sent_mail(house, "ana@b2bee.example", CUSTOMER, "nobody@knows.example")
    assert house.requests() == []
    assert house.store.read(lambda tx: tx.inbox.counts()) == {Fate.NOTED: 1}


def test_an_answer_to_the_customer_with_us_in_copy_counts(house: House) -> None:
    question(house)
    original = house.store.read(lambda tx: tx.messages.ids_of(1))[0]
    house.mail(
        "ana@b2bee.example",
        "Re: Price list",
        ANSWER,
        Cc=CUSTOMER,
        In_Reply_To=f"<{original}>",
    )
    assert house.request().state is State.ANSWERED


def test_a_bounce_of_an_answer_sent_past_us_is_told(house: House) -> None:
    question(house)
    original = house.store.read(lambda tx: tx.messages.ids_of(1))[0]
    sent_mail(house, "ana@b2bee.example", CUSTOMER, original)
    sent = house.store.read(lambda tx: tx.messages.of_request(1))[-1].message.message_id
    report = (
        "From: MAILER-DAEMON@mx.example\nTo: support@b2bee.example\nSubject: Undelivered\n"
        "MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status;"
        " boundary=b\n\n--b\nContent-Type: text/plain\n\nNot delivered.\n--b\n"
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        f"Final-Recipient: rfc822; {CUSTOMER}\nAction: failed\nStatus: 5.1.1\n\n--b\n"
        f"Content-Type: text/rfc822-headers\n\nMessage-ID: <{sent}>\n\n--b--\n"
    )
    house.arrive(report.encode())
    assert "what one of us sent bounced" in house.alarm().text
