"""Who wrote it decides what it may do: forged mail is held, unproven mail has no power."""

import json
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from rules.model import (
    Arrival,
    Authenticity,
    Channel,
    CloseReason,
    Envelope,
    Fate,
    Notice,
    Peer,
    Severity,
    State,
)
from rules.requests import Refused

OUTAGE = "Nothing works: the whole company cannot send orders since 8 o'clock."
QUESTION = "How do I export the price list to Excel? It is not urgent, just a question."
CUSTOMER = "p@premium.example"
NEIGHBOUR = Peer("127.0.0.1", "localhost")
STRANGER = Peer("203.0.113.66", "bot.evil.example")

House = Any  # the fixture's class; conftest is no module to import


def protect(house: House, domain: str, action: str = "reject") -> None:
    house.dns.records[f"_dmarc.{domain}", "TXT"] = [f"v=DMARC1; p={action}".encode()]


def outage(house: House) -> Notice:
    """An outage everybody was told of; returns Ana's copy."""
    house.mail(CUSTOMER, "Orders fail", OUTAGE)
    copy: Notice = house.copy("ana")
    house.ignore()
    return copy


def answer_from_outside(house: House, copy: Notice, text: str = "It is repaired.") -> None:
    house.mail("ana@b2bee.example", "Re: Orders fail", text, to=copy.reply_to, peer=STRANGER)


def credits_of(house: House, customer: str) -> int:
    def drawn(tx: Any) -> int:
        (contract,) = [c for c in tx.contracts.all() if c.customer == customer]
        first, last = house.now.date() - timedelta(30), house.now.date() + timedelta(30)
        return int(tx.credits.drawn(contract.id, first, last))

    return int(house.store.read(drawn))


def authenticity(house: House, id: int = 1) -> list[Authenticity]:
    filed = house.store.read(lambda tx: tx.messages.of_request(id))
    return [each.message.authentication.result for each in filed]


# --- Forged ---


def test_a_forged_request_is_held_costs_nothing_and_gets_no_receipt(house: House) -> None:
    protect(house, "premium.example")
    house.mail(CUSTOMER, "Orders fail", OUTAGE, peer=STRANGER)
    request = house.request()
    assert request.state is State.HELD
    assert request.review_due_at is not None
    assert request.first_response_due_at is None
    assert credits_of(house, "Premium d.o.o.") == 0
    assert "[sender fail: SPF none for premium.example" in house.copy("ana").text
    assert "DMARC fails under p=reject of premium.example" in house.ping("ana").text


def test_a_forged_request_is_released_with_one_command(house: House) -> None:
    protect(house, "premium.example")
    house.mail(CUSTOMER, "Orders fail", OUTAGE, peer=STRANGER)
    house.ignore()

    def release(tx: Any) -> Any:
        own = house.desk.running_contract(tx, 1)
        return house.desk.release(tx, 1, own, "ana", house.now)

    request = house.store.write(release)
    assert (request.state, request.customer) == (State.OPEN, "Premium d.o.o.")
    assert credits_of(house, "Premium d.o.o.") == 1
    house.work()
    house.ignore()


def test_forged_mail_of_nobody_known_waits_for_the_digest(house: House) -> None:
    protect(house, "nowhere.example")
    house.mail("new@nowhere.example", "Hello", QUESTION, peer=STRANGER)
    assert (house.request().state, house.request().quiet) == (State.HELD, True)


def test_a_forger_cannot_lead_a_thread_astray(house: House) -> None:
    protect(house, "premium.example")
    house.mail(CUSTOMER, "Orders fail", OUTAGE)
    thread = {"In_Reply_To": f"<{house.receipt(CUSTOMER).message_id}>"}
    house.mail(CUSTOMER, "Re: Orders fail", "Never mind.", peer=STRANGER, **thread)
    assert house.request(2).state is State.HELD
    house.mail(CUSTOMER, "Re: Orders fail", "It is worse now.", **thread)
    assert authenticity(house, 1) == [Authenticity.PASS, Authenticity.PASS]
    assert authenticity(house, 2) == [Authenticity.FAIL]
    house.ignore()


# --- Unproven ---


def test_an_unproven_request_opens_with_a_deadline_and_says_that_it_is(house: House) -> None:
    house.mail(CUSTOMER, "Orders fail", OUTAGE, peer=STRANGER)
    request = house.request()
    assert request.state is State.OPEN
    assert request.first_response_due_at is not None
    assert credits_of(house, "Premium d.o.o.") == 1
    house.receipt(CUSTOMER)
    doubt = "sender unproven: premium.example publishes no DMARC policy"
    assert f"[{doubt}]" in house.copy("ana").text
    assert doubt in house.ping("ana").text


@pytest.mark.parametrize("action", ["none", "reject"])
def test_an_unproven_answer_does_not_go_out_and_its_writer_hears_why(
    house: House, action: str
) -> None:
    protect(house, "b2bee.example", action)
    copy = outage(house)
    answer_from_outside(house, copy)
    assert house.request().state is State.OPEN
    alarm = house.alarm("ana")
    assert "nothing proves that you wrote it" in alarm.text.replace("\n", " ")
    assert "supportd confirm 2 --as ana" in alarm.text


