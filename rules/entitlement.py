"""What a contract grants a request: person, channel, credit and term, each with a reason."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from rules.contracts import Bond, Match
from rules.model import (
    Channel,
    Contract,
    Entitlement,
    Extra,
    Plan,
    Policy,
    Severity,
    Target,
    Treatment,
    Uncovered,
)

_SPENT = (Uncovered.DAILY_CREDITS, Uncovered.CREDITS)
REVIEW_PLAN = "basic"
"""Whose targets a held request's review runs on (policy, reading 5)."""


@dataclass(frozen=True)
class Drawn:
    """Credits a contract has drawn already."""

    this_month: int = 0
    today: int = 0


@dataclass(frozen=True)
class Asked:
    """What somebody wants under a contract."""

    match: Match
    day: date
    channel: Channel
    severity: Severity
    drawn: Drawn
    policy: Policy

    @property
    def contract(self) -> Contract:
        """The one that fits."""
        return self.match.contract

    @property
    def plan(self) -> Plan:
        """What the customer bought."""
        return self.policy.plans[self.contract.plan]

    @property
    def target(self) -> Target:
        """The cell it falls into."""
        return self.plan.targets[self.severity]

    @property
    def arranged(self) -> bool:
        """Whether the contract's extras open this channel for this severity."""
        return Extra(self.channel, self.severity) in self.contract.extras


@dataclass(frozen=True)
class Row:
    """One reason for which a request is not covered."""

    applies: Callable[[Asked], bool]
    reason: Uncovered
    words: Callable[[Asked], str]
    last: bool = False
    """Where it applies, no row below is asked."""


TABLE = (
    Row(
        lambda a: a.day < a.contract.starts_on,
        Uncovered.CONTRACT_LAPSED,
        lambda a: f"the contract runs from {a.contract.starts_on}, not on {a.day}",
        last=True,
    ),
    Row(
        lambda a: a.day > a.contract.last_day,
        Uncovered.CONTRACT_LAPSED,
        lambda a: f"the contract ran until {a.contract.last_day}, not on {a.day}",
        last=True,
    ),
    Row(
        lambda a: a.match.bond in (Bond.ADDRESS, Bond.DOMAIN, Bond.ROOM),
        Uncovered.UNREGISTERED_PERSON,
        lambda a: "the sender is a colleague, not a registered person",
    ),
    Row(
        lambda a: a.match.bond is Bond.KEY,
        Uncovered.UNREGISTERED_PERSON,
        lambda a: "the sender is not a registered person",
    ),
    Row(
        lambda a: a.channel not in a.target.channels,
        Uncovered.CHANNEL,
        lambda a: f"{a.plan.name} does not grant {a.channel} for {a.severity}",
    ),
    Row(
        lambda a: a.channel in a.target.by_arrangement and not a.arranged,
        Uncovered.CHANNEL,
        lambda a: f"{a.channel} for {a.severity} is by arrangement, and the contract has none",
    ),
    Row(
        lambda a: a.drawn.today >= a.plan.credits_per_day,
        Uncovered.DAILY_CREDITS,
        lambda a: f"{a.drawn.today} of {a.plan.credits_per_day} credits drawn that day",
    ),
    Row(
        lambda a: a.drawn.this_month >= a.plan.credits_per_month,
        Uncovered.CREDITS,
        lambda a: f"{a.drawn.this_month} of {a.plan.credits_per_month} credits drawn that month",
    ),
)
"""The decision table, in the order in which reasons are told; a policy says of each reason whether
it is served as billable work or held. Where no contract fits, the sender is unknown, and no row is
asked."""


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
    asked = Asked(match, day, channel, severity, drawn, policy) if match else None
    found = list(_uncovered(asked))
    uncovered = tuple(dict.fromkeys(reason for reason, _ in found))
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


def judge_again(
    contract: Contract,
    day: date,
    channel: Channel,
    severity: Severity,
    drawn: Drawn,
    policy: Policy,
    before: Sequence[Uncovered],
) -> tuple[tuple[Uncovered, ...], tuple[str, ...]]:
    """For which reasons a request is not covered now that its cell has changed, and words for it.

    Who asked and when stays as it was judged; the channel is asked anew, and where it is granted
    now, the credits as well: `drawn` are those of others.
    """
    if Uncovered.CONTRACT_LAPSED in before:
        return tuple(before), ()
    asked = Asked(Match(contract, Bond.REGISTERED, ""), day, channel, severity, drawn, policy)
    kept = [reason for reason in before if reason is not Uncovered.CHANNEL]
    found = [row for row in TABLE if row.reason is Uncovered.CHANNEL and row.applies(asked)]
    said = [row.words(asked) for row in found]
    if Uncovered.CHANNEL in before and not found:
        said = [f"{contract.plan} grants {channel} for {severity}"]
        spent = (
            [] if kept else [row for row in TABLE if row.reason in _SPENT and row.applies(asked)]
        )
        said += [row.words(asked) for row in spent]
        found = spent
    reasons = (*kept, *(row.reason for row in found))
    return tuple(dict.fromkeys(reasons)), tuple(said) if set(reasons) != set(before) else ()


def _uncovered(asked: Asked | None) -> Iterator[tuple[Uncovered, str]]:
    if asked is None:
        yield Uncovered.UNKNOWN_SENDER, "the sender is known to no contract"
        return
    for row in TABLE:
        if row.applies(asked):
            yield row.reason, row.words(asked)
            if row.last:
                return
