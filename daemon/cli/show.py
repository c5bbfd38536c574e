"""`show`: all that is known of one request."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from daemon.cli.common import AsJson, Config, Id, Office, app, iso, local, office
from daemon.cli.offer import as_json as offer_as_json
from daemon.cli.offer import lines as offer_lines
from daemon.cli.requests import as_json as request_as_json
from daemon.cli.streams import put_json
from daemon.cli.why import why
from daemon.letters.engineers import perhaps
from daemon.letters.plain import plain
from daemon.statements.words import follow_up
from rules.authenticity import authorship
from rules.model import FollowUpBreach, HistoryEntry, NoticeKind, Offer, Request, Timer
from rules.severity import level_of
from storage.store import Carried, Filed, Transaction


@dataclass(frozen=True)
class _Known:
    """What is stored of a request, as it stood at one moment."""

    request: Request
    message_ids: list[str]
    history: list[HistoryEntry]
    messages: list[Filed]
    timers: list[Timer]
    carried: list[Carried]
    offered: list[Offer]
    late: list[FollowUpBreach]


@app.command()
def show(
    id: Id,
    json: AsJson = False,
    config: Config = None,
) -> None:
    """Tell all about a request: what was said, why it is due then, who was told what."""
    with office(config) as at:
        known = at.store.read(lambda tx: _known(tx, id, at))
    if json:
        put_json(_as_json(known, at))
        return
    out = Console(highlight=False)
    _print_facts(out, known.request, at)
    for title, lines in _sections(known, at):
        out.print()
        out.print(_said(title, style="bold"))
        for line in lines:
            out.print(line)


def _known(tx: Transaction, id: int, at: Office) -> _Known:
    return _Known(
        request=at.desk.request(tx, id),
        message_ids=tx.messages.ids_of(id),
        history=tx.requests.history(id),
        messages=tx.messages.of_request(id),
        timers=tx.timers.of(id),
        carried=tx.outbox.of_request(id),
        offered=tx.offers.of_request(id),
        late=tx.follow_ups.of_request(id),
    )


def _as_json(known: _Known, at: Office) -> dict[str, Any]:
    zone = at.playbook.policy.zone
    return request_as_json(known.request, known.message_ids, zone) | {
        "policy": known.request.policy,
        "why": why(known.request, at.playbook, at.now),
        "next_look_at": iso(known.timers[0].next_at, zone) if known.timers else None,
        "history": [
            {"at": iso(h.at, zone), "who": h.who, "what": h.what, "why": h.why}
            for h in known.history
        ],
        "late_follow_ups": [follow_up(breach, zone) for breach in known.late],
        "offers": [offer_as_json(each, at) for each in known.offered],
        "messages": [
            {
                "id": f.id,
                "at": iso(f.message.envelope.received_at, zone),
                "author": f.author,
                "sender": f.message.sender,
                "authenticity": f.message.authentication.result,
                "evidence": list(f.message.authentication.evidence),
                "subject": f.message.subject,
                "text": f.message.text,
                "attachments": [a.name for a in f.message.attachments],
            }
            for f in known.messages
        ],
        "notices": [
            {
                "id": c.notice.id,
                "kind": c.notice.kind,
                "to": c.notice.person or c.notice.way.address,
                "by": c.notice.way.kind,
                "state": c.state,
                "tries": c.attempts,
                "sent_at": iso(c.sent_at, zone),
                "text": c.notice.text if c.notice.kind is NoticeKind.ANSWER else None,
            }
            for c in known.carried
        ],
    }


def _sections(known: _Known, at: Office) -> Iterator[tuple[str, list[Text]]]:
    """What stands below the facts: titles, and the lines under them."""
    zone = at.playbook.policy.zone
    yield "Deadline", [_said(line) for line in why(known.request, at.playbook, at.now)]
    yield "Why", [_said(f"- {reason}") for reason in known.request.reasons]
    if known.late:
        yield "Follow-ups not answered in time", [_late(each, at) for each in known.late]
    if known.offered:
        offers = [line for each in known.offered for line in offer_lines(each, at)]
        yield "Offers", [_said(f"- {line}") for line in offers]
    for filed in known.messages:
        at_time = local(filed.message.envelope.received_at, zone)
        title = f"{at_time}  {filed.message.sender} ({filed.author}, message {filed.id})"
        yield title, _message(filed)
    for c in known.carried:
        if c.notice.kind is NoticeKind.ANSWER:
            at_time = local(c.sent_at or c.created_at, zone)
            yield f"{at_time}  answer by {c.notice.person}, {c.state}", _lines(c.notice.text)
    history = [f"{local(h.at, zone)}  {h.who}: {h.what} - {h.why}" for h in known.history]
    yield "History", [_said(line) for line in history]
    waiting = [c for c in known.carried if c.state not in ("sent", "cancelled")]
    if waiting:
        told = [f"{c.notice.id} {c.state}, {c.attempts} tries, {c.error}" for c in waiting]
        yield "Not delivered yet", [_said(line) for line in told]


def _message(filed: Filed) -> list[Text]:
    message = filed.message
    return [
        _said(authorship(message) or "sender unproven", style="dim"),
        *_lines(message.new_text or message.text),
        *(_said(f"[{a.name}]", style="dim") for a in message.attachments),
    ]


def _severity(request: Request) -> str:
    if request.severity_by:
        return f"{request.severity}, by {request.severity_by}"
    return f"{request.severity}, provisional, {level_of(request.confidence)} confidence"


def _print_facts(out: Console, request: Request, at: Office) -> None:
    zone = at.playbook.policy.zone
    covered = {None: "a person has to decide", True: "yes", False: "no, billable"}
    facts = [
        ("state", f"{request.state} {_ended(request)}"),
        ("from", f"{request.sender_name} <{request.sender}>"),
        ("customer", f"{request.customer or 'unknown'} ({request.plan or 'no plan'})"),
        ("perhaps", perhaps(request) or "-"),
        ("severity", _severity(request)),
        ("covered", covered[request.covered]),
        ("received", local(request.received_at, zone)),
        ("clock starts", local(request.clock_starts_at, zone)),
        ("due", local(request.first_response_due_at, zone)),
        ("review due", local(request.review_due_at, zone)),
        ("breached", local(request.breached_at, zone)),
        ("answered", f"{local(request.first_response_at, zone)} {request.first_response_by}"),
        ("with", request.owner or "-"),
    ]
    out.print(_said(f"#{request.id} {request.subject}", style="bold"))
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in facts:
        if not value.startswith("-"):
            table.add_row(Text(name, "dim"), _said(value))
    out.print(table)


def _late(breach: FollowUpBreach, at: Office) -> Text:
    zone = at.playbook.policy.zone
    received, due = local(breach.received_at, zone), local(breach.due_at, zone)
    return _said(f"- {breach.severity}, received {received}, due {due}")


def _ended(request: Request) -> str:
    if request.merged_into is not None:
        return f"merged into {request.merged_into}"
    return request.close_reason or ""


def _said(text: str, style: str = "") -> Text:
    """Customers' words on one line: harmless, and as Text, since their brackets are no markup."""
    return Text(plain(text).replace("\n", " "), style)


def _lines(text: str) -> list[Text]:
    return [Text(line) for line in plain(text).split("\n")]