def test_an_unproven_answer_goes_out_once_its_writer_confirms_it(house: House) -> None:
    copy = outage(house)
    answer_from_outside(house, copy)
    house.alarm("ana")

    def confirm(tx: Any) -> None:
        house.desk.confirm(tx, 2, "ana", house.second_look.understand, house.now)

    house.store.write(confirm)
    house.work()
    assert house.answer(CUSTOMER).text.strip() == "It is repaired."
    assert (house.request().state, house.request().first_response_by) == (State.ANSWERED, "ana")
    with pytest.raises(Refused, match="message 2 is no answer that waits"):
        house.store.write(confirm)


@pytest.mark.parametrize(("id", "person"), [(1, "ana"), (9, "ana"), (2, "nobody")])
def test_nothing_else_can_be_confirmed(house: House, id: int, person: str) -> None:
    answer_from_outside(house, outage(house))
    house.alarm("ana")

    def confirm(tx: Any) -> None:
        house.desk.confirm(tx, id, person, house.second_look.understand, house.now)

    with pytest.raises(Refused):
        house.store.write(confirm)


def test_an_unproven_acknowledgement_takes_nothing(house: House) -> None:
    house.mail(CUSTOMER, "Orders fail", OUTAGE)
    ping = house.ping("ana")
    house.ignore()
    house.mail("ana@b2bee.example", "I have it", "ok", to=ping.reply_to, peer=STRANGER)
    assert house.request().owner == ""
    assert "nothing proves that it is yours" in house.alarm("ana").text
    house.mail("ana@b2bee.example", "I have it", "yes", to=ping.reply_to)
    assert house.request().owner == "ana"


def test_a_proven_answer_from_anywhere_goes_out(house: House) -> None:
    protect(house, "b2bee.example")
    house.dns.records["b2bee.example", "TXT"] = [b"v=spf1 ip4:203.0.113.66 -all"]
    answer_from_outside(house, outage(house))
    house.answer(CUSTOMER)
    assert house.request().state is State.ANSWERED


def test_an_unproven_follow_up_is_heard(house: House) -> None:
    house.mail(CUSTOMER, "Price list", QUESTION)
    thread = {"In_Reply_To": f"<{house.receipt(CUSTOMER).message_id}>"}
    house.mail(CUSTOMER, "Re: Price list", OUTAGE, peer=STRANGER, **thread)
    assert len(house.requests()) == 1
    assert house.request().severity is Severity.CRITICAL
    house.ignore()


def test_an_answer_past_us_that_nothing_proves_stops_no_clock(house: House) -> None:
    copy = outage(house)
    thread = {"In_Reply_To": f"<{copy.message_id}>", "Cc": "support@b2bee.example"}
    for peer, state in ((STRANGER, State.OPEN), (NEIGHBOUR, State.ANSWERED)):
        mail = EmailMessage()
        mail["From"], mail["To"] = "ana@b2bee.example", CUSTOMER
        mail["Subject"], mail["Message-ID"] = "Re: Orders fail", f"<{peer.address}@b2bee.example>"
        for name, value in thread.items():
            mail[name.replace("_", "-")] = value
        mail.set_content("It is repaired.")
        house.arrive(mail.as_bytes(), "ana@b2bee.example", peer=peer)
        assert house.request().state is state
    house.alarm("ana")


def test_what_is_passed_on_in_our_name_without_a_proof_stays_its_senders(house: House) -> None:
    text = f"Please look.\n\n-------- Forwarded Message --------\nFrom: {CUSTOMER}\n"
    text += f"Subject: Orders fail\n\n{OUTAGE}"
    house.mail("ana@b2bee.example", "Fwd: Orders fail", text, peer=STRANGER)
    house.mail("ana@b2bee.example", "Fwd: Orders fail", text + " Today.")
    assert (house.request(1).sender, house.request(1).customer) == ("ana@b2bee.example", "")
    assert house.request(2).sender == CUSTOMER
    house.ignore()


def test_a_name_of_ours_typed_into_a_ticket_has_no_power_over_a_request(house: House) -> None:
    outage(house)
    ticket = {"sender": {"email": "ana@b2bee.example"}, "subject": "[#1] Orders", "text": "Done."}
    for n, login in enumerate(("", "3")):
        peer = Peer("203.0.113.66", login=login)
        to = ("support@b2bee.example",)
        envelope = Envelope(Channel.TICKET, "support", f"t{n}", "", to, house.now, peer)
        arrival = Arrival(envelope, json.dumps(ticket).encode())
        house.store.write(lambda tx, arrival=arrival: tx.inbox.take([arrival], house.now))
        house.work()
    assert [len(authenticity(house, id)) for id in (1, 2, 3)] == [1, 1, 1]
    assert house.request().state is State.OPEN
    house.ignore()


