"""Whether a request is covered, judged again where its severity or its plan has changed."""

from dataclasses import replace

from daemon.known import drawn_on
from rules import entitlement, policies
from rules.entitlement import Drawn
from rules.model import Contract, Playbook, Request
from rules.requests import Change
from storage.store import Transaction

_BILLABLE = "not covered any more"
"""Why a credit comes back; one that a person gave back is not drawn again."""


def judged_again(
    tx: Transaction, change: Change, playbook: Playbook, contract: Contract | None = None
) -> Change:
    """The change with what the contract grants in the new cell, as it is stored or as given.

    A held request stays held, whoever holds it decides. What is no more covered gives its credit
    back; what now is draws one, once.
    """
    request = change.request
    if not change.cell_changed or request.contract_id is None:
        return change
    contract = contract or tx.contracts.get(request.contract_id)
    if contract is None:
        return change
    contract = replace(contract, plan=request.plan)
    uncovered, words = entitlement.judge_again(
        contract,
        policies.local_day(request.received_at, playbook),
        request.channel,
        request.severity,
        others_drawn(tx, contract, request, playbook),
        policies.of_request(playbook, request).policy,
        request.uncovered,
    )
    judged = replace(
        change,
        request=replace(
            request,
            uncovered=uncovered,
            covered=None if request.covered is None else not uncovered,
            reasons=(*request.reasons, *words),
        ),
        why="; ".join((change.why, *words)),
        cell_changed=False,
    )
    if judged.request.covered is None or judged.request.covered == request.covered:
        return judged
    if uncovered:
        return replace(judged, refund=_BILLABLE)
    return replace(judged, draws_credit=_may_draw(tx, request))


def others_drawn(
    tx: Transaction, contract: Contract, request: Request, playbook: Playbook
) -> Drawn:
    """The credits that other requests have drawn, in the month of this one and on its day."""
    day = policies.local_day(request.received_at, playbook)
    drawn = drawn_on(tx, contract, day)
    own = [c for c in tx.credits.of_request(request.id) if c.contract_id == contract.id]
    today = sum(line.amount for line in own if line.day == day)
    month = (day.year, day.month)
    this_month = sum(c.amount for c in own if (c.day.year, c.day.month) == month)
    return Drawn(drawn.this_month - this_month, drawn.today - today)


def is_automatic(tx: Transaction, request_id: int) -> bool:
    """Whether automatic mail opened it."""
    return any(filed.message.automatic for filed in tx.messages.of_request(request_id)[:1])


def _may_draw(tx: Transaction, request: Request) -> bool:
    """Never twice, never what a person gave back, never for automatic mail."""
    lines = tx.credits.of_request(request.id)
    if lines:
        return sum(line.amount for line in lines) <= 0 and lines[-1].why == _BILLABLE
    return not is_automatic(tx, request.id)
