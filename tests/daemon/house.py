"""A house to tell stories in: the real daemon's parts around a real database, the clock in hand."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from daemon import parts
from daemon.config import load
from daemon.decisions import Decisions
from daemon.delivery.courier import Courier
from daemon.desk import Desk
from daemon.inbox import Inbox
from daemon.intake import Complete, Intake, as_it_is
from daemon.metrics import Metrics
from daemon.notices import Notices
from daemon.second_look import SecondLook
from daemon.store_thread import StoreThread
from daemon.watch import Watch
from daemon.wiring.ways_in import authenticator, reader
from rules.model import (
    Arrival,
    Channel,
    Contract,
    Envelope,
    Notice,
    NoticeKind,
    Peer,
    Playbook,
    RegisteredPerson,
    Request,
    State,
)
from rules.severity import assess
from tests.daemon.stand_ins import Post, Zone

ZAGREB = ZoneInfo("Europe/Zagreb")
NEIGHBOUR = Peer("127.0.0.1", "localhost")
"""On our own network: what it hands over was written there."""

CONFIG = """
[store]
url = "{store}"
[accounts.support]
address = "support@b2bee.example"
name = "B2Bee Support"
[mail.relay]
host = "127.0.0.1"
port = 1025
security = "none"
[people.ana]
name = "Ana Anić"
addresses = ["ana@b2bee.example"]
ways = ["mail:ana@b2bee.example"]
slack = "U0ANA"
[people.ivo]
name = "Ivo Ivić"
addresses = ["ivo@b2bee.example"]
ways = ["mail:ivo@b2bee.example"]
[people.boss]
name = "Boss"
addresses = ["boss@b2bee.example"]
ways = ["mail:boss@b2bee.example"]
[on_call]
people = ["ana", "ivo"]
starts = "2026-01-05T09:00"
every = "7d"
[escalation]
catch_all = ["boss"]
[http]
public_url = "https://desk.b2bee.example/help"
[prices]
hourly = "85.00"
development_hourly = "110.00"
discount = 10
small_print = {{ en = "Prices are without VAT.", hr = "Cijene su bez PDV-a." }}
[prices.items.import]
words = {{ en = "Import of a price list", hr = "Uvoz cjenika" }}
price = "120.00"
"""


def contract(customer: str, plan: str, *addresses: str, **more: Any) -> Contract:
    """A contract that runs through 2026, with these people registered."""
    persons = tuple(RegisteredPerson(a.partition("@")[0], frozenset({a})) for a in addresses)
    made = Contract(0, customer, plan, date(2026, 1, 1), date(2026, 12, 31), persons)
    return replace(made, **more)


CONTRACTS = [
    contract("Basic d.o.o.", "basic", "b@basic.example", domains=frozenset({"basic.example"})),
    contract("Standard d.o.o.", "standard", "s@standard.example", language="hr"),
    contract("Premium d.o.o.", "premium", "p@premium.example", language="en"),
    replace(
        contract("Lapsed d.o.o.", "premium", "l@lapsed.example"),
        starts_on=date(2024, 1, 1),
        ends_on=date(2025, 12, 31),
    ),
]


class House:
    """The daemon's parts, driven by hand."""

    def __init__(self, path: Path, store: str) -> None:
        self.path = config = path / "supportd.toml"
        config.write_text(CONFIG.format(store=store), encoding="utf-8")
        self.settings = load(config, {}, demo=False)
        self.playbook = parts.playbook(self.settings)
        self.loop = asyncio.new_event_loop()
        self.now = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Zagreb
        self.post = Post("mail")
        self.slack = Post("slack")
        self.dns = Zone()
        self.complete: Complete = as_it_is
        self.asked: list[Notice] = []
        self.open()

    def open(self) -> None:
        """Start; called again after `crash` it is a restart."""
        self.store = parts.open_store(self.settings)
        self.store.write(lambda tx: tx.contracts.put(CONTRACTS))
        self.key = parts.signing_key(self.store)
        notices = Notices(self.playbook, self.key)
        self.desk = Desk(self.playbook, notices)
        metrics = Metrics()
        self.thread = StoreThread(self.store)

        def nothing() -> None:
            return None

        def clock() -> datetime:
            return self.now

        async def complete(arrival: Arrival, seconds: float) -> bytes | None:
            return await self.complete(arrival, seconds)

        self.inbox = Inbox(self.thread, clock, metrics, nothing)
        self.watch = Watch(self.thread, self.playbook, notices, self.desk, clock, metrics, nothing)
        self.courier = Courier(
            self.thread,
            {"mail": self.post, "slack": self.slack},
            self.playbook,
            notices,
            self.desk,
            clock,
            metrics,
        )
        read = reader(self.playbook, self.key, self.settings)
        authenticate = authenticator(self.settings, self.dns)
        self.second_look = SecondLook(
            store=self.thread,
            understand=read,
            authenticate=authenticate,
            playbook=self.playbook,
            desk=self.desk,
            notices=notices,
            clock=clock,
            wake_courier=nothing,
            complete=complete,
        )
        self.intake = Intake(
            store=self.thread,
            understand=read,
            authenticate=authenticate,
            assess=assess,
            playbook=self.playbook,
            decisions=Decisions(self.playbook, notices, self.desk),
            clock=clock,
            metrics=metrics,
            lull=lambda: asyncio.sleep(0),
            wake_courier=nothing,
            wake_watch=nothing,
            complete=complete,
        )

    def under(self, playbook: Playbook) -> None:
        """Go on under another playbook, as after a restart."""
        self.playbook = playbook
        self.thread.close()
        self.open()

    def close(self) -> None:
        self.thread.close()

    # --- What the story does ---

    def at(self, local: str) -> None:
        """Set the clock to a local time in Zagreb, telling what falls due on the way."""
        target = datetime.fromisoformat(local).replace(tzinfo=ZAGREB).astimezone(UTC)
        while (due := self.store.read(lambda tx: tx.timers.next_at())) and due <= target:
            self.now = max(self.now, due)
            self.work()
        self.now = target
        self.work()

    def pass_(self, **span: float) -> None:
        """Let time pass."""
        target = (self.now + timedelta(**span)).astimezone(ZAGREB)
        self.at(target.replace(tzinfo=None).isoformat())

    def work(self) -> None:
        """One round of everything."""
        self.loop.run_until_complete(self._work())

    async def _work(self) -> None:
        rounds = (self.intake.round, self.second_look.round, self.watch.look, self.courier.round)
        for work in rounds:
            while await work():
                pass

    def arrive(
        self,
        content: bytes,
        sender: str = "",
        to: str = "support@b2bee.example",
        peer: Peer = NEIGHBOUR,
    ) -> None:
        """A mail taken by a channel, made durable and understood."""
        self.take(content, sender, to, peer)
        self.work()

    def take(
        self,
        content: bytes,
        sender: str = "",
        to: str = "support@b2bee.example",
        peer: Peer = NEIGHBOUR,
    ) -> None:
        """A mail made durable, not yet understood."""
        key = str(abs(hash((content, to))))
        envelope = Envelope(Channel.EMAIL, "support", key, sender, (to,), self.now, peer)
        self.take_in([Arrival(envelope, content)])

    def take_in(self, arrivals: list[Arrival]) -> None:
        """What a channel hands in, made durable."""

        async def receive() -> None:
            storing = asyncio.create_task(self.inbox.run())
            received = asyncio.create_task(self.inbox.receive(arrivals))
            await asyncio.wait({storing, received}, return_when=asyncio.FIRST_COMPLETED)
            if storing.done():
                storing.result()  # says why nothing was stored
            storing.cancel()
            await received

        self.loop.run_until_complete(receive())

    def mail(
        self,
        sender: str,
        subject: str,
        text: str,
        to: str = "support@b2bee.example",
        peer: Peer = NEIGHBOUR,
        **headers: str,
    ) -> None:
        """A person's mail."""
        mail = EmailMessage()
        mail["From"] = sender
        mail["To"] = to
        mail["Subject"] = subject
        mail["Message-ID"] = f"<{abs(hash((sender, subject, text, self.now)))}@test.example>"
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        self.arrive(mail.as_bytes(), sender, to, peer)

    # --- What the story asks about ---

    def request(self, id: int = 1) -> Request:
        found = self.store.read(lambda tx: tx.requests.get(id))
        assert found is not None, f"no request {id}"
        return found

    def requests(self) -> list[Request]:
        return self.store.read(lambda tx: tx.requests.find(list(State)))

    def history(self, id: int = 1) -> list[str]:
        return [h.what for h in self.store.read(lambda tx: tx.requests.history(id))]

    def sent(self, kind: NoticeKind, to: str) -> Notice:
        """The oldest notice of this kind to this address nobody asked about; it must be there."""
        for notice in self.taken():
            if notice not in self.asked and notice.kind is kind and notice.way.address == to:
                self.asked.append(notice)
                return notice
        raise AssertionError(f"no {kind} to {to}; unasked: {self.unasked()}")

    def receipt(self, to: str) -> Notice:
        return self.sent(NoticeKind.RECEIPT, to)

    def ping(self, person: str) -> Notice:
        return self.sent(NoticeKind.PING, f"{person}@b2bee.example")

    def copy(self, person: str) -> Notice:
        return self.sent(NoticeKind.COPY, f"{person}@b2bee.example")

    def answer(self, to: str) -> Notice:
        return self.sent(NoticeKind.ANSWER, to)

    def alarm(self, person: str = "boss") -> Notice:
        return self.sent(NoticeKind.ALARM, f"{person}@b2bee.example")

    def ignore(self) -> None:
        """Take note of everything sent so far: this story is about something else."""
        self.asked.extend(n for n in self.taken() if n not in self.asked)

    def unasked(self) -> list[str]:
        return [f"{n.kind} to {n.way.address}" for n in self.taken() if n not in self.asked]

    def taken(self) -> list[Notice]:
        """What went out by any way."""
        return [*self.post.taken, *self.slack.taken]
