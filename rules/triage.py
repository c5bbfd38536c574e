"""One message and what is known about it: the decision."""

from collections.abc import Sequence
from dataclasses import replace

from rules import answers, escalation, granting, inside, policies, requests, subjects, threads
from rules.authenticity import authorship, is_forged, is_proven
from rules.candidates import candidates
from rules.decisions import (
    Acknowledged,
    Answered,
    AnsweredPastUs,
    Bounced,
    Decision,
    FollowedUp,
    Known,
    Noted,
    Opened,
    ReceiptVerdict,
    TurnedAway,
    Withheld,
)
from rules.entitlement import REVIEW_PLAN
from rules.languages import language_for
from rules.model import (
    AfterEnd,
    Assessment,
    CloseReason,
    Deadline,
    Entitlement,
    Fate,
    MailKind,
    Message,
    Playbook,
    Purpose,
    ReplyPurpose,
    Request,
    Severity,
    State,
    Treatment,
    Uncovered,
)
from rules.threads import Thread


def decide(message: Message, assessment: Assessment, known: Known, playbook: Playbook) -> Decision:
    """What becomes of a message that was not seen before.

    Raises `business_hours.UnknownYear` and `NeverOpen` where no deadline can be computed: the
    caller holds the message then.
    """
    if message.envelope.history:
        belonging = threads.belonging(message, known.threads, playbook)
        return Noted("history", belonging.thread.request if belonging.thread else None)
    if message.envelope.sent:
        return _sent_past_us(message, known, playbook)
    if message.kind is MailKind.UNREADABLE:
        return hold_unreadable(message, playbook)
    if message.kind is MailKind.BOUNCE and (decided := _bounce(message, known, playbook)):
        return decided
    if message.kind is MailKind.BULK and known.contracts:
        # Some customers' own systems mark all they send so; nothing automatic goes back.
        return from_a_customer(message, assessment, known, playbook)
    if message.kind not in (MailKind.ORDINARY, MailKind.SPAM):
        return Noted(f"{message.kind} mail opens nothing", _named(known))
    if staff := _from_one_of_us(message, known, playbook):
        return staff
    # Gateways are wrong about customers.
    if message.kind is MailKind.SPAM and not known.contracts and not _takes_part(message, known):
        return Noted("marked as spam, and from no customer", _named(known))
    return from_a_customer(message, _with_claim(assessment, message), known, playbook)


def _bounce(message: Message, known: Known, playbook: Playbook) -> Decision | None:
    """What a bounce that may be about an answer of ours does; None if it is about none."""
    if known.bounced_answer:
        return Bounced(known.bounced_answer)
    if request := known.bounced_past_us:
        why = f"request {request.id}: what one of us sent bounced"
        return Noted(why, request, tell=playbook.escalation.catch_all)
    if message.bounced_message_id or message.delayed_recipients:
        return None
    why = "a bounce does not say of which mail: an answer may not have arrived"
    return Noted(why, _named(known), tell=playbook.escalation.catch_all)


def _with_claim(assessment: Assessment, message: Message) -> Assessment:
    """The sender's own word on severity is a reason; where it is graver, a person has to look."""
    claim = message.severity_claim
    if claim is None:
        return assessment
    graver = claim.rank < assessment.severity.rank
    return replace(
        assessment,
        reasons=(*assessment.reasons, f"the sender calls it {claim}"),
        needs_review=assessment.needs_review or graver,
    )


def _named(known: Known) -> Request | None:
    return known.threads[0].request if known.threads else None


def _sent_past_us(message: Message, known: Known, playbook: Playbook) -> Decision:
    """Found in a folder of sent mail: an answer, if it went to the customer of a request."""
    person = playbook.person_at(message.sender)
    account = message.sender in playbook.own_addresses()
    request = _named(known)
    if message.kind is not MailKind.ORDINARY or not (person or account):
        return Noted("sent mail that no person of ours wrote", request)
    if request is None:
        return Noted("sent mail that names no request")
    if request.sender not in message.addressees:
        return Noted(f"sent mail, not to the customer of request {request.id}", request)
    who = person.name if person else message.sender
    return past_us(known.threads[0], who, message, playbook)


def past_us(thread: Thread, who: str, message: Message, playbook: Playbook) -> Decision:
    """An answer ends what was owed when it was sent, not what came after it."""
    request, at = thread.request, message.envelope.received_at
    if at < request.owed_from_at:
        return Noted(f"request {request.id}: sent before it was owed an answer", request)
    change = answers.answered(request, who, at, thread.timer, thread.unheard_at, playbook)
    return AnsweredPastUs(replace(change, what=answers.PAST_US), who)


