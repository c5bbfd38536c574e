"""Whose a chat's message is: the room tells, then who wrote it, and never an address."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from daemon.known import gather
from rules import triage
from rules.decisions import FollowedUp, Opened
from rules.model import (
    Assessment,
    Channel,
    Contract,
    Envelope,
    MailKind,
    Message,
    RegisteredPerson,
    Severity,
    Uncovered,
)

House = Any  # the fixture's class; conftest is no module to import

MAJA, IVA = "slack:U0MAJA", "slack:U0IVA"
GRAVE = Assessment(Severity.CRITICAL, 0.9, ("it is down",))


def customer(name: str, identity: str, *rooms: str, **more: Any) -> Contract:
    person = RegisteredPerson(
        name, frozenset({f"{name.lower()}@chat.example"}), identities=frozenset({identity})
    )
    term = (date(2026, 1, 1), date(2026, 12, 31))
    made = Contract(0, f"{name} d.o.o.", "premium", *term, (person,), chats=frozenset(rooms))
    return replace(made, **more)


@pytest.fixture(autouse=True)
def at_home(house: House) -> None:
    """Maja's firm has a room; Iva's has none."""
    contracts = [customer("Maja", MAJA, "slack:C0HOME"), customer("Iva", IVA)]
    house.store.write(lambda tx: tx.contracts.put(contracts))


def said(house: House, sender: str, room: str, *references: str) -> Message:
    envelope = Envelope(
        Channel.CHAT, "support", f"{sender}{room}{house.now}", sender, (room,), house.now
    )
    return Message(
        envelope,
        key=envelope.external_id,
        kind=MailKind.ORDINARY,
        message_id="",
        references=references,
        sender=sender,
        sender_name="",
        subject="",
        text="Nothing works.",
        new_text="Nothing works.",
    )


def decided(house: House, message: Message) -> Any:
    known = house.store.read(lambda tx: gather(tx, message, house.playbook, house.now))
    return triage.decide(message, GRAVE, known, house.playbook)


@pytest.mark.parametrize(
    ("sender", "room", "whose", "uncovered"),
    [
        (MAJA, "slack:C0HOME", "Maja d.o.o.", ()),
        ("slack:U0ELSE", "slack:C0HOME", "Maja d.o.o.", (Uncovered.UNREGISTERED_PERSON,)),
        (IVA, "slack:C0HOME", "Maja d.o.o.", (Uncovered.UNREGISTERED_PERSON,)),
        (IVA, "slack:D0ALONE", "Iva d.o.o.", ()),
        (MAJA, "slack:D0ALONE", "Maja d.o.o.", ()),
        ("slack:U0ELSE", "slack:D0ALONE", "", (Uncovered.UNKNOWN_SENDER,)),
        ("maja@chat.example", "slack:D0ALONE", "", (Uncovered.UNKNOWN_SENDER,)),
    ],
)
def test_the_room_tells_the_customer_then_the_registered_identity(
    house: House, sender: str, room: str, whose: str, uncovered: tuple[Uncovered, ...]
) -> None:
    decision = decided(house, said(house, sender, room))
    assert isinstance(decision, Opened)
    assert (decision.request.customer, decision.request.uncovered) == (whose, uncovered)


def test_the_reason_names_the_room(house: House) -> None:
    decision = decided(house, said(house, "slack:U0ELSE", "slack:C0HOME"))
    assert "slack:U0ELSE wrote in slack:C0HOME, a room of Maja d.o.o." in decision.request.reasons
    assert "the sender is a colleague, not a registered person" in decision.request.reasons


def test_of_a_rooms_terms_the_running_one_counts(house: House) -> None:
    before = customer(
        "Maja",
        MAJA,
        "slack:C0HOME",
        starts_on=date(2025, 1, 1),
        ends_on=date(2025, 12, 31),
        plan="basic",
    )
    house.store.write(lambda tx: tx.contracts.put([before]))
    assert decided(house, said(house, MAJA, "slack:C0HOME")).request.plan == "premium"


def test_an_identity_means_nothing_outside_a_chat(house: House) -> None:
    mail = said(house, MAJA, "slack:C0HOME")
    mail = replace(mail, envelope=replace(mail.envelope, channel=Channel.EMAIL))
    assert decided(house, mail).request.customer == ""


@pytest.mark.parametrize(
    ("sender", "room", "joins"),
    [
        ("slack:U0COLLEAGUE", "slack:C0HOME", True),
        (MAJA, "slack:D0ALONE", True),
        ("slack:U0ELSE", "slack:D0ALONE", False),
        (IVA, "slack:D0ALONE", False),
    ],
)
def test_who_is_at_home_in_the_room_goes_on_in_its_requests(
    house: House, sender: str, room: str, joins: bool
) -> None:
    def open_one(tx: Any) -> None:
        request = tx.requests.add(decided(house, said(house, MAJA, "slack:C0HOME")).request)
        tx.messages.refer("slack:C0HOME:1", request.id)

    house.store.write(open_one)
    decision = decided(house, said(house, sender, room, "slack:C0HOME:1"))
    assert isinstance(decision, FollowedUp) is joins
