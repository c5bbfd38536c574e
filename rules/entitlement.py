"""What a contract grants a request: person, channel, credit and term, each with a reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from rules.contracts import Bond, Match
from rules.model import Channel, Entitlement, Policy, Severity, Treatment, Uncovered

REVIEW_PLAN = "basic"
"""Whose targets a held request's review runs on (policy, reading 5)."""


@dataclass(frozen=True)
class Drawn:
    """Credits a contract has drawn already."""

    this_month: int = 0
    today: int = 0


def entitle(
    match: Match | None,
    day: date,
    channel: Channel,
    severity: Severity,
    drawn: Drawn,
    policy: Policy,
) -> Entitlement:
    """Whether a request is covered and what then happens to its clock (policy, reading 5).

    `day` is the local day of reception in the policy's zone. Nothing is ever refused: what is not
    covered is served as billable work or held for a person, as the policy says for its reason.
    """
    found = list(_uncovered(match, day, channel, severity, drawn, policy))
    uncovered = tuple(reason for reason, _ in found)
    held = any(policy.uncovered[reason] is Treatment.HOLD for reason in uncovered)
    contract = match.contract if match else None
    return Entitlement(
        contract=contract,
        plan=contract.plan if contract else "",
        treatment=Treatment.HOLD if held else Treatment.SERVE,
        uncovered=uncovered,
        draws_credit=not uncovered,
        reasons=(*([match.reason] if match else []), *(words for _, words in found)),
    )


def _uncovered(
    match: Match | None,
    day: date,
    channel: Channel,
    severity: Severity,
    drawn: Drawn,
    policy: Policy,
) -> Iterator[tuple[Uncovered, str]]:
    """The decision table, a row a reason."""
    if match is None:
        yield Uncovered.UNKNOWN_SENDER, "the sender is known to no contract"
        return
    contract = match.contract
    if not contract.runs_on(day):
        term = f"{contract.starts_on} to {contract.ends_on}"
        yield Uncovered.CONTRACT_LAPSED, f"the contract runs {term}, not on {day}"
        return
    plan = policy.plans[contract.plan]
    if match.bond is not Bond.REGISTERED:
        yield Uncovered.UNREGISTERED_PERSON, "the sender is not a registered person"
    if channel not in plan.targets[severity].channels:
        yield Uncovered.CHANNEL, f"{plan.name} does not grant {channel} for {severity}"
    if drawn.today >= plan.credits_per_day:
        yield (
            Uncovered.DAILY_CREDITS,
            f"{drawn.today} of {plan.credits_per_day} credits drawn that day",
        )
    if drawn.this_month >= plan.credits_per_month:
        yield (
            Uncovered.CREDITS,
            f"{drawn.this_month} of {plan.credits_per_month} credits drawn that month",
        )
