"""What a person's answer ends, and what is owed again when it did not arrive."""

from dataclasses import replace
from datetime import datetime

from rules import judging, policies, requests
from rules.entitlement import REVIEW_PLAN
from rules.escalation_course import AGAIN
from rules.model import Playbook, Purpose, Request, Severity, State, Timer
from rules.requests import Change

BY_PHONE = "answered by phone"
PAST_US = "answered past us"
"""In a request's history: answers that the customer has and the outbox never had."""


def answered(
    request: Request,
    person: str,
    at: datetime,
    running: Timer | None,
    unheard_at: datetime | None,
    playbook: Playbook,
) -> Change:
    """The customer has a person's answer: the relay or the chat took it at this instant.

    It ends what was owed when it was written. `unheard_at` is when the customer first wrote after
    that, if so: where the request is grave, that message is owed an answer of its own (policy,
    reading 9). How grave the message alone is nobody kept, so the request's severity counts.
    """
    if request.state is State.CLOSED:
        return Change(request, "answered", f"after it was closed, by {person}")
    first = request.first_response_at is None
    if request.first_response_at and at < request.first_response_at:
        # What came since was answered by the one on record, or is watched.
        why = f"first response by {person}, before the one on record"
        return Change(first_heard(request, person, at), "answered", why)
    change = Change(
        first_heard(request, person, at) if first else replace(request, state=State.ANSWERED),
        "answered",
        f"{'first response' if first else 'further answer'} by {person}",
        disarmed=True,
        answered_at=at,
    )
    return _still_owed(change, first, running, unheard_at, playbook) if unheard_at else change


def first_heard(request: Request, person: str, at: datetime) -> Request:
    """Answered for the first time at this instant: in time, or a breach."""
    due = request.first_response_due_at
    late = due is not None and at > due
    # In time after all: written down only after the watch had seen the deadline pass.
    kept = judging.earlier_breach(request) if due is not None else request.breached_at
    return replace(
        request,
        state=State.ANSWERED,
        breached_at=(request.breached_at or due) if late else kept,
        first_response_at=at,
        first_response_by=person,
    )


def first_lost(request: Request, person: str, at: datetime) -> Change:
    """The first answer did not arrive; the next one that stands is the first response."""
    why = f"it bounced: the first response is that by {person}"
    return Change(first_heard(request, person, at), "answer lost", why)


def _still_owed(
    change: Change, first: bool, running: Timer | None, unheard_at: datetime, playbook: Playbook
) -> Change:
    """What the customer wrote after the answer was written is watched further."""
    request = change.request
    if not first and running is None:
        return change
    severity = running.severity if running else request.severity
    if severity not in requests.GRAVE:
        return change
    plan, own = request.plan or REVIEW_PLAN, policies.of_request(playbook, request)
    due = requests.deadline(plan, severity, unheard_at, own)
    said = f"{change.why}, written before the customer wrote again: an answer to that is owed"
    if running and running.purpose is Purpose.FOLLOW_UP and due.due_at <= running.due_at:
        return replace(change, why=said, disarmed=False)
    owed = replace(request, epoch=request.epoch + 1)
    armed = requests.timer_over(owed, Purpose.FOLLOW_UP, plan, severity, due, own)
    return replace(change, request=owed, why=said, armed=armed)


def answer_lost(
    request: Request, why: str, running: Timer | None, playbook: Playbook, now: datetime
) -> Change:
    """The answer did not arrive after all: it is owed again, and the on-call hears at once, or as
    its clock starts.
    """
    if request.state is State.CLOSED:
        return Change(request, "answer lost", why)
    held = request.review_due_at is not None
    owed = replace(
        request,
        state=State.HELD if held else State.OPEN,
        first_response_at=None,
        first_response_by="",
        quiet=False,
        epoch=request.epoch + 1,
    )
    armed = requests.armed_over(owed, playbook)
    if running and running.purpose is Purpose.FOLLOW_UP:
        graver = min(running.severity, owed.severity, key=lambda s: Severity(s).rank)
        armed = replace(armed, severity=graver, due_at=min(armed.due_at, running.due_at))
    again = replace(armed, told=AGAIN, next_at=now)
    return Change(owed, "answer lost", why, disarmed=True, armed=again)
