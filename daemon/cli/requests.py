"""`requests` and `show`: what is owed, and why."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from daemon.cli.common import AsJson, Config, Id, Office, app, iso, local, office
from daemon.cli.offer import as_json as offer_as_json
from daemon.cli.offer import lines as offer_lines
from daemon.cli.streams import put_json
from daemon.cli.why import why
from daemon.letters.engineers import perhaps
from daemon.letters.plain import one_line, plain
from daemon.statements.words import follow_up
from rules.authenticity import authorship
from rules.model import FollowUpBreach, NoticeKind, Purpose, Request, State
from rules.requests import Refused
from rules.severity import level_of

_MOST = 10_000
STYLES = {"critical": "bold red", "significant": "yellow", "minor": "cyan", "none": "dim"}


def as_json(request: Request, message_ids: list[str], zone: ZoneInfo) -> dict[str, object]:
    """A request in the stable form of `--json`."""
    return {
        "id": request.id,
        "state": request.state,
        "channel": request.channel,
        "account": request.account,
        "received_at": iso(request.received_at, zone),
        "subject": request.subject,
        "sender": request.sender,
        "contract": request.customer or None,
        "candidates": list(request.candidates),
        "plan": request.plan or None,
        "severity": request.severity,
        "confidence": round(request.confidence, 3),
        "needs_review": request.needs_review,
        "clock_starts_at": iso(request.clock_starts_at, zone),
        "first_response_due_at": iso(request.first_response_due_at, zone),
        "review_due_at": iso(request.review_due_at, zone),
        "first_response_at": iso(request.first_response_at, zone),
        "first_response_by": request.first_response_by or None,
        "breached_at": iso(request.breached_at, zone),
        "owner": request.owner or None,
        "close_reason": request.close_reason,
        "merged_into": request.merged_into,
        "covered": request.covered,
        "reasons": list(request.reasons),
        "message_ids": message_ids,
    }


def states_called(name: str) -> list[State]:
    """The states a filter names; raises Refused naming those that there are."""
    if name == "all":
        return list(State)
    if name not in list(State):
        raise Refused(f"no state is called {name!r}; there are: {', '.join(State)}, all")
    return [State(name)]


@app.command()
def requests(
    state: Annotated[
        str,
        typer.Option(
            "--state", help="open, held, answered, closed or all. Else whatever an answer is owed."
        ),
    ] = "",
    json: AsJson = False,
    config: Config = None,
) -> None:
    """List requests, the next due first."""
    wanted = states_called(state) if state else [State.OPEN, State.HELD]
    with office(config) as at:
        found = at.store.read(lambda tx: tx.requests.find(wanted))
        again = at.store.read(lambda tx: tx.timers.owed(_MOST, Purpose.FOLLOW_UP))
        due = {request.id: timer.due_at for timer, request in again}
        if not state:
            found += [request for _, request in again if request.state not in wanted]
        zone = at.playbook.policy.zone
        found = _by_priority(found, due, at)
        if json:
            ids = at.store.read(
                lambda tx: {request.id: tx.messages.ids_of(request.id) for request in found}
            )
            for request in found:
                told = as_json(request, ids[request.id], zone)
                put_json(told | {"follow_up_due_at": iso(due.get(request.id), zone)})
            return
        _print_list(found, due, at)


def _due(request: Request, again: Mapping[int, datetime]) -> datetime | None:
    """By when the first answer is, or was, owed; or another, to a grave message after it."""
    first = request.first_response_due_at or request.review_due_at
    return again.get(request.id, first) if request.state is State.ANSWERED else first


def _by_priority(found: list[Request], again: Mapping[int, datetime], at: Office) -> list[Request]:
    """Where two are due at the same instant, the plan with priority goes first (reading 11)."""
    plans = at.playbook.policy.plans

    def order(request: Request) -> tuple[bool, float, bool, int]:
        due = _due(request, again)
        priority = request.plan in plans and plans[request.plan].response_priority
        return (due is None, due.timestamp() if due else 0, not priority, request.id)

    return sorted(found, key=order)


def _print_list(found: list[Request], again: Mapping[int, datetime], at: Office) -> None:
    if not found:
        print("nothing is owed; `supportd requests --state all` shows the past")
        return
    zone = at.playbook.policy.zone
    table = Table(box=None, pad_edge=False)
    due_in = f"due ({at.now.astimezone(zone):%Z})"
    for title in ("#", "state", "severity", due_in, "customer", "subject", "with"):
        table.add_column(title, no_wrap=title not in ("customer", "subject"))
    for request in found:
        due = _due(request, again)
        is_owed = request.state in (State.OPEN, State.HELD) or request.id in again
        open_late = due is not None and due <= at.now and is_owed
        late = open_late or request.breached_at is not None
        table.add_row(
            str(request.id),
            "follow-up" if request.id in again else request.state,
            Text(request.severity, STYLES[request.severity]),
            Text(f"{local(due, zone)}{' late' if late else ''}", "bold red" if open_late else ""),
            Text(one_line(_whose(request), 60)),
            Text(one_line(request.subject, 60)),
            Text(request.first_response_by or request.owner or "-"),
        )
    Console().print(table)


def _whose(request: Request) -> str:
    """The customer, or who wrote; with whose it may be besides."""
    names = [f"{name}?" for name in request.candidates]
    return " or ".join([request.customer or request.sender, *names])


@app.command()
def show(
    id: Id,
    json: AsJson = False,
    config: Config = None,
) -> None:
    """Tell all about a request: what was said, why it is due then, who was told what."""
    with office(config) as at:
        zone = at.playbook.policy.zone
        request = at.store.read(lambda tx: at.desk.request(tx, id))
        ids = at.store.read(lambda tx: tx.messages.ids_of(id))
        history = at.store.read(lambda tx: tx.requests.history(id))
        messages = at.store.read(lambda tx: tx.messages.of_request(id))
        timers = at.store.read(lambda tx: tx.timers.of(id))
        carried = at.store.read(lambda tx: tx.outbox.of_request(id))
        offered = at.store.read(lambda tx: tx.offers.of_request(id))
        late = at.store.read(lambda tx: tx.follow_ups.of_request(id))
    reckoned = why(request, at.playbook, at.now)
    if json:
        told = as_json(request, ids, zone)
        told["policy"], told["why"] = request.policy, reckoned
        told["next_look_at"] = iso(timers[0].next_at, zone) if timers else None
        told["history"] = [
            {"at": iso(h.at, zone), "who": h.who, "what": h.what, "why": h.why} for h in history
        ]
        told["late_follow_ups"] = [follow_up(breach, zone) for breach in late]
        told["offers"] = [offer_as_json(each, at) for each in offered]
        told["messages"] = [
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
            for f in messages
        ]
        told["notices"] = [
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
            for c in carried
        ]
        put_json(told)
        return
    out = Console(highlight=False)
    _print_facts(out, request, zone)
    _print_section(out, "Deadline", [_said(line) for line in reckoned])
    _print_section(out, "Why", [_said(f"- {reason}") for reason in request.reasons])
    if late:
        _print_section(out, "Follow-ups not answered in time", [_late(each, zone) for each in late])
    if offered:
        lines = [_said(f"- {line}") for each in offered for line in offer_lines(each, at)]
        _print_section(out, "Offers", lines)
    for filed in messages:
        message = filed.message
        received = local(message.envelope.received_at, zone)
        title = f"{received}  {message.sender} ({filed.author}, message {filed.id})"
        lines = [_said(authorship(message) or "sender unproven", style="dim")]
        lines += _lines(message.new_text or message.text)
        lines += [_said(f"[{a.name}]", style="dim") for a in message.attachments]
        _print_section(out, title, lines)
    for c in carried:
        if c.notice.kind is NoticeKind.ANSWER:
            title = (
                f"{local(c.sent_at or c.created_at, zone)}  answer by {c.notice.person}, {c.state}"
            )
            _print_section(out, title, _lines(c.notice.text))
    lines = [_said(f"{local(h.at, zone)}  {h.who}: {h.what} - {h.why}") for h in history]
    _print_section(out, "History", lines)
    waiting = [c for c in carried if c.state not in ("sent", "cancelled")]
    lines = [_said(f"{c.notice.id} {c.state}, {c.attempts} tries, {c.error}") for c in waiting]
    if lines:
        _print_section(out, "Not delivered yet", lines)


def _severity(request: Request) -> str:
    if request.severity_by:
        return f"{request.severity}, by {request.severity_by}"
    return f"{request.severity}, provisional, {level_of(request.confidence)} confidence"


def _print_facts(out: Console, request: Request, zone: ZoneInfo) -> None:
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


def _late(breach: FollowUpBreach, zone: ZoneInfo) -> Text:
    received, due = local(breach.received_at, zone), local(breach.due_at, zone)
    return _said(f"- {breach.severity}, received {received}, due {due}")


def _ended(request: Request) -> str:
    if request.merged_into is not None:
        return f"merged into {request.merged_into}"
    return request.close_reason or ""


def _print_section(out: Console, title: str, lines: list[Text]) -> None:
    out.print()
    out.print(_said(title, style="bold"))
    for line in lines:
        out.print(line)


def _said(text: str, style: str = "") -> Text:
    """Customers' words on one line: harmless, and as Text, since their brackets are no markup."""
    return Text(plain(text).replace("\n", " "), style)


def _lines(text: str) -> list[Text]:
    return [Text(line) for line in plain(text).split("\n")]
