"""Contracts stored as somebody changed them, on record, and what that means for open requests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from daemon.contracts.change import Change, compare
from daemon.coverage import judged_again
from daemon.desk import Desk, running
from rules import requests
from rules.model import Contract, ContractChange, Playbook, Request, State
from storage.store import Transaction


@dataclass(frozen=True)
class Move:
    """An open request that a changed contract would grant something else."""

    before: Request
    change: requests.Change

    @property
    def moves_deadline(self) -> bool:
        """Whether it would be due at another instant."""
        return self.after.first_response_due_at != self.before.first_response_due_at

    @property
    def after(self) -> Request:
        """As it would become."""
        return self.change.request


def look(
    tx: Transaction, found: Sequence[Contract], playbook: Playbook, now: datetime
) -> tuple[Change, list[Move]]:
    """What storing these would change, and for which open requests.

    Raises what `deadlines.first_response` raises.
    """
    stored = tx.contracts.all()
    change = compare(found, stored)
    ids = {(c.customer, c.starts_on): c.id for c in stored}
    changed = {ids[c.customer, c.starts_on]: c for c in (each.contract for each in change.changed)}
    return change, list(_moves(tx, changed, playbook, now)) if changed else []


def _moves(
    tx: Transaction, changed: dict[int, Contract], playbook: Playbook, now: datetime
) -> Iterator[Move]:
    for request in tx.requests.find([State.OPEN]):
        if request.contract_id in changed:
            contract = changed[request.contract_id]
            timer = running(tx, request.id)
            change = requests.recompute(request, contract, timer, playbook, now)
            change = judged_again(tx, change, playbook, replace(contract, id=request.contract_id))
            move = Move(request, change)
            # By the same deadline its plan may be another, and with it what a follow-up is owed.
            if move.moves_deadline or _granted(move.before) != _granted(move.after):
                yield move


def _granted(request: Request) -> tuple[object, ...]:
    return request.plan, request.timezone, request.holidays, request.uncovered


def take(
    tx: Transaction, found: Sequence[Contract], change: Change, who: str, why: str, now: datetime
) -> None:
    """Store them, and who changed what, when and why."""
    tx.contracts.put(found)
    ids = {(c.customer, c.starts_on): c.id for c in tx.contracts.all()}
    said = [(c, "added") for c in change.added]
    said += [(each.contract, "; ".join(each.fields)) for each in change.changed]
    for contract, what in said:
        id = ids[contract.customer, contract.starts_on]
        tx.contracts.note(ContractChange(id, now, who, f"{what} ({why})" if why else what))


def recompute(tx: Transaction, moves: Sequence[Move], desk: Desk, who: str, now: datetime) -> None:
    """Let open requests have what the changed contracts grant, their deadlines included."""
    for move in moves:
        desk.apply(tx, move.change, who, now)
