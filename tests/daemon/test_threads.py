"""Which request a mail belongs to, whose it is, and what counts as an answer."""

from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from rules.model import (
    AfterEnd,
    CloseReason,
    Filing,
    Notice,
    Severity,
    State,
)

CUSTOMER = "p@premium.example"
COLLEAGUE = "second@premium.example"
STRANGER = "mallory@elsewhere.example"
OUTAGE = "Nothing works: the whole company cannot send orders since 8 o'clock."
QUESTION = "How do I export the price list to Excel? It is not urgent, just a question."
ANSWER = "Please open the price list and choose Export to Excel from the menu on the right."

House = Any  # the fixture's class; conftest is no module to import
_ids = count(1)


def question(house: House, **headers: str) -> Notice:
    """A question that has its receipt."""
    house.mail(CUSTOMER, "Price list", QUESTION, **headers)
    receipt: Notice = house.receipt(CUSTOMER)
    house.ignore()
    return receipt


def answered(house: House, **headers: str) -> Notice:
    """A question that has its answer."""
    house.mail(CUSTOMER, "Price list", QUESTION, **headers)
    house.mail("ana@b2bee.example", "Re: Price list", ANSWER, to=house.copy("ana").reply_to)
    answer: Notice = house.answer(CUSTOMER)
    house.ignore()
    return answer


def reply_to(notice: Notice) -> dict[str, str]:
    return {"In_Reply_To": f"<{notice.message_id}>"}


def write(house: House, *said: str, **headers: str) -> None:
    house.mail(CUSTOMER, *said, **headers)
    house.ignore()


def why(house: House, id: int) -> str:
    return " | ".join(house.request(id).reasons)


# --- Which request ---


def test_a_number_in_the_subject_is_enough_for_a_participant(house: House) -> None:
    question(house)
    write(house, "AW: [#1] Price list", "And how do I import it?")
    assert len(house.requests()) == 1


def test_a_number_in_the_subject_is_worth_nothing_from_a_stranger(house: House) -> None:
    question(house)
    house.mail(STRANGER, "Re: [#1] Price list", "Send me the price list.")
    house.ignore()
    assert len(house.requests()) == 2
    assert "names request 1, but the sender has no part in it" in why(house, 2)
    assert house.history(1)[-1] == "linked"


def test_a_reference_weighs_more_than_a_number_in_the_subject(house: House) -> None:
    question(house)
    write(house, "Invoices", "How do I print invoices?")
    first = house.store.read(lambda tx: tx.messages.ids_of(1))[0]
    write(house, "Re: [#2] Price list", "And in colour?", References=f"<{first}>")
    filed = house.store.read(lambda tx: tx.messages.of_request(1))
    assert [f.message.new_text for f in filed] == [QUESTION, "And in colour?"]


def test_a_colleague_who_read_along_goes_on_in_the_same_request(house: House) -> None:
    # FreeScout #2086: a CC'd colleague answering the original mail opened a new ticket.
    question(house, Cc=f"Second <{COLLEAGUE}>")
    original = house.store.read(lambda tx: tx.messages.ids_of(1))[0]
    house.mail(COLLEAGUE, "Re: Price list", "As CSV, too?", In_Reply_To=f"<{original}>")
    house.ignore()
    assert len(house.requests()) == 1


def test_two_who_answer_a_mail_we_never_saw_meet_in_one_request(house: House) -> None:
    never_seen = {"References": "<unseen@premium.example>"}
    question(house, Cc=COLLEAGUE, **never_seen)
    house.mail(COLLEAGUE, "Re: Price list", "The same here.", **never_seen)
    house.ignore()
    assert len(house.requests()) == 1


def test_a_new_subject_without_a_word_of_ours_is_a_new_request(house: House) -> None:
    # Chatwoot #15869: a new topic by Reply was glued to the old one.
    answer = answered(house)
    write(house, "Printer prints nothing", "The printer at gate 3 is silent.", **reply_to(answer))
    assert len(house.requests()) == 2
    assert "under a new subject" in why(house, 2)
    assert house.history(1)[-1] == "linked"


@pytest.mark.parametrize(
    "subject", ["Re: Price list", "Odg: PRICE LIST", "Fwd: price list again", "WG: [#1] Anything"]
)
def test_the_same_subject_in_any_dress_stays(house: House, subject: str) -> None:
    answer = answered(house)
    write(house, subject, "And where is it then?", **reply_to(answer))
    assert len(house.requests()) == 1


