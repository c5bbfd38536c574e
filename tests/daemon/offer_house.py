"""Offers in the house, and their page behind the real HTTP server."""

import asyncio
import re
from collections.abc import Coroutine, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import urlencode

from fastapi import APIRouter

from channels.offer import page
from daemon.http import Health, HttpServer, build_app
from daemon.offers.desk import OfferDesk
from daemon.offers.page import OfferPage
from rules.model import NoticeKind, Offer, Service
from rules.offers import Ordered
from rules.severity import assess
from tests.channels.ticket_door import Answer, Peer
from tests.daemon.house import House

T = TypeVar("T")
PUBLIC_URL = "https://desk.b2bee.example/help"
QUESTION = "How do I export the price list to Excel? It is not urgent, just a question."
_LINK = re.compile(rf"^{PUBLIC_URL}(/offer/\S+)$", re.MULTILINE)
Form = Mapping[str, str] | Sequence[tuple[str, str]]


class Offers:
    """What a story does with offers."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.desk = OfferDesk(
            house.playbook, house.desk._notices, house.desk, house.key, PUBLIC_URL
        )
        self.page = OfferPage(
            house.thread,
            self.desk,
            house.desk._notices,
            assess,
            lambda: house.now,
            lambda: None,
        )

    def make(self, request: int = 1, **changed: Any) -> Offer:
        """Ana offers three hours, or what is changed."""
        usual = {"service": Service.SUPPORT, "hours": Decimal(3)}
        note, instead_of = changed.pop("note", ""), changed.pop("instead_of", 0)
        if "item" in changed:
            usual["hours"] = None
        ordered = Ordered(**(usual | changed))
        made = self.house.store.write(
            lambda tx: self.desk.make(tx, request, ordered, note, instead_of, "ana", self.house.now)
        )
        self.house.work()
        return made

    def withdraw(self, id: int) -> Offer:
        return self.house.store.write(lambda tx: self.desk.withdraw(tx, id, "ana", self.house.now))

    def stored(self, id: int = 1) -> Offer:
        found = self.house.store.read(lambda tx: tx.offers.get(id))
        assert found is not None
        return found

    def path(self, to: str = "p@premium.example") -> str:
        """Of the page, from the next letter."""
        found = _LINK.search(self.house.sent(NoticeKind.OFFER, to).text)
        assert found, "the letter has no link of its own line"
        return found[1]

    def get(self, path: str, **headers: str) -> Answer:
        return self._with_peer(lambda peer: peer.ask("GET", path, b"", headers))

    def post(self, fields: Form, path: str = "/offer") -> Answer:
        answer = self._with_peer(lambda peer: send(peer, fields, path))
        self.house.work()
        return answer

    def answer(self, path: str, answer: str, text: str = "") -> Answer:
        return self.post({"token": path.rpartition("/")[2], "answer": answer, "text": text})

    def at_once(self, *forms: Form) -> list[Answer]:
        """Forms that come in one instant."""

        async def together(peer: Peer) -> list[Answer]:
            return await asyncio.gather(*(send(peer, form) for form in forms))

        answers = self._with_peer(together)
        self.house.work()
        return answers

    def _with_peer(self, talk: Any) -> Any:
        return with_peer(self.house, page.router(self.page, PUBLIC_URL), talk)


def offered_to(house: House, customer: str) -> Offers:
    """Offers on a request that a customer has made."""
    house.mail(customer, "Export", QUESTION)
    house.ignore()
    return Offers(house)


def with_peer(house: House, router: APIRouter, talk: Any) -> Any:
    """Talk to a page behind the real HTTP server."""

    async def serve() -> Any:
        app = build_app(Health, Health, bytes)
        app.include_router(router)
        server = HttpServer(app, "127.0.0.1", 0)
        port = server.bind()
        running = asyncio.create_task(server.run())
        try:
            return await talk(Peer(port))
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    return house.loop.run_until_complete(serve())


def send(peer: Peer, fields: Form, path: str = "/offer") -> Coroutine[Any, Any, Answer]:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return peer.ask("POST", path, urlencode(fields).encode(), kind)
