"""What one of us reads: pings, copies of customers' messages, alarms, the daily digest."""

import shlex
from collections.abc import Iterable, Sequence
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from daemon.letters.customers import answer_subject
from daemon.letters.moments import briefly, countdown, for_engineer
from daemon.letters.plain import bare_subject, one_line, plain, quoted
from daemon.letters.templates import fill
from rules.authenticity import authorship, is_proven
from rules.model import Acknowledgement, Message, Person, Purpose, Request, Timer
from rules.severity import level_of

_LONGEST_MESSAGE = 1500
_LONGEST_SUBJECT = 70
_LONGEST_NAME = 40
_LONGEST_REASON = 200
OWED = {
    Purpose.FIRST_RESPONSE: "answer",
    Purpose.REVIEW: "review",
    Purpose.FOLLOW_UP: "answer to a follow-up",
}


_ACKNOWLEDGING = {
    "mail": "reply to this mail, ",
    "matrix": 'put a \N{THUMBS UP SIGN} on this or answer "ack", ',
}
"""What says "I have it" where a ping went, by the kind of way it goes by; in Slack its buttons."""
_REPLY = {
    "mail": "replying to this mail answers the customer ({address})",
    "slack": "what is written in this thread stays among us, kept with request #{number}; to answer"
    " the customer, press Answer on its card or write to {address}",
}
_REPLY_ELSEWHERE = "to answer the customer, write to {address}"
"""What comes of a reply to a copy, by the kind of way it goes by."""
UNREAD = (
    "Nobody reads this. Acknowledge and answer by the buttons of the request's card; a note to it"
    " goes into the card's thread. /support 12 shows request 12, /support alone what else it can."
)
"""To one of us who writes to the bot where nothing comes of it."""


def ping(
    request: Request,
    timer: Timer,
    why: str,
    step: str,
    reader: Person,
    now: datetime,
    messages_text: str,
    answer_address: str,
    acknowledge_address: str,
    page: str = "",
    way: str = "mail",
) -> tuple[str, str]:
    """Subject and text of a ping: all that `reader` needs, in the reader's zone.

    `page` is the link to its page, empty if there is none; `way` is the kind of way it goes by.
    `why` is why this person is told; `messages_text` is what the customer wrote, as plain text.
    The ping's Reply-To is to be `acknowledge_address`.
    """
    late = "was due" if timer.due_at <= now else "due"
    subject = fill(
        "ping",
        "subject",
        severity=request.severity.value,
        number=request.id,
        who=_customer(request),
        subject=_subject(request.subject),
        owed=f"{OWED[timer.purpose]} {late}",
        due=briefly(timer.due_at, now, reader.zone),
        countdown=countdown(timer.due_at, now),
    )
    text = fill(
        "ping",
        "text",
        why=one_line(why, _LONGEST_REASON),
        facts=_labelled(facts(request, timer, reader, now, step)),
        page=f"Or say it, or snooze it, on this page:\n  {page}\n" if page else "",
        reasons=_listed(request.reasons),
        message=quoted(messages_text, _LONGEST_MESSAGE),
        number=request.id,
        reply=_ACKNOWLEDGING.get(way, ""),
        reader=reader.name,
        acknowledge_link=_mailto(acknowledge_address, f"I have it [#{request.id}]"),
        answer_link=_mailto(answer_address, answer_subject(request)),
    )
    return one_line(subject, 300), text


def pings(entries: Sequence[tuple[str, str]], numbers: Sequence[int]) -> tuple[str, str]:
    """Subject and text of several pings in one: their subjects with their links, if they have any.

    `numbers` are the requests', in the same order.
    """
    lines = "\n\n".join(f"{said}\n  {link}" if link else said for said, link in entries)
    some = " ".join(map(str, numbers[:2]))
    subject = fill("pings", "subject", count=len(entries), first=entries[0][0])
    return one_line(subject, 300), fill("pings", "text", entries=lines, some=some, first=numbers[0])


def copy(
    request: Request, message: Message, answer_address: str, way: str = "mail"
) -> tuple[str, str]:
    """Subject and text of a copy of a customer's message; its Reply-To is `answer_address`.

    `way` is the kind of way it goes by: what a reply does differs.
    """
    who = f"{_customer(request)} ({_author(message.sender_name, message.sender)})"
    notes = []
    if message.attachments:
        names = ", ".join(one_line(a.name, _LONGEST_NAME) for a in message.attachments)
        notes.append(f"[attachments: {names}]")
    if not is_proven(message) and (doubt := authorship(message)):
        notes.append(f"[{one_line(doubt, _LONGEST_REASON)}]")
    notes += [f"[not read: {one_line(p, _LONGEST_REASON)}]" for p in message.problems]
    text = fill(
        "copy",
        "text",
        who=who,
        reply=_REPLY.get(way, _REPLY_ELSEWHERE).format(number=request.id, address=answer_address),
        message="\n\n".join([plain(message.new_text or message.text) or "(no text)", *notes]),
    )
    return fill("copy", "subject", number=request.id, subject=_subject(message.subject)), text


