"""What stands behind a ping's page: links checked, what is owed shown, buttons obeyed once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.base import Clock
from channels.ping.content import Page, Sent
from channels.ping.links import Link, opened
from channels.signed_page import NoSuchPage
from daemon.desk import Desk, running
from daemon.letters.engineers import facts, headline
from daemon.store_thread import StoreThread
from rules.deadlines import duration_in_words
from rules.model import Person, Request
from rules.requests import Refused
from storage.store import Transaction


@dataclass(frozen=True)
class PingPage:
    """The page's desk (`channels.ping.page.Desk`)."""

    store: StoreThread
    desk: Desk
    key: bytes
    clock: Clock
    wake_courier: Callable[[], None]

    async def show(self, token: str) -> Page:
        """What is owed as it stands; nothing is written."""
        link = self._opened(token)
        return await self.store.read(lambda tx: self._page(tx, link, self.clock()))

    async def act(self, sent: Sent) -> Page | None:
        """Take what was pressed, once; it speaks of what was shown then."""
        link = self._opened(sent.token)
        now = self.clock()

        def work(tx: Transaction) -> None:
            id, person, epoch = link.request_id, link.person, sent.epoch
            if sent.snooze is None:
                self.desk.acknowledge(tx, id, person, now, epoch)
            else:
                self.desk.snooze(tx, id, sent.snooze, person, now, epoch)

        try:
            await self.store.write(work)
        except Refused as refused:
            said = str(refused)
            return await self.store.read(lambda tx: self._page(tx, link, now, said))
        self.wake_courier()
        return None

    def _opened(self, token: str) -> Link:
        link = opened(token, self.key, self.clock())
        if link is None:
            raise NoSuchPage
        return link

    def _page(self, tx: Transaction, link: Link, now: datetime, said: str = "") -> Page:
        try:
            person = self.desk.person(link.person)
            request = self.desk.request(tx, link.request_id)
        except Refused:
            raise NoSuchPage from None
        timer = running(tx, request.id)
        title = headline(request)
        if timer is None:
            return Page(title, said or f"Nothing is owed any more: it is {request.state}.")
        lease = timer.acknowledgement
        if not said and lease:
            until = lease.until_at.astimezone(person.zone)
            said = f"{_who(request, person)} it until {until:%a %Y-%m-%d %H:%M}."
        return Page(
            title,
            said,
            tuple(facts(request, timer, person, now).items()),
            epoch=timer.epoch,
            takes_over=lease is not None and lease.person != person.name,
            snoozes=tuple(
                (length // timedelta(seconds=1), duration_in_words(length))
                for length in self.desk.snoozes(tx, request.id, now)
            ),
        )


def _who(request: Request, person: Person) -> str:
    return "You have" if request.owner == person.name else f"{request.owner} has"
