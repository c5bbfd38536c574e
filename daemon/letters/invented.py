"""A request that nobody made, to show letters on."""

from collections.abc import Sequence
from datetime import datetime

from rules.model import (
    Channel,
    Entitlement,
    Playbook,
    Request,
    Severity,
    State,
    Treatment,
    Uncovered,
)
from rules.requests import deadline

_SUBJECTS = {
    Severity.CRITICAL: "Orders do not go through",
    Severity.SIGNIFICANT: "Price lists load for minutes",
    Severity.MINOR: "The export leaves out two columns",
    Severity.NONE: "How do I add a route?",
}


def invented(
    playbook: Playbook,
    language: str,
    severity: Severity,
    plan: str,
    received_at: datetime,
    uncovered: Sequence[Uncovered] = (),
) -> tuple[Request, Entitlement]:
    """A request as it would have been opened, and what its contract grants it.

    Raises what `deadlines.first_response` raises.
    """
    policy = playbook.policy
    due = deadline(plan, severity, received_at, playbook)
    held = any(policy.uncovered[reason] is Treatment.HOLD for reason in uncovered)
    granted = Entitlement(
        contract=None,
        plan=plan,
        treatment=Treatment.HOLD if held else Treatment.SERVE,
        uncovered=tuple(uncovered),
        draws_credit=not uncovered,
        reasons=(),
    )
    request = Request(
        id=4711,
        state=State.HELD if held else State.OPEN,
        channel=Channel.EMAIL,
        account=next(iter(playbook.accounts)),
        received_at=received_at,
        sender="maria@demo-trade.example",
        sender_name="Maria Horvat",
        subject=_SUBJECTS[severity],
        contract_id=None,
        customer="Demo Trade",
        plan=plan,
        policy=policy.version,
        severity=severity,
        severity_by="",
        confidence=1.0,
        needs_review=False,
        covered=granted.covered,
        reasons=(),
        language=language,
        clock_starts_at=due.clock_starts_at,
        first_response_due_at=None if held else due.due_at,
    )
    return request, granted
