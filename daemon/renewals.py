"""Contracts that run out soon: one of us hears in good time, a month and a week before the day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from channels.base import Clock
from daemon.notices import Notices
from daemon.store_thread import StoreThread
from rules import contracts
from rules.contracts import RunsOut
from rules.model import Playbook
from rules.policies import local_day
from storage.store import Transaction


@dataclass(frozen=True)
class Renewals:
    """Keeps nothing: each contract, day and lead is one notice, however often it is looked at."""

    store: StoreThread
    playbook: Playbook
    notices: Notices
    clock: Clock
    wake_courier: Callable[[], None]

    async def round(self) -> bool:
        """Tell the catch-all of what runs out soon; never more to do at once."""
        if await self.store.write(lambda tx: self._tell(tx, self.clock())):
            self.wake_courier()
        return False

    def _tell(self, tx: Transaction, now: datetime) -> int:
        today = local_day(now, self.playbook)
        return sum(
            tx.outbox.post(
                self.notices.alarms(
                    f"renewal-{each.contract.id}-{each.on}-{each.lead}",
                    f"the contract of {each.contract.customer} runs out",
                    _detail(each),
                    now,
                ),
                now,
            )
            for each in contracts.run_out(tx.contracts.all(), today)
        )


def _detail(each: RunsOut) -> str:
    contract = each.contract
    what = f"{contract.customer}, {contract.plan}, {contract.starts_on} to {contract.ends_on}"
    if contract.notice_by:
        return f"{what}: until {each.on} either side may say that it is not renewed"
    return f"{what}: it ends, and no further term is stored"