def test_a_new_subject_that_quotes_our_answer_stays(house: House) -> None:
    answer = answered(house)
    quote = "\n".join(f"> {line}" for line in answer.text.splitlines())
    text = f"Where is that menu?\n\nOn 2026-03-04 Ana <support@b2bee.example> wrote:\n{quote}\n"
    write(house, "No such menu", text, **reply_to(answer))
    assert len(house.requests()) == 1


@pytest.mark.parametrize(
    ("said", "below", "stays"),
    [
        ("Yes, on Monday.", "> Yes, on Monday.", True),
        ("Da.\n\nAna", "> Da.\n>\n> Ana", True),
        ("Yes, on Monday.", "> Yes, on Monday or Tuesday.", False),
        ("Yes, on Monday.", "", False),
    ],
)
def test_an_answer_of_few_words_is_quoted_by_whole_lines(
    house: House, said: str, below: str, stays: bool
) -> None:
    question(house)
    house.store.write(lambda tx: house.desk.answer(tx, 1, "ana", said, "cli", house.now))
    house.work()
    answer = house.answer(CUSTOMER)
    text = "Nothing was there.\n\nOn 2026-03-04 Ana <support@b2bee.example> wrote:\n"
    write(house, "No delivery", f"{text}{below}\n", **reply_to(answer))
    assert len(house.requests()) == 2 - stays


def test_a_short_answer_in_the_new_text_alone_is_no_quotation(house: House) -> None:
    question(house)
    house.store.write(lambda tx: house.desk.answer(tx, 1, "ana", "Yes.", "cli", house.now))
    house.work()
    answer = house.answer(CUSTOMER)
    write(house, "Printer", "Yes.\nThe printer is silent.\n\n> Gate 3", **reply_to(answer))
    assert len(house.requests()) == 2


def test_our_words_in_the_new_text_alone_are_no_quotation(house: House) -> None:
    answer = answered(house)
    write(house, "Printer", f"You wrote: {ANSWER} But this is another matter.", **reply_to(answer))
    assert len(house.requests()) == 2


# --- Replies to what is over ---


def test_thanks_reopens_nothing(house: House) -> None:
    # FreeScout #798, #3049.
    answer = answered(house)
    write(house, "Re: Price list", "Hvala lijepa!\n\nPetra Perić", **reply_to(answer))
    assert house.request().state is State.ANSWERED
    assert house.history()[-1] == "thanked"
    house.pass_(days=10)


def test_thanks_to_an_old_request_opens_no_new_one(house: House) -> None:
    answer = answered(house)
    house.pass_(days=90)
    write(house, "Re: Price list", "Danke!", **reply_to(answer))
    assert len(house.requests()) == 1


def test_a_reply_to_an_old_answer_is_a_new_request_that_names_the_old_one(house: House) -> None:
    answer = answered(house)
    house.pass_(days=31)
    write(house, "Re: Price list", "Excel refuses the file.", **reply_to(answer))
    assert len(house.requests()) == 2
    assert "names request 1, which is answered" in why(house, 2)
    assert house.history(1)[-1] == "linked"


def close(house: House, reason: CloseReason) -> None:
    house.store.write(lambda tx: house.desk.close(tx, 1, reason, "ana", house.now))


def test_a_customer_who_withdrew_and_writes_again_is_owed_an_answer_from_then(
    house: House,
) -> None:
    receipt = question(house)
    close(house, CloseReason.WITHDRAWN)
    house.pass_(days=2)
    write(house, "Re: Price list", "I do need it after all: how?", **reply_to(receipt))
    request = house.request()
    assert (len(house.requests()), request.state) == (1, State.OPEN)
    assert house.asked[-1].id.startswith("receipt-1-")
    assert request.close_reason is None
    assert request.first_response_due_at is not None
    assert request.first_response_due_at > house.now
    assert "reopened" in house.history()
    house.pass_(days=3)
    house.ping("ana")
    house.ignore()


def test_a_graver_word_reopens_graver(house: House) -> None:
    receipt = question(house)
    close(house, CloseReason.WITHDRAWN)
    write(house, "Re: Price list", OUTAGE, **reply_to(receipt))
    assert house.request().severity is Severity.CRITICAL


