"""`requests`: what is owed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from daemon.cli.common import AsJson, Config, Office, app, iso, local, office
from daemon.cli.streams import put_json
from daemon.letters.plain import one_line
from rules.model import Purpose, Request, State
from rules.requests import Refused

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
