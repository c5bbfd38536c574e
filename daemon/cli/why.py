"""Why a request is due when it is: what `show` says of its deadline."""

from datetime import datetime

from daemon.cli.common import local
from rules import business_hours, deadlines, explain, policies
from rules.business_hours import NeverOpen, UnknownYear
from rules.entitlement import REVIEW_PLAN
from rules.model import Clock, Playbook, Request, State, Target
from rules.policies import UnknownVersion


def why(request: Request, playbook: Playbook, now: datetime) -> list[str]:
    """The reckoning in a sentence, by which promise, and how much of it is left.

    Where it cannot be reckoned any more, the one line says why.
    """
    try:
        return _told(request, policies.of_request(playbook, request), now)
    except (UnknownVersion, UnknownYear, NeverOpen) as error:
        return [str(error)]


def _told(request: Request, own: Playbook, now: datetime) -> list[str]:
    due_at = request.first_response_due_at or request.review_due_at
    held = request.first_response_due_at is None
    plan = REVIEW_PLAN if held else request.plan or REVIEW_PLAN
    target, clock = own.policy.plans[plan].targets[request.severity], own.policy.clock_of(plan)
    promise = f"{plan} {request.severity}, policy of {request.policy}"
    told = [
        explain.sentence(target, clock, request.owed_from_at),
        f"{'our review' if held else 'the first response'} is owed within"
        f" {deadlines.duration_in_words(target.within)} ({promise})",
    ]
    _, reckoned = deadlines.reckon(target, clock, request.owed_from_at)
    if due_at is not None and due_at != reckoned:
        told.append(
            f"due {local(due_at, target.hours.zone)} all the same: an earlier deadline stays"
        )
    if due_at is not None and request.state in (State.OPEN, State.HELD):
        told.append(_left(target, clock, due_at, now))
    return told


def _left(target: Target, clock: Clock, due_at: datetime, now: datetime) -> str:
    if now < due_at and clock is Clock.ELAPSED:
        return f"{deadlines.duration_in_words(due_at - now)} are left"
    if now < due_at:
        left = deadlines.duration_in_words(business_hours.between(target.hours, now, due_at))
        return f"{left} of open time are left"
    return f"late by {deadlines.duration_in_words(now - due_at)}"