def _from_one_of_us(message: Message, known: Known, playbook: Playbook) -> Decision | None:
    person = threads.writer_of_ours(message, playbook)
    request = _named(known)
    if person is None or request is None:
        return None
    if not is_proven(message):
        return _perhaps_one_of_us(message, request, person.name, playbook)
    if message.reply_to_us is None and request.sender in message.addressees:
        return past_us(known.threads[0], person.name, message, playbook)
    if message.reply_to_us is None:
        why = f"request {request.id}: your mail stayed inside; write to its answer address"
        return Noted(why, request, tell=(person.name,))
    if message.reply_to_us.purpose is ReplyPurpose.ACKNOWLEDGE:
        return Acknowledged(request, person.name)
    if why := _unfit(message, request, playbook):
        return Noted(why, request, tell=(person.name,))
    return Answered(request, person.name)


def _perhaps_one_of_us(
    message: Message, request: Request, person: str, playbook: Playbook
) -> Decision:
    """It has no power over a request; whose name it bears hears of it."""
    answers = message.reply_to_us and message.reply_to_us.purpose is ReplyPurpose.ANSWER
    if answers and not _unfit(message, request, playbook):
        return Withheld(request, person, authorship(message))
    why = f"request {request.id}: your mail changes nothing, since nothing proves that it is yours"
    return Noted(why, request, tell=(person,))


def _unfit(message: Message, request: Request, playbook: Playbook) -> str:
    """Why an answer is not sent on, whoever wrote it; empty if it is fit to be."""
    if not message.new_text.strip() and not message.attachments:
        return "an answer without a word was not sent"
    if why := inside.of_the_inside(message, playbook):
        return f"request {request.id}: your answer was not sent on: it {why}"
    return ""


def from_a_customer(
    message: Message, assessment: Assessment, known: Known, playbook: Playbook
) -> Decision:
    """What a customer's own word does: it goes on in a request, or opens one."""
    """What a customer's own word does: it goes on in a request, or opens one."""
    belonging = threads.belonging(message, known.threads, playbook)
    joins = belonging.thread and not is_forged(message)
    if joins and (decided := _in_thread(message, assessment, belonging, known, playbook)):
        return decided
    entitlement, deadline = granting.granted(message, assessment.severity, known, playbook)
    opened = _open(
        message, assessment, entitlement, deadline, _origin(message, belonging), known, playbook
    )
    joined = belonging.thread.request if belonging.thread else None
    return replace(opened, linked=joined or belonging.linked)


def _origin(message: Message, belonging: threads.Belonging) -> list[str]:
    """Where a new request comes from, as far as it is not the sender's alone."""
    reasons = [reason for reason in (authorship(message), belonging.reason) if reason]
    if message.forwarded_by:
        reasons.append(f"forwarded by {message.forwarded_by}, filed under its first writer")
    elif message.forwarded_from:
        reasons.append(f"passes on a message of {message.forwarded_from}")
    return reasons


def _in_thread(
    message: Message,
    assessment: Assessment,
    belonging: threads.Belonging,
    known: Known,
    playbook: Playbook,
) -> FollowedUp | TurnedAway | None:
    """What a customer's further message does to a request; None if it opens one of its own."""
    if belonging.thread is None:
        return None
    request, why = belonging.thread.request, belonging.reason
    if _is_over(request) and threads.says_only_thanks(message, belonging.thread):
        return FollowedUp(requests.thanked(request, message), why)
    course = _after_end(message, belonging.thread, playbook)
    grave = assessment.severity in requests.GRAVE
    if course is AfterEnd.REFUSE and not grave:
        return TurnedAway(request, why, _receipt(message, known, playbook))
    if course is not AfterEnd.REOPEN:
        return None
    if request.state is State.CLOSED:
        change = requests.reopen(request, message, assessment, playbook)
        return FollowedUp(change, why, _receipt(message, known, playbook))
    timer = belonging.thread.timer
    return FollowedUp(requests.follow_up(request, message, assessment, timer, playbook), why)


def _after_end(message: Message, thread: Thread, playbook: Playbook) -> AfterEnd:
    """Whether a request goes on; one that is not over does."""
    request, filing = thread.request, playbook.filing
    quiet_for = message.envelope.received_at - (thread.last_at or request.received_at)
    was_none = request.close_reason in (CloseReason.DUPLICATE, CloseReason.NOT_A_REQUEST)
    if was_none:
        return AfterEnd.LINK
    if _is_over(request) and quiet_for > filing.old_after:
        return filing.old
    return filing.withdrawn if request.state is State.CLOSED else AfterEnd.REOPEN


def _is_over(request: Request) -> bool:
    return request.state in (State.ANSWERED, State.CLOSED)


