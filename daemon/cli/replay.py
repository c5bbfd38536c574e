"""`replay`: what recorded requests would have been promised by another policy."""

import os
from dataclasses import replace as changed
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from daemon.cli.common import (
    FIRST_YEAR,
    LAST_YEAR,
    AsJson,
    Config,
    app,
    computing,
    instant,
    iso,
    local,
    settings_of,
)
from daemon.cli.due import print_aligned
from daemon.cli.streams import put_json
from daemon.letters.plain import one_line
from rules import replay as replaying
from rules.model import Request, State
from rules.replay import Replayed, Totals


@app.command()
def replay(
    policy: Annotated[Path, typer.Option(help="TOML with what another policy says.")],
    from_: Annotated[str, typer.Option("--from", help="Received since; else ever.")] = "",
    to: Annotated[str, typer.Option("--to", help="Received before; else until now.")] = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show which deadlines another policy would move, and which answers would be late; change
    nothing."""
    from daemon import parts
    from daemon.config import build_policy, find_config, load_policy

    settings = settings_of(config, demo=True)
    book = parts.playbook(settings)
    zone = book.policy.zone
    given = load_policy(policy, find_config(config, os.environ), os.environ)
    years = parts.FIRST_YEAR, parts.now().year + parts.YEARS_AHEAD
    other = changed(book, policy=build_policy(given, *years))
    first = instant(from_ or f"{FIRST_YEAR}-01-02", zone)
    last = instant(to or f"{LAST_YEAR}-12-30", zone)
    store = parts.new_store(settings)
    try:
        found = store.read(lambda tx: tx.requests.received(first, last))
    finally:
        store.close()
    with computing():
        replayed = [
            replaying.replay(request, other, parts.now())
            for request in found
            if replaying.is_replayed(request)
        ]
    left_out = [request for request in found if not replaying.is_replayed(request)]
    totals = replaying.totals(replayed)
    if as_json:
        for each in replayed:
            put_json(_as_json(each, zone))
        put_json(_totals_as_json(totals, left_out))
        return
    _print(replayed, zone)
    _print_totals(totals, left_out)


def _print(replayed: list[Replayed], zone: ZoneInfo) -> None:
    rows = [
        (
            str(each.request.id),
            one_line(each.request.customer or each.request.sender, 30),
            f"{each.request.plan or '-'} {each.request.severity}",
            local(each.request.owed_from_at, zone),
            local(each.due_at, zone),
            local(each.other_due_at, zone),
            local(each.request.first_response_at, zone),
            each.kept if each.kept is each.other_kept else f"{each.kept} -> {each.other_kept}",
        )
        for each in replayed
        if each.moved
    ]
    if rows:
        titles = ("#", "customer", "promise", "owed from", "due", "then due", "answered", "kept")
        print_aligned([titles, *rows])
        print()


def _print_totals(totals: Totals, left_out: list[Request]) -> None:
    same = totals.requests - totals.earlier - totals.later
    print(
        f"{totals.requests} requests: {totals.earlier} due earlier, {totals.later} later,"
        f" {same} as before"
    )
    print(f"late: {totals.late} -> {totals.other_late}")
    print(f"attainment: {_share(totals.attainment)} -> {_share(totals.other_attainment)}")
    if left_out:
        held = sum(request.state is State.HELD for request in left_out)
        print(f"not replayed: {held} held, {len(left_out) - held} closed unanswered")


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _as_json(each: Replayed, zone: ZoneInfo) -> dict[str, object]:
    request = each.request
    return {
        "id": request.id,
        "customer": request.customer or None,
        "plan": request.plan or None,
        "severity": request.severity,
        "owed_from_at": iso(request.owed_from_at, zone),
        "due_at": iso(each.due_at, zone),
        "other_due_at": iso(each.other_due_at, zone),
        "first_response_at": iso(request.first_response_at, zone),
        "kept": each.kept,
        "other_kept": each.other_kept,
    }


def _totals_as_json(totals: Totals, left_out: list[Request]) -> dict[str, object]:
    return {
        "requests": totals.requests,
        "earlier": totals.earlier,
        "later": totals.later,
        "late": totals.late,
        "other_late": totals.other_late,
        "attainment": totals.attainment,
        "other_attainment": totals.other_attainment,
        "not_replayed": len(left_out),
    }
