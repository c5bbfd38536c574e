"""What happens to a request after it was opened: as it is in, as it becomes out."""

from dataclasses import dataclass, replace
from datetime import datetime

from rules import deadlines, escalation, judging, places, policies
from rules.entitlement import REVIEW_PLAN
from rules.escalation_course import Course
from rules.greetings import says_nothing_yet
from rules.model import (
    Assessment,
    CloseReason,
    Contract,
    Deadline,
    Entitlement,
    Message,
    Playbook,
    Purpose,
    Request,
    Severity,
    State,
    Timer,
)

GRAVE = (Severity.CRITICAL, Severity.SIGNIFICANT)
"""After the first response, only such a message is owed an answer (policy, reading 9)."""


class Refused(Exception):
    """What a person asked for cannot be; the message says why and what would be right."""


@dataclass(frozen=True)
class Change:
    """What becomes of a request."""

    request: Request
    what: str
    """For its history: a word or two."""
    why: str
    disarmed: bool = False
    """What was owed is owed no more: every timer goes, before a new one is armed."""
    armed: Timer | None = None
    """The timer that watches from now on, in place of its purpose's present one."""
    refund: str = ""
    """Why its credit comes back; empty if it does not."""
    draws_credit: bool = False
    """Whether its contract's credit is drawn now."""
    answered_at: datetime | None = None
    """Since when the customer has an answer."""
    cell_changed: bool = False
    """Another severity or plan counts: whether it is covered is judged again."""


def deadline(plan: str, severity: Severity, received_at: datetime, playbook: Playbook) -> Deadline:
    """When a plan owes something for a severity under the playbook's policy.

    Raises what `deadlines.first_response` raises.
    """
    policy = playbook.policy
    target = policy.plans[plan].targets[severity]
    return deadlines.first_response(target, policy.clock_of(plan), received_at)


def set_severity(
    request: Request,
    severity: Severity,
    why: str,
    person: str,
    running: Timer | None,
    playbook: Playbook,
    now: datetime,
) -> Change:
    """A person's word on the severity: the deadline is computed anew from the same start.

    A deadline that is past by it is breached now, not then (policy, reading 7). Who has it, keeps
    it, as long as the new deadline allows. By the same severity, a confirmation, nothing moves.
    Raises Refused.
    """
    if request.state is State.CLOSED:
        raise Refused(f"request {request.id} is closed: its severity stays {request.severity}")
    decided = replace(
        request,
        severity=severity,
        severity_by=person,
        provisional_severity=request.provisional_severity or request.severity,
        confidence=1.0,
        needs_review=False,
    )
    if severity is request.severity:
        confirmed = (*request.reasons, f"severity confirmed: {why} ({person})")
        return Change(replace(decided, reasons=confirmed), "severity confirmed", why)
    what = f"severity {request.severity} -> {severity}"
    why = f"{why} ({person})"
    if request.state is State.ANSWERED:
        judged = _judged(decided, f"{what}: {why}", playbook, now)
        return Change(judged, what, why, cell_changed=True)
    return with_lease(_rearm(decided, what, why, playbook, now), running, playbook, now)


def _judged(request: Request, why: str, playbook: Playbook, now: datetime) -> Request:
    """Answered, and held to another promise."""
    own = policies.of_request(playbook, request)
    due = deadline(request.plan or REVIEW_PLAN, request.severity, request.owed_from_at, own)
    return judging.judged(request, due, why, now)


def with_lease(change: Change, running: Timer | None, playbook: Playbook, now: datetime) -> Change:
    """Who has it keeps it on the new timer, as long as its deadline and reserve allow."""
    lease = running.acknowledgement if running else None
    if change.armed is None or lease is None or change.armed.due_at <= now:
        return change
    course = Course(change.armed, policies.of_request(playbook, change.request))
    until_at = min(lease.until_at, course.last_end(now))
    kept = replace(
        change.armed, acknowledgement=replace(lease, until_at=until_at), next_at=until_at
    )
    return replace(change, armed=kept)


def _rearm(request: Request, what: str, why: str, playbook: Playbook, now: datetime) -> Change:
    """The same matter under another severity: deadline and timer anew."""
    held = request.state is State.HELD
    plan = REVIEW_PLAN if held else request.plan or REVIEW_PLAN
    due = deadline(
        plan, request.severity, request.owed_from_at, policies.of_request(playbook, request)
    )
    before = request.review_due_at if held else request.first_response_due_at
    newly_late = due.due_at <= now and (before is None or before > now)
    request = replace(
        request,
        clock_starts_at=due.clock_starts_at,
        first_response_due_at=None if held else due.due_at,
        review_due_at=due.due_at if held else None,
        quiet=held and request.quiet and request.severity is not Severity.CRITICAL,
        breached_at=judging.breach(request, due.due_at <= now, newly_late, now),
        reasons=(*request.reasons, f"{what}: {why}", *due.reasons),
        epoch=request.epoch + 1,
    )
    return Change(request, what, why, armed=armed_over(request, playbook), cell_changed=True)


