"""The way in for tickets: stored before anybody is told that they are taken."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

from fastapi import Request

from channels.base import Clock, Memory, Receive
from channels.ticket.body import Bounds, Ticket
from channels.ticket.content import canonical
from channels.ticket.problems import Problem, come_again
from channels.ticket.throttle import Throttle
from rules.model import Account, Arrival, Channel, Envelope, Peer

_LOG = logging.getLogger(__name__)

_PLACES, _PLACES_OF_STRANGERS = 8, 4
"""Bodies read at one time: each may be as large as a ticket may be, several times over. Who sends
slowly from the page keeps no customer's system waiting."""
_FAREWELL = 5.0
"""Seconds that storing gets when we stop."""


ContractOf = Callable[[str], Awaitable[int | None]]
"""The id of the contract that a key proves; None for no key of ours."""
Stored = Callable[[str, str], Awaitable[bytes | None]]
"""What was stored for an account under an external id."""
NumberOf = Callable[[str, str], Awaitable[int | None]]
"""The request's number of the ticket stored for an account under an external id: 0 while nothing is
decided, None if there is no such ticket."""


def content_of(ticket: Ticket) -> bytes:
    """As it is kept."""
    return canonical(ticket.model_dump(mode="json"))


@dataclass
class TicketDoor:
    """An inbound without a server of its own: routers hand tickets to it while it runs."""

    account: Account
    """Tickets come for it: answers are sent from its address."""
    clock: Clock
    contract_of: ContractOf
    stored: Stored
    number_of: NumberOf
    bounds: Bounds = field(default_factory=Bounds)
    throttle: Throttle = field(default_factory=Throttle)
    name: str = "ticket"
    local: bool = True
    _receive: Receive | None = None
    _storing: set["asyncio.Future[None]"] = field(default_factory=set)
    _in_hand: Counter[bool] = field(default_factory=Counter)

    async def run(self, receive: Receive, memory: Memory) -> None:
        """Take tickets in; on cancellation no more, and what is being stored is finished (5 s)."""
        self._receive = receive
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self._receive = None
            if self._storing:
                await asyncio.wait(self._storing, timeout=_FAREWELL)

    def is_ready(self) -> bool:
        """Whether tickets can be stored."""
        return self._receive is not None

    @contextmanager
    def turn(self, stranger: bool = False) -> Iterator[None]:
        """Hold one of the few places for tickets in hand; raises Problem 503 if there is none.

        `stranger`: no key was shown.
        """
        if self._receive is None:
            raise come_again("no tickets are taken at this moment")
        if self._in_hand[stranger] >= (_PLACES_OF_STRANGERS if stranger else _PLACES):
            raise come_again("too many tickets at one time", seconds=2)
        self._in_hand[stranger] += 1
        try:
            yield
        finally:
            self._in_hand[stranger] -= 1

    async def take(self, ticket: Ticket, id: str, request: Request, contract_id: int = 0) -> None:
        """Store a ticket under an external id; durable when this returns.

        Coming again with the same content changes nothing. Raises Problem: 422 if another content
        is stored under this id, 429 if too many came without a contract, 503 if it could not be
        stored.
        """
        if not contract_id:
            self.throttle.count(_address(request), self.clock())
        content = await asyncio.to_thread(content_of, ticket)  # large ones take long
        await self._store(self._arrival(ticket, content, id, request, contract_id))
        # Asked afterwards, so that of two that come at once under one id, one is refused.
        if await self._kept(id) != content:
            raise Problem(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "another ticket came with this Idempotency-Key before; take a new one",
            )

    async def _kept(self, id: str) -> bytes | None:
        try:
            return await self.stored(self.account.name, id)
        except Exception as error:
            _LOG.error("a stored ticket could not be read: %s", type(error).__name__)
            raise come_again("it could not be stored; please send it again") from None

    async def _store(self, arrival: Arrival) -> None:
        if self._receive is None:
            raise come_again("no tickets are taken at this moment")
        storing = asyncio.ensure_future(self._receive([arrival]))
        self._storing.add(storing)
        storing.add_done_callback(self._finished)
        try:
            # Shielded: a peer that hangs up does not undo it.
            await asyncio.shield(storing)
        except Exception as error:
            _LOG.error("a ticket was not stored: %s", type(error).__name__)
            raise come_again("it could not be stored; please send it again") from None

    def _finished(self, storing: "asyncio.Future[None]") -> None:
        self._storing.discard(storing)
        if not storing.cancelled():
            storing.exception()  # seen here if nobody waits for it any more

    def _arrival(
        self, ticket: Ticket, content: bytes, id: str, request: Request, contract_id: int
    ) -> Arrival:
        peer = Peer(
            address=_address(request),
            tls=request.url.scheme == "https",
            login=str(contract_id) if contract_id else "",
        )
        envelope = Envelope(
            channel=Channel.TICKET,
            account=self.account.name,
            external_id=id,
            sender=ticket.sender.email,
            recipients=(self.account.address,),
            received_at=self.clock(),
            peer=peer,
        )
        return Arrival(envelope, content)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
