"""`due` and `simulate`: when something would be owed, and who would hear of it."""

import sys
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from daemon.cli.common import (
    AsJson,
    Config,
    app,
    computing,
    instant,
    iso,
    local,
    office,
    playbook_of,
)
from daemon.cli.streams import each_object, put_json
from rules import escalation, policies, requests
from rules.escalation_course import fitting
from rules.model import Playbook, Severity
from rules.requests import Refused

PlanName = Annotated[str, typer.Option("--plan")]
SeverityName = Annotated[str, typer.Option("--severity")]
Received = Annotated[str, typer.Option("--received", help="ISO 8601; policy time if no offset.")]


def cell(playbook: Playbook, plan: str, severity: str) -> tuple[str, Severity]:
    """A plan and severity that exist; raises Refused naming those that do."""
    plans = playbook.policy.plans
    if plan not in plans:
        raise Refused(f"no plan is called {plan!r}; there are: {', '.join(plans)}")
    return plan, severity_called(severity)


def severity_called(name: str) -> Severity:
    """The severity of this name; raises Refused naming those that there are."""
    if name not in list(Severity):
        raise Refused(f"no severity is called {name!r}; there are: {', '.join(Severity)}")
    return Severity(name)


def _due(playbook: Playbook, asked: Mapping[str, object]) -> dict[str, object]:
    if missing := [key for key in ("plan", "severity", "received") if key not in asked]:
        raise Refused(f"{', '.join(missing)} missing; plan, severity and received are needed")
    zone = playbook.policy.zone
    plan, severity = cell(playbook, str(asked["plan"]), str(asked["severity"]))
    received_at = instant(str(asked["received"]), zone)
    with computing():
        own = policies.at(playbook, received_at)
        found = requests.deadline(plan, severity, received_at, own)
    return {
        **asked,
        "due": iso(found.due_at, zone),
        "clock_starts_at": iso(found.clock_starts_at, zone),
        "reasons": list(found.reasons),
    }


@app.command()
def due(
    plan: PlanName = "",
    severity: SeverityName = "",
    received: Received = "",
    as_json: AsJson = False,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Read {plan, severity, received} lines.")
    ] = False,
    config: Config = None,
) -> None:
    """Say when a first response would be due, and why."""
    playbook = playbook_of(config)
    if jsonl:
        each_object(lambda asked: put_json(_due(playbook, asked)))
        return
    if not (plan and severity and received):
        raise typer.BadParameter("give --plan, --severity and --received, or --jsonl")
    found = _due(playbook, {"plan": plan, "severity": severity, "received": received})
    if as_json:
        put_json(found)
        return
    print(f"due {found['due']}")
    for reason in found["reasons"]:  # type: ignore[attr-defined]  # a list, seen as object in JSON
        print(f"  {reason}")


@app.command()
def simulate(
    plan: PlanName,
    severity: SeverityName,
    received: Received,
    repeats: Annotated[
        int, typer.Option(min=0, max=1000, help="How many looks after the deadline.")
    ] = 6,
    customer: Annotated[str, typer.Option("--customer", help="For steps of its own.")] = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """List the pings such a request would cause if nobody answered."""
    from daemon.on_call import rota

    with office(config) as here:
        zone = here.playbook.policy.zone
        name, level = cell(here.playbook, plan, severity)
        received_at = instant(received, zone)
        standing = here.store.read(lambda tx: rota.standing(tx, here.playbook, received_at))
        playbook = policies.at(standing, received_at)
        contracts = here.store.read(lambda tx: tx.contracts.all())
    if customer and customer not in {each.customer for each in contracts}:
        print(f"{customer!r} has no contract; `supportd contracts list` has them", file=sys.stderr)
    with computing():
        deadline = requests.deadline(name, level, received_at, playbook)
        steps = fitting(playbook, name, level, customer, deadline.clock_starts_at).name
        pings = [
            (at, look.step, ping)
            for at, look in escalation.simulate(
                playbook, name, level, received_at, repeats, customer
            )
            for ping in look.pings
        ]
    if as_json:
        for at, step, ping in pings:
            who = {"to": ping.person, "by": str(ping.way), "why": ping.why}
            whole = {"due": iso(deadline.due_at, zone), "policy": steps}
            put_json({"at": iso(at, zone), "step": step, **who, **whole})
        return
    print(f"due {local(deadline.due_at, zone)}; steps: {steps}")
    print_aligned(
        [
            (f"at ({zone})", "step", "to", "by", "why"),
            *((local(at, zone), step, p.person or "-", str(p.way), p.why) for at, step, p in pings),
        ]
    )


def print_aligned(rows: Sequence[tuple[str, ...]]) -> None:
    """A line a row, whole: whoever reads it may want to search it, not only to see it."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(map(str.ljust, row, widths)).rstrip())
