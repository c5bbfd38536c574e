"""A request's story for one of us who reads it in a chat: how it stands, what was said, what was
done, and what its customer asked before.
"""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from channels.slack.views import Section
from daemon.desk import running
from daemon.letters.engineers import headline
from daemon.letters.moments import countdown, for_engineer
from daemon.letters.plain import one_line, plain, shortened
from rules.model import Fate, NoticeKind, Request
from storage.store import Filed, Transaction

_MOST_LINES = 60
"""Of history, the newest."""
_MOST_SAID = 12
"""Messages and answers, the newest."""
_MOST_PAST = 10
_LONGEST_SAID = 700
_LONGEST_LINE = 250


def story(tx: Transaction, request: Request, zone: ZoneInfo, now: datetime) -> list[Section]:
    """All of it as plain text, in the reader's zone; what is long is cut, the newest is kept."""
    told = [
        Section("Now", tuple(_standing(tx, request, zone, now))),
        Section("Why", tuple(f"- {one_line(r, _LONGEST_LINE)}" for r in request.reasons)),
        Section("Said", _newest(list(_said(tx, request, zone)), _MOST_SAID)),
        Section("Done", _newest(done(tx, request, zone), _MOST_LINES)),
        Section(_past_of(request), tuple(_past(tx, request, zone))),
    ]
    return [section for section in told if section.lines]


def line(request: Request) -> str:
    """A request in a line, with where it stands."""
    return f"{headline(request)} ({below(request)})"


def below(request: Request) -> str:
    """Where it stands."""
    who = request.first_response_by or request.owner
    return f"{request.severity}, {request.state}, {f'with {who}' if who else 'with nobody'}"


def done(tx: Transaction, request: Request, zone: ZoneInfo) -> list[str]:
    """What happened to it, the newest last, a line each."""
    return [
        one_line(f"{for_engineer(h.at, zone)} {h.who}: {h.what}, {h.why}", _LONGEST_LINE)
        for h in tx.requests.history(request.id)
    ]


def _standing(tx: Transaction, request: Request, zone: ZoneInfo, now: datetime) -> Iterator[str]:
    yield line(request)
    if request.merged_into is not None:
        yield f"It goes on in #{request.merged_into}."
    timer = running(tx, request.id)
    if timer is None:
        yield "Nothing is owed."
        return
    yield f"Due {for_engineer(timer.due_at, zone)} ({countdown(timer.due_at, now)})."
    if lease := timer.acknowledgement:
        yield f"{lease.person} has it until {for_engineer(lease.until_at, zone)}."


def _said(tx: Transaction, request: Request, zone: ZoneInfo) -> Iterator[str]:
    """By whom, and when: customers, our answers, and what was written among us."""
    answers = {
        c.notice.id: (c.sent_at, f"answer by {c.notice.person}", c.notice.text)
        for c in tx.outbox.of_request(request.id)
        if c.notice.kind is NoticeKind.ANSWER and c.sent_at
    }
    said = [
        (f.message.envelope.received_at, _author(tx, f), f.message.new_text or f.message.text)
        for f in tx.messages.of_request(request.id)
        if f"answer-{request.id}-mail-{f.id}" not in answers
    ]
    for at, who, text in sorted([*said, *answers.values()]):
        words = shortened(plain(text), _LONGEST_SAID) or "(no text)"
        yield f"{for_engineer(at, zone)} {who}:\n{words}\n"


def _author(tx: Transaction, filed: Filed) -> str:
    """A note must not look like an answer that the customer has."""
    is_note = not filed.is_customers and tx.inbox.fate(filed.inbox_id) is Fate.NOTED
    return f"{filed.author} (a note among us)" if is_note else filed.author


def _past_of(request: Request) -> str:
    return f"Before, of {one_line(request.customer or request.sender, 60) or 'nobody known'}"


def _past(tx: Transaction, request: Request, zone: ZoneInfo) -> Iterator[str]:
    for each in tx.requests.before(request, _MOST_PAST):
        yield f"{for_engineer(each.received_at, zone)} {line(each)}"


def _newest(lines: list[str], most: int) -> tuple[str, ...]:
    more = len(lines) - most
    return (f"[{more} earlier ones]", *lines[-most:]) if more > 0 else tuple(lines)