def armed_over(request: Request, playbook: Playbook) -> Timer:
    """The timer over what an open or held request is owed."""
    held = request.state is State.HELD
    due_at = request.review_due_at if held else request.first_response_due_at
    plan = REVIEW_PLAN if held else request.plan or REVIEW_PLAN
    own = policies.of_request(playbook, request)
    due = deadline(plan, request.severity, request.owed_from_at, own)
    purpose = Purpose.REVIEW if held else Purpose.FIRST_RESPONSE
    due = replace(due, due_at=due_at or due.due_at)
    return timer_over(request, purpose, plan, request.severity, due, own)


def timer_over(
    request: Request,
    purpose: Purpose,
    plan: str,
    severity: Severity,
    due: Deadline,
    playbook: Playbook,
) -> Timer:
    """The timer over something owed by `due`, under the request's present epoch."""
    return escalation.arm(
        playbook,
        request.id,
        purpose,
        plan,
        severity,
        due,
        request.epoch,
        request.quiet,
        request.customer,
    )


def timer_again(request: Request, playbook: Playbook) -> Timer | None:
    """The timer that ought to watch over a request which lost its own; None if nothing is owed."""
    held = request.state is State.HELD
    due_at = request.review_due_at if held else request.first_response_due_at
    if due_at is None or request.state not in (State.OPEN, State.HELD):
        return None
    purpose = Purpose.REVIEW if held else Purpose.FIRST_RESPONSE
    plan = REVIEW_PLAN if held else request.plan or REVIEW_PLAN
    due = Deadline(request.clock_starts_at, due_at, ())
    own = policies.of_request(playbook, request)
    return timer_over(request, purpose, plan, request.severity, due, own)


def follow_up(
    request: Request,
    message: Message,
    assessment: Assessment,
    running: Timer | None,
    playbook: Playbook,
) -> Change:
    """A further message of the customer's; `running` is the follow-up timer, if there is one.

    One in a chat that was said before what opened the request, and came later, is where it begins.
    Before the first response it may raise a provisional severity, never lower one. After it, a
    grave message owes an answer within its own target (policy, reading 9); the oldest unanswered
    one counts.
    """
    heard = _heard(request, message)
    said = f"{message.sender} wrote again"
    if request.state is not State.ANSWERED:
        if assessment.severity.rank < request.severity.rank and not request.severity_by:
            raised = replace(heard, severity=assessment.severity, confidence=assessment.confidence)
            what = f"severity {request.severity} -> {assessment.severity}"
            why = "; ".join((said, *assessment.reasons))
            return _rearm(raised, what, why, playbook, message.envelope.received_at)
        if heard.received_at < request.received_at:
            why = f"{message.sender} had written before"
            return _rearm(heard, "counted from earlier", why, playbook, request.received_at)
        return Change(heard, "followed up", said)
    if assessment.severity not in GRAVE:
        return Change(heard, "followed up", said)
    plan, own = request.plan or REVIEW_PLAN, policies.of_request(playbook, request)
    due = deadline(plan, assessment.severity, message.envelope.received_at, own)
    said = f"{said}, {assessment.severity}: an answer is owed"
    if running and running.due_at <= due.due_at:
        return Change(heard, "followed up", said)
    heard = replace(heard, epoch=heard.epoch + 1)
    timer = timer_over(heard, Purpose.FOLLOW_UP, plan, assessment.severity, due, own)
    return Change(heard, "followed up", said, armed=timer)


def _heard(request: Request, message: Message) -> Request:
    newest = message.message_id or request.last_message_id
    heard = replace(request, last_message_id=newest, answer_to=places.answer_to(request, message))
    came_late = message.chat and not says_nothing_yet(message.new_text)
    if came_late and request.state in (State.OPEN, State.HELD):
        return replace(heard, received_at=min(heard.received_at, message.envelope.received_at))
    return heard


def thanked(request: Request, message: Message) -> Change:
    """The customer says thanks: nothing opens, and nothing begins to count."""
    heard = _heard(request, message)
    return Change(heard, "thanked", f"{message.sender} says thanks and no more")


def reopen(
    request: Request, message: Message, assessment: Assessment, playbook: Playbook
) -> Change:
    """The customer goes on after withdrawing: an answer is owed again, counted from this message.

    The graver severity counts, unless a person has spoken.
    """
    graver = assessment.severity.rank < request.severity.rank and not request.severity_by
    opened = replace(
        _heard(request, message),
        state=State.HELD if request.covered is None else State.OPEN,
        close_reason=None,
        severity=assessment.severity if graver else request.severity,
        released_at=message.envelope.received_at,
    )
    why = f"{message.sender} wrote again"
    return _rearm(opened, "reopened", why, playbook, message.envelope.received_at)


