"""Grave messages after the first response that nobody answered in time (policy, reading 9)."""

from datetime import datetime

from rules import policies
from rules.model import FollowUpBreach, Playbook, Purpose, Request, Timer
from rules.requests import deadline
from storage.store import Filed, Transaction


def is_owed_to(filed: Filed, timer: Timer, request: Request, playbook: Playbook) -> bool:
    """Whether a follow-up's answer is owed to this message."""
    if timer.purpose is not Purpose.FOLLOW_UP or not filed.is_customers:
        return False
    own = policies.of_request(playbook, request)
    received_at = filed.message.envelope.received_at
    return deadline(timer.plan, timer.severity, received_at, own).due_at == timer.due_at


def breached(
    tx: Transaction, request: Request, timer: Timer, playbook: Playbook, now: datetime
) -> bool:
    """Write down that its deadline passed; False if that is on record, or it is no follow-up's."""
    if timer.purpose is not Purpose.FOLLOW_UP:
        return False
    said = tx.messages.of_request(request.id)
    owed = next((each for each in said if is_owed_to(each, timer, request, playbook)), None)
    # A deadline that came with a merged request may be owed to none that is left here.
    received_at = owed.message.envelope.received_at if owed else timer.clock_starts_at
    breach = FollowUpBreach(request.id, timer.severity, received_at, timer.due_at, now)
    return tx.follow_ups.add(breach)


def answered(
    tx: Transaction, request: Request, at: datetime, over: bool, playbook: Playbook, now: datetime
) -> None:
    """The customer has had an answer since `at`, which may have been found after the watch looked.

    `over`: it answers all that was owed.
    """
    for timer in tx.timers.of(request.id):
        if timer.due_at < at:
            breached(tx, request, timer, playbook, now)
    for breach in tx.follow_ups.of_request(request.id):
        if over and at <= breach.due_at:
            tx.follow_ups.take_back(breach, now)
