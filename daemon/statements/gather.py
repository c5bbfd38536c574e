"""What a statement is made of, from the store."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from rules import policies
from rules.entitlement import REVIEW_PLAN
from rules.model import Clock, Contract, Playbook, Request, Target
from rules.statements import CreditUse, Month, Statement, state
from storage.store import Transaction


def statement(
    tx: Transaction, contracts: Sequence[Contract], month: Month, playbook: Playbook, now: datetime
) -> Statement:
    """The month of one customer, whose contracts, of any term, these are.

    Raises what `statements.state` raises.
    """
    zone = playbook.policy.zone
    span = (month.begins_at(zone), month.following.begins_at(zone))
    ids = [contract.id for contract in contracts]
    requests = tx.requests.received(*span, ids)

    def promised(request: Request) -> tuple[Target, Clock] | None:
        try:
            policy = policies.of_request(playbook, request).policy
        except policies.UnknownVersion:
            return None
        name = request.plan or REVIEW_PLAN
        plan = policy.plans.get(name)
        return (plan.targets[request.severity], policy.clock_of(name)) if plan else None

    uses = credit_uses(tx, contracts, month, playbook)
    customer = contracts[0].customer
    made_up = state(customer, month, requests, uses, promised, zone, now)
    return replace(
        made_up,
        offers=tuple(tx.offers.accepted(customer, *span)),
        follow_ups=tuple(tx.follow_ups.received(*span, ids)),
    )


def credit_uses(
    tx: Transaction, contracts: Sequence[Contract], month: Month, playbook: Playbook
) -> list[CreditUse]:
    """What became of the credits of each of these contracts that ran in a month.

    One that was ended since for an earlier day has what was drawn in it all the same.
    """
    ends_at = month.following.begins_at(playbook.policy.zone)
    plans = policies.at(playbook, ends_at - datetime.resolution).policy.plans
    drawn = [
        (contract, tuple(tx.credits.of_contract(contract.id, month.first, month.last)))
        for contract in contracts
    ]
    return [
        CreditUse(
            contract,
            plans[contract.plan].credits_per_month if contract.plan in plans else 0,
            lines,
        )
        for contract, lines in drawn
        if lines or (contract.starts_on <= month.last and contract.last_day >= month.first)
    ]
