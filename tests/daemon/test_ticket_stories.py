"""From a ticket to the ping and back: the same rules as for any other door."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from channels.ticket.content import canonical
from daemon import keys
from rules.model import Arrival, Channel, Envelope, Peer, Severity, State

OUTAGE = "Nothing works: the whole company cannot send orders since 8 o'clock."
QUESTION = "How do I export the price list to Excel? It is not urgent, just a question."

House = Any  # the fixture's class; conftest is no module to import


def ticket(
    house: House, sender: str, text: str, customer: str = "", claim: str | None = None, **more: Any
) -> None:
    """A ticket from a customer's system, or without one, from the page."""
    contracts = {c.customer: c.id for c in house.store.read(lambda tx: tx.contracts.all())}
    content = canonical(
        {
            "subject": "Orders",
            "text": text,
            "sender": {"name": "", "email": sender},
            "severity_claim": claim,
            "files": [],
            **more,
        }
    )
    peer = Peer("192.0.2.1", login=str(contracts[customer]) if customer else "")
    id = f"{sender}{text}"
    envelope = Envelope(Channel.TICKET, "support", id, sender, (), house.now, peer)

    async def receive() -> None:
        storing = asyncio.create_task(house.inbox.run())
        await house.inbox.receive([Arrival(envelope, content)])
        storing.cancel()

    house.loop.run_until_complete(receive())
    house.work()


def test_a_ticket_by_a_registered_person_is_confirmed_pings_and_is_answered(house: House) -> None:
    ticket(house, "p@premium.example", OUTAGE, "Premium d.o.o.")
    request = house.request()
    assert (request.channel, request.severity) == (Channel.TICKET, Severity.CRITICAL)
    assert (request.plan, request.covered) == ("premium", True)
    receipt = house.receipt("p@premium.example")
    assert "#1" in receipt.subject
    ping = house.ping("ana")
    assert OUTAGE in ping.text
    copy = house.copy("ana")
    house.mail("ana@b2bee.example", "Re: Orders", "We are on it.", to=copy.reply_to)
    answer = house.answer("p@premium.example")
    assert answer.text.strip() == "We are on it."
    assert house.request().state is State.ANSWERED
    # The customer answers by mail, in the same request.
    house.mail("p@premium.example", "Re", "Thank you.", References=f"<{receipt.message_id}>")
    assert len(house.requests()) == 1
    house.ignore()


def test_a_key_proves_the_contract_of_a_person_nobody_knows(house: House) -> None:
    ticket(house, "monitor@elsewhere.example", OUTAGE, "Premium d.o.o.")
    request = house.request()
    assert (request.customer, request.state) == ("Premium d.o.o.", State.OPEN)
    assert request.covered is False
    assert "monitor@elsewhere.example came with the key of Premium d.o.o." in request.reasons
    assert "the sender is not a registered person" in request.reasons
    house.ignore()


def test_a_key_counts_for_more_than_the_address_that_is_named(house: House) -> None:
    ticket(house, "p@premium.example", OUTAGE, "Basic d.o.o.")
    assert house.request().customer == "Basic d.o.o."
    house.ignore()


def test_without_a_key_the_address_decides_as_in_mail(house: House) -> None:
    ticket(house, "p@premium.example", OUTAGE)
    ticket(house, "stranger@elsewhere.example", OUTAGE)
    assert house.request(1).customer == "Premium d.o.o."
    assert (house.request(2).customer, house.request(2).state) == ("", State.HELD)
    house.ignore()


def test_a_key_outlives_a_renewal(house: House) -> None:
    (lapsed,) = [
        c for c in house.store.read(lambda tx: tx.contracts.all()) if "Lapsed" in c.customer
    ]
    ticket(house, "l@lapsed.example", OUTAGE, "Lapsed d.o.o.")
    assert house.request(1).state is State.HELD
    renewed = replace(
        lapsed, starts_on=lapsed.starts_on.replace(year=2026),
        ends_on=lapsed.ends_on.replace(year=2026), plan="basic",
    )  # fmt: skip
    house.store.write(lambda tx: tx.contracts.put([renewed]))
    ticket(house, "l@lapsed.example", QUESTION, "Lapsed d.o.o.")
    assert (house.request(2).state, house.request(2).plan) == (State.OPEN, "basic")
    house.ignore()


def test_a_claim_graver_than_our_word_asks_for_a_person_and_moves_no_deadline(
    house: House,
) -> None:
    ticket(house, "p@premium.example", QUESTION, claim="critical")
    ticket(house, "p@premium.example", QUESTION + " ", claim="none")
    graver, milder = house.request(1), house.request(2)
    assert graver.severity == milder.severity
    assert (graver.needs_review, milder.needs_review) == (True, False)
    assert "the sender calls it critical" in graver.reasons
    assert graver.first_response_due_at == milder.first_response_due_at
    house.ignore()


def test_the_same_ticket_twice_is_one_request(house: House) -> None:
    for _ in range(2):
        ticket(house, "p@premium.example", OUTAGE)
    assert len(house.requests()) == 1
    house.ignore()


def test_a_stored_ticket_that_nobody_can_read_is_held_for_a_person(house: House) -> None:
    envelope = Envelope(Channel.TICKET, "support", "x", "p@premium.example", (), house.now)
    house.store.write(lambda tx: tx.inbox.take([Arrival(envelope, b"\xff")], house.now))
    house.work()
    assert house.request().state is State.HELD
    house.ping("ana")
    house.copy("ana")


def test_a_key_is_kept_as_its_hash_until_it_is_revoked(house: House) -> None:
    made = keys.make()
    other = keys.make()
    assert made != other
    assert keys.digest(made) != made
    digest = keys.digest(made)
    house.store.write(lambda tx: tx.keys.add(digest, 1, house.now))
    house.store.write(lambda tx: tx.keys.add(keys.digest(other), 2, house.now))
    assert house.store.read(lambda tx: tx.keys.contract_of(digest)) == 1
    assert house.store.read(lambda tx: tx.keys.made_for([1])) == [house.now]
    assert house.store.write(lambda tx: tx.keys.revoke([1])) == 1
    assert house.store.read(lambda tx: tx.keys.contract_of(digest)) is None
    assert house.store.read(lambda tx: tx.keys.contract_of(keys.digest(other))) == 2


def test_an_import_never_touches_open_requests(house: House) -> None:
    ticket(house, "p@premium.example", OUTAGE)
    house.ignore()
    before = json.dumps(vars(house.request()), default=str)
    timers = house.store.read(lambda tx: tx.timers.of(1))
    stored = house.store.read(lambda tx: tx.contracts.all())
    changed = [replace(c, plan="basic", persons=(), language="de") for c in stored]
    house.store.write(lambda tx: tx.contracts.put(changed))
    assert json.dumps(vars(house.request()), default=str) == before
    assert house.store.read(lambda tx: tx.timers.of(1)) == timers


@pytest.mark.parametrize("login", ["", "0", "999", "x", "²", "1; DROP TABLE contract"])
def test_a_login_that_is_no_contract_proves_nothing(house: House, login: str) -> None:
    content = canonical({"subject": "a", "text": QUESTION, "sender": {"email": "a@b.example"}})
    envelope = Envelope(
        Channel.TICKET, "support", "x", "a@b.example", (), house.now, Peer(login=login)
    )
    house.store.write(lambda tx: tx.inbox.take([Arrival(envelope, content)], house.now))
    house.work()
    assert (house.request().customer, house.request().state) == ("", State.HELD)
    house.ignore()
