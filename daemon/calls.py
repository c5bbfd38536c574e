"""A telephone call becomes a request at once: whoever takes it wants to say by when."""

from datetime import date, datetime

from channels.phone import Call, arrival, understand
from daemon.contracts.values import phone_number
from daemon.decisions import Decisions
from daemon.known import gather
from rules import triage
from rules.model import Account, Assessment, Contract, RegisteredPerson, Request
from rules.requests import Refused
from storage.store import Transaction


def caller(tx: Transaction, said: str, day: date) -> tuple[str, str]:
    """Name and address of who called: told as a person's name, an address, or a number.

    A number of nobody's comes back as the name, without an address. Raises Refused.
    """
    if "@" in said:
        return "", said.strip().lower()
    if said.strip().startswith(("+", "00")):
        try:
            number = phone_number(said)
        except ValueError as error:
            raise Refused(str(error)) from None
        found = [
            (contract, person)
            for contract in tx.contracts.of_person(number)
            for person in contract.persons
            if number in person.phones
        ]
        return _one(found, day) if found else (number, "")
    wanted = said.casefold()
    everybody = [(c, p) for c in tx.contracts.all() for p in c.persons]
    exact = [each for each in everybody if each[1].name.casefold() == wanted]
    found = exact or [each for each in everybody if wanted in each[1].name.casefold()]
    whose = sorted({f"{person.name} ({contract.customer})" for contract, person in found})
    if len(whose) != 1:
        known = f"; there are: {', '.join(whose)}" if whose else ""
        raise Refused(f"{len(whose) or 'no'} registered persons are called {said!r}{known}")
    return _one(found, day)


def _one(found: list[tuple[Contract, RegisteredPerson]], day: date) -> tuple[str, str]:
    """As the contract has the person that runs on the day, else the newest."""
    _, person = max(found, key=lambda each: (each[0].runs_on(day), each[0].starts_on))
    return person.name, min(person.addresses)


def log(
    tx: Transaction,
    call: Call,
    account: Account,
    at: datetime,
    assessment: Assessment,
    decisions: Decisions,
    now: datetime,
) -> Request:
    """Decide on a call as on any message; the request it opened or went on in. Raises Refused."""
    taken = arrival(call, account, at)
    envelope = taken.envelope
    key = (envelope.channel, envelope.account, envelope.external_id)
    if not tx.inbox.take([taken], now):
        raise Refused(f"this call is request {tx.inbox.request_under(*key) or 'no'} already")
    message = understand(taken)
    known = gather(tx, message, decisions.playbook, now)
    decision = triage.decide(message, assessment, known, decisions.playbook)
    decisions.carry_out(tx, tx.inbox.under(*key), message, decision, now)
    id = tx.inbox.request_under(*key)
    assert id is not None  # an ordinary message opens a request, or goes on in one
    return decisions.desk.request(tx, id)