def alarm(what: str, detail: str) -> tuple[str, str]:
    """Subject and text of an alarm about the daemon itself."""
    what = one_line(what, 100)
    return fill("alarm", "subject", what=what), fill(
        "alarm", "text", what=what, detail=plain(detail)
    )


def digest(requests: Sequence[Request], zone: ZoneInfo) -> tuple[str, str]:
    """Subject and text of the daily digest of what is held and urgent to nobody."""
    lines = [
        f"#{r.id}  {r.severity.value}, {for_engineer(r.received_at, zone)}, "
        f"{_author(r.sender_name, r.sender)}: {_subject(r.subject)}"
        for r in requests
    ]
    return (
        fill("digest", "subject", count=len(requests)),
        fill("digest", "text", requests="\n".join(lines) or "None."),
    )


def headline(request: Request) -> str:
    """A request in a line."""
    return f"#{request.id} {_customer(request)}: {_subject(request.subject)}"


def facts(
    request: Request, timer: Timer, reader: Person, now: datetime, step: str = ""
) -> dict[str, str]:
    """What is known, by label, each on one line."""
    due = f"{for_engineer(timer.due_at, reader.zone)} ({countdown(timer.due_at, now)})"
    known = {
        f"{OWED[timer.purpose].capitalize()} due": due,
        "Step": one_line(step, _LONGEST_NAME),
        "Request": f"#{request.id} {_subject(request.subject)}",
        **about(request, timer.acknowledgement, reader.zone),
    }
    return {name: value for name, value in known.items() if value}


def about(request: Request, lease: Acknowledgement | None, zone: ZoneInfo) -> dict[str, str]:
    """Whose it is, how bad, and who has it; empty where there is nothing to say."""
    plan = one_line(request.plan, _LONGEST_NAME)
    return {
        "Customer": _customer(request) + (f", plan {plan}" if plan else ""),
        "Perhaps": perhaps(request),
        "From": f"{_author(request.sender_name, request.sender)}, by {request.channel.value}, "
        f"{for_engineer(request.received_at, zone)}",
        "Severity": _severity(request),
        "Coverage": _coverage(request),
        "Acknowledged": f"{lease.person}, until {for_engineer(lease.until_at, zone)}"
        if lease
        else "",
    }


def _labelled(facts: dict[str, str]) -> str:
    width = max(map(len, facts)) + 2
    return "\n".join(f"{name + ':':{width}}{value}" for name, value in facts.items())


def perhaps(request: Request) -> str:
    """Whose it may be besides, with the command that says so of the first."""
    if not request.candidates:
        return ""
    names = ", ".join(one_line(name, _LONGEST_NAME) for name in request.candidates)
    return f"{names}: supportd assign {request.id} {shlex.quote(request.candidates[0])} --as ..."


def _severity(request: Request) -> str:
    if request.severity_by:
        return f"{request.severity.value}, set by {one_line(request.severity_by, _LONGEST_NAME)}"
    review = ", please check it" if request.needs_review else ""
    level = level_of(request.confidence)
    return f"{request.severity.value}, provisional ({level} confidence){review}"


def _coverage(request: Request) -> str:
    if request.covered is None:
        return "held: a person has to decide whether the contract covers it"
    return "" if request.covered else "not covered by the contract, see below"


def _customer(request: Request) -> str:
    return one_line(request.customer or request.sender, _LONGEST_NAME) or "unknown sender"


def _author(name: str, address: str) -> str:
    return one_line(f"{name} <{address or 'no address'}>", 2 * _LONGEST_NAME)


def _subject(subject: str) -> str:
    return bare_subject(subject, _LONGEST_SUBJECT) or "(no subject)"


def _listed(reasons: Iterable[str]) -> str:
    return "\n".join(f"- {one_line(r, _LONGEST_REASON)}" for r in reasons) or "- (no reasons)"


def _mailto(address: str, subject: str) -> str:
    """A link (RFC 6068) with everything percent-encoded that could mean something in it."""
    return f"mailto:{quote(address, safe='@')}?subject={quote(subject, safe='')}"
