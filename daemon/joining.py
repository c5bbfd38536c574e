"""Merge and split, carried into the store: messages, what the customer was sent, and credits."""

from dataclasses import replace
from datetime import date, datetime

from daemon.desk import Desk, running
from daemon.follow_ups import is_owed_to
from daemon.known import gather, living
from rules import joining, policies, triage
from rules.granting import without_credit
from rules.joining import Side
from rules.model import (
    Assessment,
    Credit,
    Entitlement,
    Playbook,
    Request,
    State,
    Treatment,
    Uncovered,
)
from rules.requests import Change, Refused
from storage.store import Filed, Transaction


def merge(
    tx: Transaction,
    desk: Desk,
    playbook: Playbook,
    id: int,
    into_id: int,
    person: str,
    now: datetime,
) -> Request:
    """The survivor; merged before, it stays as it is. Raises Refused."""
    desk.person(person)
    gone, into = desk.request(tx, id), desk.request(tx, into_id)
    if gone.merged_into is not None and living(tx, id) == living(tx, into_id):
        return into
    left = joining.leave(gone, into, person)
    said = _customers(tx, id)
    if not said:
        raise Refused(f"request {id} has no message of the customer's: close it instead")
    sides = Side(into, running(tx, into_id)), Side(gone, running(tx, id))
    joined = joining.take_in(*sides, said[0].message, person, playbook, now)
    for filed in tx.messages.of_request(id):
        tx.messages.place(filed.id, into_id)
    tx.outbox.move_to_customer(id, into_id)
    joined = replace(joined, request=_with_newest(tx, joined.request))
    desk.apply(tx, left, person, now)
    day = policies.local_day(joined.request.received_at, playbook)
    _move_credit(tx, id, into_id, day, person, now)
    return desk.apply(tx, joined, person, now)


def split(
    tx: Transaction,
    desk: Desk,
    playbook: Playbook,
    id: int,
    message_id: int,
    assessment: Assessment,
    person: str,
    now: datetime,
) -> Request:
    """The request that a further message of the customer's becomes.

    `assessment` is of that message. Split before, it is the same one. Raises Refused.
    """
    desk.person(person)
    origin = desk.request(tx, id)
    there = tx.messages.request_of(message_id)
    if there is not None and there > id and _customers(tx, there)[0].id == message_id:
        return desk.request(tx, there)
    said = _customers(tx, id)
    filed = next((each for each in said if each.id == message_id), None)
    if filed is None:
        numbers = ", ".join(str(each.id) for each in said[1:]) or "none"
        raise Refused(
            f"message {message_id} is none of the customer's in request {id}; there are: {numbers}"
        )
    if filed is said[0]:
        raise Refused(f"message {message_id} is what request {id} is about: split off a later one")
    granted = _granted(tx, desk, origin, filed, assessment, person)
    message, known = filed.message, gather(tx, filed.message, playbook, now)
    opened = triage.open_apart(message, assessment, origin, granted, known, playbook)
    late = opened.timer.due_at <= now and opened.request.state is State.OPEN
    request = tx.requests.add(replace(opened.request, breached_at=now if late else None))
    tx.assessments.add(request.id, opened.assessment)
    tx.timers.arm(replace(opened.timer, request_id=request.id))
    tx.messages.place(message_id, request.id)
    desk.note(tx, request.id, now, person, "split off", f"message {message_id} of request {id}")
    if granted.draws_credit:
        desk.draw(tx, request, "opened", person, now)
    desk.receipt(tx, request, message, opened.receipt, granted, now)
    timer = running(tx, id)
    left = Change(
        _with_newest(tx, origin),
        "split",
        f"message {message_id} is request {request.id} now",
        disarmed=(
            timer is not None
            and not _others_wait(said, filed, origin)
            and is_owed_to(filed, timer, origin, playbook)
        ),
    )
    desk.apply(tx, left, person, now)
    return request


def _customers(tx: Transaction, id: int) -> list[Filed]:
    return [filed for filed in tx.messages.of_request(id) if filed.is_customers]


def _with_newest(tx: Transaction, request: Request) -> Request:
    """An answer replies to the newest message that is in the request now."""
    ids = tx.messages.ids_of(request.id)
    return replace(request, last_message_id=ids[-1] if ids else "")


def _move_credit(
    tx: Transaction, from_id: int, to_id: int, day: date, person: str, now: datetime
) -> None:
    """One matter draws one credit: the other's goes back, or over, on the day it was drawn for.

    Of two that of `day` stays, on which the joined matter was received (policy, reading 6).
    """
    gone, kept = _drawn(tx, from_id), _drawn(tx, to_id)
    if gone is None:
        return
    into, out_of = f"merged into request {to_id}", f"merged with request {from_id}"
    tx.credits.add(replace(gone, amount=-1, why=into, at=now, who=person))
    if kept is not None and (kept.day == day or gone.day != day):
        return
    if kept is not None:
        tx.credits.add(replace(kept, amount=-1, why=out_of, at=now, who=person))
    over = Credit(gone.contract_id, to_id, gone.day, 1, out_of, now, person)
    tx.credits.add(over)


def _drawn(tx: Transaction, id: int) -> Credit | None:
    """The credit that a request has drawn and not given back."""
    lines = tx.credits.of_request(id)
    return lines[-1] if sum(line.amount for line in lines) > 0 else None


def _granted(
    tx: Transaction,
    desk: Desk,
    origin: Request,
    filed: Filed,
    assessment: Assessment,
    person: str,
) -> Entitlement:
    """What the origin's contract grants the message as a request of its own."""
    found = tx.contracts.get(origin.contract_id) if origin.contract_id is not None else None
    if origin.state is State.HELD:
        why = (f"request {origin.id} is held",)
        return Entitlement(found, origin.plan, Treatment.HOLD, (), draws_credit=False, reasons=why)
    if found is None:
        unknown, why = (Uncovered.UNKNOWN_SENDER,), (f"request {origin.id} has no contract",)
        return Entitlement(None, "", Treatment.SERVE, unknown, draws_credit=False, reasons=why)
    envelope = filed.message.envelope
    asked = replace(
        origin,
        id=0,  # what the origin has drawn is another's
        received_at=envelope.received_at,
        channel=envelope.channel,
        severity=assessment.severity,
    )
    granted = desk.granted(tx, asked, found, person)
    return without_credit(granted) if filed.message.automatic else granted


def _others_wait(said: list[Filed], filed: Filed, origin: Request) -> bool:
    """Whether the customer wrote more after the first response, which may be owed it, too."""
    since = origin.first_response_at
    return since is not None and any(
        each.id != filed.id and each.message.envelope.received_at > since for each in said
    )