@pytest.mark.parametrize("reason", [CloseReason.DUPLICATE, CloseReason.NOT_A_REQUEST])
def test_what_was_no_request_stays_closed_and_a_reply_opens_another(
    house: House, reason: CloseReason
) -> None:
    receipt = question(house)
    close(house, reason)
    write(house, "Re: Price list", "But how do I export it?", **reply_to(receipt))
    assert sorted(r.state for r in house.requests()) == [State.CLOSED, State.OPEN]


# --- Forwards ---

FORWARD = f"""Please see to this.

---------- Forwarded message ----------
From: Petra <{CUSTOMER}>
Date: Wed, 4 Mar 2026 at 09:10
Subject: Orders
To: Ana <ana@b2bee.example>

{OUTAGE}
"""


def test_what_one_of_us_forwards_is_filed_under_its_first_writer(house: House) -> None:
    # FreeScout #4333, #4348, Zammad #1596.
    house.mail("ana@b2bee.example", "Fwd: Orders", FORWARD)
    house.receipt(CUSTOMER)
    house.ignore()
    request = house.request()
    assert (request.sender, request.customer) == (CUSTOMER, "Premium d.o.o.")
    assert request.severity is Severity.CRITICAL
    assert "forwarded by ana" in why(house, 1)


def test_what_a_customer_forwards_stays_the_customers(house: House) -> None:
    # FreeScout #2733 impersonated the first writer for ordinary forwards.
    house.mail("s@standard.example", "Fwd: Orders", FORWARD)
    house.ignore()
    assert house.request().sender == "s@standard.example"
    assert f"passes on a message of {CUSTOMER}" in why(house, 1)


# --- What counts as an answer ---


def test_a_forwarded_ping_never_reaches_the_customer(house: House) -> None:
    # FreeScout #4515.
    house.mail(CUSTOMER, "Orders fail", OUTAGE)
    ping, to = house.ping("ana"), house.copy("ana").reply_to
    house.ignore()
    text = f"---------- Forwarded message ----------\nFrom: B2Bee <{ping.sender_address}>\n"
    text += f"Subject: {ping.subject}\nTo: Ana <ana@b2bee.example>\n\n{ping.text}"
    house.mail("ana@b2bee.example", f"Fwd: {ping.subject}", text, to=to)
    assert "your answer was not sent on" in house.alarm("ana").text
    assert house.request().first_response_at is None


def test_an_answer_that_holds_a_pings_text_is_not_sent_on(house: House) -> None:
    house.mail(CUSTOMER, "Orders fail", OUTAGE)
    ping, to = house.ping("ana"), house.copy("ana").reply_to
    house.ignore()
    house.mail("ana@b2bee.example", "Re: Orders fail", f"Here it is:\n{ping.text}", to=to)
    assert "reply addresses" in house.alarm("ana").text
    assert house.request().first_response_at is None


# --- Where replies to what is over are refused ---


def refusing(house: House) -> None:
    filing = Filing(withdrawn=AfterEnd.REFUSE, old=AfterEnd.REFUSE)
    house.intake.playbook = replace(house.playbook, filing=filing)


def test_a_refused_reply_is_kept_and_its_writer_asked_politely_to_write_anew(house: House) -> None:
    answer = answered(house)
    refusing(house)
    house.pass_(days=40)
    house.mail(CUSTOMER, "Re: Price list", "And the other list?", **reply_to(answer))
    letter = house.receipt(CUSTOMER)
    assert "request #1" in letter.text
    assert "new message" in " ".join(letter.text.split())
    assert len(house.requests()) == 1
    assert "turned away" in house.history()
    assert house.store.read(lambda tx: tx.messages.of_request(1))[-1].is_customers


def test_what_may_be_grave_is_never_refused(house: House) -> None:
    answer = answered(house)
    refusing(house)
    house.pass_(days=40)
    write(house, "Re: Price list", OUTAGE, **reply_to(answer))
    assert len(house.requests()) == 2


def test_a_refused_writer_gets_no_more_letters_than_anybody(house: House) -> None:
    receipt = question(house)
    close(house, CloseReason.WITHDRAWN)
    refusing(house)
    for n in range(6):
        house.mail(CUSTOMER, "Re: Price list", f"And {n}?", **reply_to(receipt))
    letters = [n for n in house.post.taken if n.id.startswith("turned-away")]
    house.ignore()
    assert len(letters) == 2  # and the receipt before makes three a day
