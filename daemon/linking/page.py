"""What stands behind a link's page: tokens checked, identities linked once."""

from dataclasses import dataclass

from channels.base import Clock
from channels.link.content import Page
from channels.link.links import Link, opened
from channels.signed_page import Excuse, NoSuchPage
from daemon.linking.identities import Linking, Stands
from daemon.linking.letters import LinkLetters
from daemon.store_thread import StoreThread
from storage.store import Transaction


@dataclass(frozen=True)
class LinkPage:
    """The page's desk (`channels.link.page.Desk`)."""

    store: StoreThread
    linking: Linking
    letters: LinkLetters
    key: bytes
    clock: Clock

    async def show(self, token: str) -> Page:
        """The link as it stands; nothing is written."""
        link = self._opened(token)
        now = self.clock()
        return await self.store.read(
            lambda tx: self._page(tx, link, self.linking.look(tx, link, now))
        )

    async def confirm(self, token: str) -> Page | None:
        """Use the link, once; who presses twice hears the same."""
        link = self._opened(token)
        now = self.clock()

        def work(tx: Transaction) -> Page | None:
            stood = self.linking.use(tx, link, now)
            done = stood in (Stands.OPEN, Stands.LINKED)
            return None if done else self._page(tx, link, stood)

        return await self.store.write(work)

    def excuse(self, why: Excuse, language: str) -> Page:
        """A page without a link."""
        return self.letters.words(language).excuse(why)

    def _opened(self, token: str) -> Link:
        link = opened(token, self.key)
        if link is None:
            raise NoSuchPage
        return link

    def _page(self, tx: Transaction, link: Link, stands: Stands) -> Page:
        contract = tx.contracts.get(link.contract_id)
        words = self.letters.words(contract.language if contract else "", link.address)
        return words.page(link, stands, opens=stands is Stands.OPEN)