def test_many_mails_in_our_name_wake_its_owner_once_an_hour(house: House) -> None:
    outage(house)
    for n in range(5):
        house.mail("ana@b2bee.example", f"[#1] Orders {n}", "Done.", peer=STRANGER)
    house.alarm("ana")


# --- The DNS is silent ---


def test_what_the_silent_dns_left_open_is_looked_at_again(house: House) -> None:
    protect(house, "premium.example")
    house.dns.records["premium.example", "TXT"] = [b"v=spf1 ip4:203.0.113.66 -all"]
    house.dns.silent = True
    house.mail(CUSTOMER, "Orders fail", OUTAGE, peer=STRANGER)
    house.ignore()
    assert (house.request().state, authenticity(house)) == (State.OPEN, [Authenticity.UNPROVEN])
    house.pass_(seconds=90)
    assert authenticity(house) == [Authenticity.UNPROVEN]
    house.dns.silent = False
    house.pass_(minutes=12)
    assert authenticity(house) == [Authenticity.PASS]
    house.ignore()


def test_an_open_request_that_turns_out_forged_is_shown_so_and_costs_nothing(house: House) -> None:
    protect(house, "premium.example")
    house.dns.silent = True
    house.mail(CUSTOMER, "Orders fail", OUTAGE, peer=STRANGER)
    house.ignore()
    house.dns.silent = False
    house.pass_(seconds=90)
    alarm = house.alarm("ana")
    assert "a message in request 1 may be forged" in alarm.subject
    assert "supportd close 1 --why not-a-request" in alarm.text
    assert house.request().state is State.OPEN
    assert "DMARC fails under p=reject" in house.request().reasons[-1]
    assert credits_of(house, "Premium d.o.o.") == 0


@pytest.mark.parametrize("reason", [CloseReason.WITHDRAWN, CloseReason.NOT_A_REQUEST])
def test_a_closed_request_that_turns_out_forged_costs_nothing_and_wakes_nobody(
    house: House, reason: CloseReason
) -> None:
    protect(house, "premium.example")
    house.dns.silent = True
    house.mail(CUSTOMER, "Orders fail", OUTAGE, peer=STRANGER)
    house.ignore()
    house.store.write(lambda tx: house.desk.close(tx, 1, reason, "ana", house.now))
    house.dns.silent = False
    house.pass_(seconds=90)
    assert house.history()[-1] == "sender disowned"
    assert credits_of(house, "Premium d.o.o.") == 0


def test_whom_a_forger_wrote_to_has_no_part_in_the_request(house: House) -> None:
    protect(house, "premium.example")
    house.mail(CUSTOMER, "Orders fail", OUTAGE)
    receipt = house.receipt(CUSTOMER)
    house.dns.silent = True
    thread = {"In_Reply_To": f"<{receipt.message_id}>", "Cc": "accomplice@elsewhere.example"}
    house.mail(CUSTOMER, "Re: Orders fail", "Please.", peer=STRANGER, **thread)
    house.dns.silent = False
    house.pass_(seconds=90)
    house.ignore()
    has_part = house.store.read(lambda tx: tx.messages.participants(1))
    assert CUSTOMER in has_part
    assert "accomplice@elsewhere.example" not in has_part


def test_a_forged_follow_up_takes_no_credit_from_whom_it_imitates(house: House) -> None:
    protect(house, "premium.example")
    protect(house, "b2bee.example")
    house.mail(CUSTOMER, "Orders fail", OUTAGE)
    thread = {"In_Reply_To": f"<{house.receipt(CUSTOMER).message_id}>"}
    house.dns.silent = True
    house.mail(CUSTOMER, "Re: Orders fail", "It is not urgent.", peer=STRANGER, **thread)
    house.mail("ana@b2bee.example", "Re: Orders fail", "Done.", peer=STRANGER, **thread)
    house.ignore()
    house.dns.silent = False
    house.pass_(seconds=90)
    expected = [Authenticity.PASS, Authenticity.FAIL, Authenticity.FAIL]
    assert authenticity(house) == expected
    assert credits_of(house, "Premium d.o.o.") == 1
    assert "a message in request 1 may be forged" in house.alarm("ana").subject


def test_an_answer_held_by_a_silent_dns_goes_out_once_it_speaks(house: House) -> None:
    protect(house, "b2bee.example")
    house.dns.records["b2bee.example", "TXT"] = [b"v=spf1 ip4:203.0.113.66 -all"]
    copy = outage(house)
    house.dns.silent = True
    answer_from_outside(house, copy)
    house.alarm("ana")
    house.dns.silent = False
    house.pass_(seconds=90)
    house.answer(CUSTOMER)
    assert house.request().state is State.ANSWERED
    assert house.store.read(lambda tx: tx.inbox.fate(2)) is Fate.ANSWERED


def test_a_dns_silent_for_days_is_asked_no_more(house: House) -> None:
    house.dns.silent = True
    house.mail("new@nowhere.example", "Hello", QUESTION, peer=STRANGER)
    for _ in range(6):
        house.pass_(days=1)
    assert house.store.read(lambda tx: tx.messages.unanswered(house.now + timedelta(99), 9)) == []
    house.ignore()
