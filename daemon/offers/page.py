"""What stands behind an offer's page: tokens checked, answers taken, words assessed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from channels.base import Clock
from channels.offer.content import Page, Sent
from channels.offer.links import named, opens
from channels.signed_page import Excuse, NoSuchPage
from daemon.notices import Notices
from daemon.offers.desk import OfferDesk, Said, Verdict
from daemon.store_thread import StoreThread
from rules.model import Assessment, Offer
from storage.store import Transaction


@dataclass(frozen=True)
class OfferPage:
    """The page's desk (`channels.offer.page.Desk`)."""

    store: StoreThread
    desk: OfferDesk
    notices: Notices
    assess: Callable[[str, str], Assessment]
    clock: Clock
    wake_courier: Callable[[], None]

    async def show(self, token: str) -> Page:
        """The offer as it stands; nothing is written."""
        offer = await self.store.read(lambda tx: self._opened(tx, token))
        return self.notices.offer_words(offer).page(self.clock())

    async def decide(self, sent: Sent) -> Page | None:
        """Take an answer, once."""
        said = None
        if sent.text:
            await self.store.read(lambda tx: self._opened(tx, sent.token))  # assessing costs
            said = Said(sent.text, await asyncio.to_thread(self.assess, "", sent.text))
        now = self.clock()

        def work(tx: Transaction) -> Verdict:
            offer = self._opened(tx, sent.token)
            return self.desk.decide(tx, offer.id, sent.accepts, said, now)

        verdict = await self.store.write(work)
        self.wake_courier()
        if not verdict.refusal:
            return None
        heard = ("message heard",) if said else ()
        return self.notices.offer_words(verdict.offer).page(now, *heard, *verdict.refusal)

    def excuse(self, why: Excuse, language: str) -> Page:
        """A page without an offer."""
        return self.notices.no_offer(why, language)

    def _opened(self, tx: Transaction, token: str) -> Offer:
        id = named(token)
        offer = tx.offers.get(id) if id is not None else None
        if offer is None or not opens(token, offer, self.desk.key):
            raise NoSuchPage
        return offer
