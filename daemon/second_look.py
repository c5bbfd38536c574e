"""Another look at messages about which the DNS was silent, or whose files did not come."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from channels.base import Clock
from daemon.desk import Desk
from daemon.intake import DNS_SECONDS, Authenticate, Complete, as_it_is
from daemon.notices import Notices
from daemon.on_call import rota
from daemon.store_thread import StoreThread
from rules import requests
from rules.authenticity import authorship, is_forged, is_proven, look_again_at
from rules.model import Arrival, Fate, Message, Playbook, State
from rules.requests import Refused
from storage.store import Filed, Transaction

log = structlog.get_logger()


@dataclass(frozen=True)
class SecondLook:
    """Records what comes out: a withheld answer goes its way, a forged request is shown so."""

    store: StoreThread
    understand: Callable[[Arrival], Message]
    authenticate: Authenticate
    playbook: Playbook
    desk: Desk
    notices: Notices
    clock: Clock
    wake_courier: Callable[[], None]
    complete: Complete = as_it_is

    async def round(self) -> bool:
        """Look at the message that is due the longest; True if there may be more."""
        due = await self.store.read(lambda tx: tx.messages.unanswered(self.clock(), limit=1))
        if not due:
            return False
        await self._look(due[0])
        self.wake_courier()
        return True

    async def _look(self, filed: Filed) -> None:
        # Counted before it begins: what fails, or kills the process, must not come first for ever.
        before = filed.message.authentication
        again_at = look_again_at(before, filed.looks + 1, self.clock())
        await self.store.write(lambda tx: tx.messages.look_again(filed.id, again_at))
        arrival = await self.store.read(lambda tx: tx.inbox.arrival(filed.inbox_id))
        content = await self.complete(arrival, DNS_SECONDS)
        if content is not None:
            arrival = replace(arrival, content=content)
        message = await asyncio.to_thread(self.understand, arrival)
        found = await self.authenticate(arrival, message, DNS_SECONDS)
        message = replace(message, authentication=found)
        if content is not None:
            await self.store.write(lambda tx: _came_later(tx, filed, content, message))
        await self.store.write(lambda tx: self._record(tx, filed, message, self.clock()))
        log.info("looked again", message=filed.id, result=found.result)

    def _record(self, tx: Transaction, filed: Filed, message: Message, now: datetime) -> None:
        found = message.authentication
        tx.messages.looked_at(filed.id, found)
        if found.unanswered:
            return
        why = authorship(message)
        waits = tx.inbox.fate(filed.inbox_id) is Fate.HELD and message.reply_to_us is not None
        if is_proven(message) and waits:
            with suppress(Refused):  # a person was faster
                self.desk.release_answer(tx, filed, message, why, now)
        elif is_forged(message) and filed.is_customers and filed.request_id is not None:
            self._disown(tx, filed, filed.request_id, why, now)

    def _disown(
        self, tx: Transaction, filed: Filed, request_id: int, why: str, now: datetime
    ) -> None:
        request = self.desk.request(tx, request_id)
        opened_it = tx.messages.of_request(request_id)[0].id == filed.id
        self.desk.apply(tx, requests.disown(request, why, opened_it), "supportd", now)
        if request.state is State.CLOSED:
            return  # nothing is left for a person to do
        on_call = rota.on_call(tx, self.playbook, now)
        people = {on_call or "", request.owner} & set(self.playbook.people)
        detail = (
            f"request {request.id} is {request.state}, and message {filed.id} in it may be somebody"
            f" else's ({why}). If there is no request, then: supportd close {request.id}"
            " --why not-a-request --as NAME"
        )
        what = f"a message in request {request.id} may be forged"
        id = f"disowned-{filed.id}"
        tx.outbox.post(self.notices.alarms(id, what, detail, now, sorted(people)), now)


def _came_later(tx: Transaction, filed: Filed, content: bytes, message: Message) -> None:
    tx.inbox.complete(filed.inbox_id, content)
    tx.messages.completed(filed.id, message)