def disown(request: Request, why: str, opened_it: bool) -> Change:
    """A sender's domain disowned a message in it after all: shown so, and where that message
    opened it, nobody pays for it.

    What is owed stays owed: a person decides, and whoever was imitated may have written as well.
    """
    disowned = replace(request, reasons=(*request.reasons, why))
    refund = "the sender is not who it says" if opened_it else ""
    return Change(disowned, "sender disowned", why, refund=refund)


def close(request: Request, reason: CloseReason, person: str) -> Change:
    """A person ends an unanswered request (policy, reading 8). Raises Refused."""
    if request.state in (State.ANSWERED, State.CLOSED):
        raise Refused(f"request {request.id} is {request.state} already: there is nothing to end")
    refund = reason in (CloseReason.NOT_A_REQUEST, CloseReason.DUPLICATE)
    return Change(
        replace(request, state=State.CLOSED, close_reason=reason),
        "closed",
        f"{reason} ({person})",
        disarmed=True,
        refund=str(reason) if refund else "",
    )


def release(
    request: Request,
    entitlement: Entitlement | None,
    person: str,
    playbook: Playbook,
    now: datetime,
) -> Change:
    """A person lets a held request through, with what a contract grants it or, without one, on
    Basic's targets.

    The clock starts at `received_at` if a running contract covered it then, else at the release
    (policy, reading 5). Raises Refused.
    """
    if request.state is not State.HELD:
        raise Refused(f"request {request.id} is {request.state}, not held")
    contract = entitlement.contract if entitlement else None
    own = policies.of_contract(policies.of_request(playbook, request), contract)
    day = request.received_at.astimezone(own.policy.zone).date()
    ran = contract is not None and contract.runs_on(day)
    plan = contract.plan if contract else REVIEW_PLAN
    due = deadline(plan, request.severity, request.owed_from_at if ran else now, own)
    why = f"by {person}, {'under ' + contract.customer if contract else 'without a contract'}"
    opened = replace(
        request,
        state=State.OPEN,
        contract_id=contract.id if contract else None,
        customer=contract.customer if contract else "",
        plan=contract.plan if contract else "",
        covered=not entitlement.uncovered if entitlement else False,
        uncovered=entitlement.uncovered if entitlement else request.uncovered,
        quiet=False,
        candidates=(),
        released_at=request.released_at if ran else now,
        clock_starts_at=due.clock_starts_at,
        first_response_due_at=due.due_at,
        review_due_at=None,
        breached_at=now if due.due_at <= now else None,
        reasons=(*request.reasons, f"released {why}", *due.reasons),
        epoch=request.epoch + 1,
        timezone=contract.timezone if contract else "",
        holidays=contract.holidays if contract else "",
    )
    return Change(
        opened,
        "released",
        why,
        disarmed=True,
        armed=armed_over(opened, playbook),
        draws_credit=entitlement is not None and entitlement.draws_credit,
    )


def assign(
    request: Request,
    entitlement: Entitlement,
    person: str,
    running: Timer | None,
    playbook: Playbook,
    now: datetime,
) -> Change:
    """A person says under which contract a request is that was opened under another, or several.

    Its deadline is computed anew from the same start; its credit moves with it. Raises Refused.
    """
    contract = entitlement.contract
    if request.state is State.CLOSED or contract is None:
        raise Refused(f"request {request.id} is closed: it stays with {request.customer or '-'}")
    same = request.contract_id == contract.id
    what, why = "assigned", f"{contract.customer}, by {person}"
    filed = replace(
        request,
        contract_id=contract.id,
        customer=contract.customer,
        plan=contract.plan,
        timezone=contract.timezone,
        holidays=contract.holidays,
        covered=request.covered if same else not entitlement.uncovered,
        uncovered=request.uncovered if same else entitlement.uncovered,
        reasons=request.reasons if same else (*request.reasons, *entitlement.reasons),
        candidates=(),
    )
    if request.state is State.ANSWERED:
        change = Change(_judged(filed, f"{what}: {why}", playbook, now), what, why)
    else:
        change = with_lease(_rearm(filed, what, why, playbook, now), running, playbook, now)
    refund = "" if same else f"it is {contract.customer}'s"
    draws = not same and entitlement.draws_credit
    return replace(change, refund=refund, draws_credit=draws, cell_changed=same)


def recompute(
    request: Request, contract: Contract, running: Timer | None, playbook: Playbook, now: datetime
) -> Change:
    """An open request under its contract as that is now: the deadline anew, from the same start."""
    under = replace(
        request, plan=contract.plan, timezone=contract.timezone, holidays=contract.holidays
    )
    why = f"the contract of {contract.customer} has changed"
    return with_lease(_rearm(under, "recomputed", why, playbook, now), running, playbook, now)