def _open(
    message: Message,
    assessment: Assessment,
    entitlement: Entitlement,
    deadline: Deadline,
    reasons: Sequence[str],
    known: Known,
    playbook: Playbook,
) -> Opened:
    held = entitlement.treatment is Treatment.HOLD
    envelope, contract = message.envelope, entitlement.contract
    own_language = contract.language if contract else ""
    granting = None if held else contract
    book = policies.at(playbook, envelope.received_at)
    looks_like = candidates(message, known.traces, {c.customer for c in known.contracts})
    request = Request(
        id=0,
        state=State.HELD if held else State.OPEN,
        channel=envelope.channel,
        account=envelope.account,
        received_at=envelope.received_at,
        sender=message.sender,
        sender_name=message.sender_name,
        subject=message.subject,
        contract_id=contract.id if contract else None,
        customer=contract.customer if contract else "",
        plan=entitlement.plan,
        policy=book.policy.version,
        severity=assessment.severity,
        severity_by="",
        confidence=assessment.confidence,
        needs_review=assessment.needs_review,
        covered=entitlement.covered,
        reasons=(
            *reasons,
            *assessment.reasons,
            *entitlement.reasons,
            *map(str, looks_like),
            *(("held for a person: our review is due, not the customer's answer",) if held else ()),
            *deadline.reasons,
            *message.problems,
        ),
        language=language_for(own_language, message.sender, assessment.language, playbook.language),
        clock_starts_at=deadline.clock_starts_at,
        first_response_due_at=None if held else deadline.due_at,
        review_due_at=deadline.due_at if held else None,
        quiet=held and _is_quiet(entitlement, assessment),
        last_message_id=message.message_id,
        answer_to=message.chat.place if message.chat else "",
        timezone=granting.timezone if granting else "",
        holidays=granting.holidays if granting else "",
        uncovered=entitlement.uncovered,
        candidates=(*entitlement.others, *(each.customer for each in looks_like)),
    )
    timer = escalation.arm(
        policies.of_request(playbook, request),
        request.id,
        Purpose.REVIEW if held else Purpose.FIRST_RESPONSE,
        REVIEW_PLAN if held else entitlement.plan or REVIEW_PLAN,
        assessment.severity,
        deadline,
        quiet=request.quiet,
        customer=request.customer,
    )
    fate = Fate.HELD if held else Fate.OPENED
    return Opened(request, entitlement, timer, _receipt(message, known, playbook), fate, assessment)


def _is_quiet(entitlement: Entitlement, assessment: Assessment) -> bool:
    """Unknown senders ping only when critical or in need of review (policy, reading 5)."""
    return (
        Uncovered.UNKNOWN_SENDER in entitlement.uncovered
        and assessment.severity is not Severity.CRITICAL
        and not assessment.needs_review
    )


def _receipt(message: Message, known: Known, playbook: Playbook) -> ReceiptVerdict:
    limits = playbook.limits
    if not message.sender:
        return ReceiptVerdict.NOBODY
    if message.automatic:
        return ReceiptVerdict.AUTOMATIC
    if message.sender in playbook.own_addresses():
        return ReceiptVerdict.OWN
    if is_forged(message):
        return ReceiptVerdict.FORGED
    if (
        known.receipts_to_sender_today >= limits.per_sender_and_day
        or known.receipts_to_domain_this_hour >= limits.per_domain_and_hour
        or (
            known.receipts_to_domain_today >= limits.per_sender_and_day
            and _may_be_a_machine(message, known)
        )
    ):
        return ReceiptVerdict.TOO_MANY
    return ReceiptVerdict.SEND


def _takes_part(message: Message, known: Known) -> bool:
    return any(message.sender in thread.participants for thread in known.threads)


def _may_be_a_machine(message: Message, known: Known) -> bool:
    """It speaks of a request of ours and no participant wrote it: a responder may do that, under
    a new address and subject each time.
    """
    speaks_of_us = known.threads or subjects.numbers(f"{message.subject}\n{message.text}")
    return bool(speaks_of_us) and not _takes_part(message, known)


def open_apart(
    message: Message,
    assessment: Assessment,
    origin: Request,
    granted: Entitlement,
    known: Known,
    playbook: Playbook,
) -> Opened:
    """A further message of a request as a request of its own, counted from its own reception.

    `granted` is what the origin's contract grants it.
    """
    book = policies.at(playbook, message.envelope.received_at)
    severity = assessment.severity
    deadline = granting.deadline(granted, severity, message.envelope.received_at, book)
    why = (f"split off from request {origin.id}",)
    return _open(message, assessment, granted, deadline, why, known, playbook)


def hold_unreadable(message: Message, playbook: Playbook) -> Opened:
    """Keep for a person what nobody could read: it may be grave, so it pings."""
    unread = Assessment(
        Severity.SIGNIFICANT, 0.0, ("it could not be read, so it may be grave",), needs_review=True
    )
    entitlement = Entitlement(None, "", Treatment.HOLD, (), draws_credit=False, reasons=())
    received_at = message.envelope.received_at
    book = policies.at(playbook, received_at)
    deadline = requests.deadline(REVIEW_PLAN, unread.severity, received_at, book)
    silent = replace(message, automatic=True)
    return _open(silent, unread, entitlement, deadline, (), Known(), playbook)
