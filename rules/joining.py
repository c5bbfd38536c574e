"""Two requests that are one matter: merged, whichever is owed earlier stays owed by then."""

from dataclasses import dataclass, replace
from datetime import datetime

from rules import escalation, policies, requests
from rules.entitlement import REVIEW_PLAN
from rules.model import (
    Assessment,
    CloseReason,
    Deadline,
    Message,
    Playbook,
    Purpose,
    Request,
    Severity,
    State,
    Timer,
)
from rules.requests import Change, Refused

_PURPOSES = {
    State.OPEN: Purpose.FIRST_RESPONSE,
    State.HELD: Purpose.REVIEW,
    State.ANSWERED: Purpose.FOLLOW_UP,
}


@dataclass(frozen=True)
class Side:
    """A request that is to be merged, and the timer over what is owed on it."""

    request: Request
    timer: Timer | None


def leave(gone: Request, into: Request, person: str) -> Change:
    """The request whose matter goes on in another: nothing is owed on it any more.

    Raises Refused where words would come into another customer's hands, or a promise would go.
    """
    _check(gone, into)
    closed = replace(
        gone, state=State.CLOSED, close_reason=CloseReason.DUPLICATE, merged_into=into.id
    )
    return Change(closed, "merged", f"into request {into.id} ({person})", disarmed=True)


def take_in(
    into: Side, gone: Side, said: Message, person: str, playbook: Playbook, now: datetime
) -> Change:
    """The request in which the matter goes on; `said` is the first message of the other.

    The graver severity counts, a person's word before a provisional one. What was held has no
    deadline of the customer's: it is a further message from when it was received. Of a contract
    the survivor has what the other had, if it had none.
    """
    joined = _with_contract(into.request, gone.request)
    why = f"with request {gone.request.id} ({person})"
    if gone.request.state is State.HELD and joined.state is not State.HELD:
        found = Assessment(gone.request.severity, gone.request.confidence, gone.request.reasons)
        heard = requests.follow_up(joined, said, found, into.timer, playbook)
        return replace(heard, what="merged", why=f"{why}: {heard.what}, {heard.why}")
    if gone.timer is None:
        return Change(joined, "merged", why)
    if joined.state is State.ANSWERED:
        joined = replace(joined, breached_at=joined.breached_at or gone.request.breached_at)
    elif gone.request.state is State.ANSWERED:
        joined = _with_clock(joined, _as_follow_up(gone.request, gone.timer))
    else:
        joined = _with_clock(joined, gone.request)
    return _owed(joined, into, gone.timer, why, playbook, now)


def _check(gone: Request, into: Request) -> None:
    if gone.id == into.id:
        raise Refused(f"request {gone.id} cannot be merged into itself")
    if gone.state is State.CLOSED:
        raise Refused(f"request {gone.id} is closed: its matter is over")
    if into.state is State.CLOSED:
        raise Refused(f"request {into.id} is closed: merge into one that goes on")
    if into.state is State.HELD and gone.state is State.OPEN:
        raise Refused(
            f"request {into.id} is held and {gone.id} is promised an answer: release {into.id}"
            f" first, or merge it into {gone.id}"
        )
    if gone.customer and into.customer and gone.customer != into.customer:
        raise Refused(
            f"request {gone.id} is of {gone.customer}, {into.id} of {into.customer}: neither may"
            " read the other's words"
        )


def _with_contract(into: Request, gone: Request) -> Request:
    covered = into.covered if into.state is State.HELD else bool(into.covered or gone.covered)
    joined = replace(
        into,
        covered=covered,
        uncovered=() if covered else into.uncovered,
        owner=into.owner or gone.owner,
    )
    if into.contract_id is not None or gone.contract_id is None:
        return joined
    return replace(
        joined,
        contract_id=gone.contract_id,
        customer=gone.customer,
        plan=gone.plan,
        timezone=gone.timezone,
        holidays=gone.holidays,
    )


def _as_follow_up(gone: Request, timer: Timer) -> Request:
    """What is still owed on an answered request: its first response is history."""
    return replace(
        gone,
        received_at=timer.clock_starts_at,
        released_at=None,
        severity=timer.severity,
        severity_by="",
        breached_at=None,
    )


def _with_clock(into: Request, gone: Request) -> Request:
    """From when it is owed, and how grave it is; both are as yet unanswered."""
    word = min((into, gone), key=lambda r: (not r.severity_by, r.severity.rank))
    received_at = min(into.received_at, gone.received_at)
    owed_from_at = min(into.owed_from_at, gone.owed_from_at)
    broken = [at for at in (into.breached_at, gone.breached_at) if at]
    return replace(
        into,
        received_at=received_at,
        released_at=owed_from_at if owed_from_at > received_at else None,
        severity=word.severity,
        severity_by=word.severity_by,
        confidence=word.confidence,
        needs_review=into.needs_review or gone.needs_review,
        quiet=into.quiet and gone.quiet,
        breached_at=min(broken, default=None),
    )


def _owed(
    joined: Request, into: Side, other: Timer, why: str, playbook: Playbook, now: datetime
) -> Change:
    """The earlier deadline of both, under the severity of the joined matter."""
    timers = [timer for timer in (into.timer, other) if timer]
    earlier = min(timers, key=lambda timer: timer.due_at)
    severity = joined.severity
    if joined.state is State.ANSWERED:
        severity = min((timer.severity for timer in timers), key=lambda s: Severity(s).rank)
    same = earlier is into.timer and severity is earlier.severity
    if same and earlier.quiet == joined.quiet:
        return Change(joined, "merged", why)
    held, answered = (joined.state is s for s in (State.HELD, State.ANSWERED))
    kept = f"merged {why}: the earlier deadline stays"
    owed = replace(
        joined,
        clock_starts_at=joined.clock_starts_at if answered else earlier.clock_starts_at,
        review_due_at=earlier.due_at if held else None,
        first_response_due_at=(
            joined.first_response_due_at if answered or held else earlier.due_at
        ),
        reasons=(*joined.reasons, kept),
        epoch=joined.epoch + 1,
    )
    timer = escalation.arm(
        policies.of_request(playbook, owed),
        owed.id,
        _PURPOSES[owed.state],
        REVIEW_PLAN if held else owed.plan or REVIEW_PLAN,
        severity,
        Deadline(earlier.clock_starts_at, earlier.due_at, ()),
        owed.epoch,
        owed.quiet,
        owed.customer,
    )
    change = Change(owed, "merged", why, disarmed=True, armed=timer)
    return requests.with_lease(change, into.timer, playbook, now)
