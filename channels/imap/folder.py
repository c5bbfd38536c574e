"""One folder of a mailbox, followed: taken as it fills, however often the line breaks."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from channels.base import Clock, Cursor, Memory, Receive, Trouble
from channels.imap import ids
from channels.imap import progress as progresses
from channels.imap.care import Care
from channels.imap.line import Login
from channels.imap.progress import Fact, Progress
from channels.imap.session import AT_ONCE, After, Refused, Session
from channels.imap.stand_in import stand_in
from channels.mail import delivery
from rules.model import Account, Arrival, Channel, Envelope, Peer

_LOG = logging.getLogger(__name__)

_FAREWELL = 5.0
"""Seconds that what is in hand gets when we stop."""
_SETTLED = 60.0
"""Seconds: a line that held so long and breaks is made again at once, without an alarm."""
_REFUSED_FOR = 300.0
"""Seconds until a person gets, in place of a message that the server cannot give, word of it."""

_COMPARED_EVERY = 3600.0
"""Seconds."""

Ledger = Callable[[str], Collection[str]]
"""The external ids stored that begin like this."""
HandIn = Callable[[Sequence[Arrival], Cursor], None]
"""Returns once they are durable."""


@dataclass
class MailboxFolder:
    """An inbound that takes what a folder holds, in a thread of its own.

    Flags say nothing to it: what somebody has read, marked or moved back is taken all the same.
    """

    mailbox: str
    """Its name in the configuration."""
    folder: str
    login: Login
    account: Account
    """All mail in it came for this one."""
    clock: Clock
    start_at: datetime | None = None
    """What came before is history; None: what lay there at the first look."""
    after: After = After.NOTHING
    after_name: str = ""
    """The keyword, or the folder moved to. History stays as it is."""
    poll: float = 60.0
    """Seconds: how often to look at least, and how long one IDLE lasts (RFC 2177: under 29 min)."""
    batch_bytes: int = 8 * 1024 * 1024
    """In memory, and in one commit."""
    largest: int = 50 * 1024 * 1024
    """Bytes; of larger messages only the headers are taken, with a word about the rest."""
    sent: bool = False
    """Whether it holds what our people sent: read for answers, and left as it is."""
    ledger: Ledger | None = None
    """What was stored, to be compared with what the server shows."""
    look_every: float = 180.0
    """Seconds between looks after the folder, so that a person hears within five minutes."""
    local: bool = False
    name: str = field(init=False)
    _session: Session | None = None
    _ready: bool = False
    _progress: Progress | None = None
    _refused: dict[int, float] = field(default_factory=dict)
    """Since when, by uid."""
    _broke: dict[int, int] = field(default_factory=dict)
    """How often the line broke while this uid alone was asked for; 0 among others."""
    _looked_at: float = field(default_factory=time.monotonic)
    _compared_at: float | None = None
    _compared: tuple[int, int] | None = None
    """UIDVALIDITY and the number of changes then."""

    def __post_init__(self) -> None:
        """Be called by mailbox and folder."""
        self.name = f"imap:{self.mailbox}/{self.folder}"
        fills = not self.sent
        self._care = Care(self.name, self.mailbox, self.login.tokens, fills, self.clock)

    def is_ready(self) -> bool:
        """Whether the folder is open."""
        return self._ready

    def troubles(self) -> tuple[Trouble, ...]:
        """What a person must hear of though the line holds; what breaks it, `run` raises."""
        return self._care.troubles if self._ready else ()

    async def run(self, receive: Receive, memory: Memory) -> None:
        """Follow the folder; raises when the line cannot be made, or breaks soon after."""
        loop = asyncio.get_running_loop()
        saved = await memory.load(self.name)
        self._progress = progresses.read(saved) if saved else None
        ended: asyncio.Future[None] = loop.create_future()
        stop = threading.Event()

        async def storing(arrivals: Sequence[Arrival], cursor: Cursor) -> None:
            await receive(arrivals, cursor)

        def hand_in(arrivals: Sequence[Arrival], cursor: Cursor) -> None:
            asyncio.run_coroutine_threadsafe(storing(arrivals, cursor), loop).result()

        def end(error: Exception | None) -> None:
            if not ended.done():
                ended.set_exception(error) if error else ended.set_result(None)

        def work() -> None:
            error = None
            try:
                self._serve(hand_in, stop)
            except Exception as raised:
                error = raised
            with suppress(RuntimeError):  # nobody waits any more: the loop is closed
                loop.call_soon_threadsafe(end, error)

        # Not an executor's: Python waits for those at its end, however long a server is silent.
        threading.Thread(target=work, name=self.name, daemon=True).start()
        try:
            await asyncio.shield(ended)
        finally:
            stop.set()
            await asyncio.wait([ended], timeout=_FAREWELL)
            if not ended.done() and self._session:
                self._session.abort()
            elif not ended.cancelled():
                ended.exception()  # seen here if we were cancelled meanwhile

    def _serve(self, hand_in: HandIn, stop: threading.Event) -> None:
        while not stop.is_set():
            began = time.monotonic()
            try:
                with Session(self.login, self.folder, self.after is After.NOTHING) as session:
                    self._session = session
                    progress = self._opened(session, hand_in)
                    self._ready = True
                    self._follow(session, progress, hand_in, stop)
            except Exception as error:
                if time.monotonic() - began < _SETTLED:
                    raise
                _LOG.warning("%s: connecting again after %r", self.name, error)
            finally:
                self._ready = False

    def _opened(self, session: Session, hand_in: HandIn) -> Progress:
        progress = self._progress
        if progress is None:
            progress = progresses.first(
                session.validity, session.uid_next, self.start_at, self.clock()
            )
            hand_in([], Cursor(self.name, progresses.write(progress)))
            return progress
        if self.start_at is not None:
            progress = replace(progress, start_at=self.start_at, first_uid=0, history_until=None)
        if session.validity != progress.validity or self._is_put_back(session, progress):
            _LOG.warning("%s: has new uids, so all of it is read again", self.name)
            progress = progress.renumbered(session.validity)
        return progress

    def _is_put_back(self, session: Session, progress: Progress) -> bool:
        """From a backup: uids that we know will stand, or stand already, for other messages."""
        if session.uid_next < progress.next_uid:
            return True
        last = progress.last
        found: list[Fact] = []
        with suppress(Refused):  # it was taken all the same, and says nothing about the folder
            found = session.facts([last.uid]) if last else []
        return bool(found) and found[0] != last

    def _follow(
        self, session: Session, progress: Progress, hand_in: HandIn, stop: threading.Event
    ) -> None:
        progress = self._tidy_earlier(session, progress)
        caught_up = False
        while not stop.is_set():
            # Before the search: it opens the folder again, and what came is not told then.
            if caught_up and time.monotonic() - self._looked_at >= self.look_every:
                self._care.look(session, progress)
                self._looked_at = time.monotonic()
            while uids := session.uids_from(progress.next_uid):
                for batch in self._batches(session, uids):
                    if stop.is_set():
                        return
                    progress = self._progress = self._take(session, progress, batch, hand_in)
                # Those that were gone already count as taken.
                progress = replace(progress, next_uid=max(progress.next_uid, uids[-1] + 1))
            progress = self._compare(session, progress, hand_in, stop)
            caught_up = True
            session.wait(min(self.poll, self.look_every), stop)

    def _compare(
        self, session: Session, progress: Progress, hand_in: HandIn, stop: threading.Event
    ) -> Progress:
        """Take what lies there below the next uid and was never stored: some servers show late."""
        if self.ledger is None or not self._is_changed(session):
            return progress
        done, self._compared_at = self._compared_at, None  # not compared until it has ended
        at, self._compared = self._compared, None
        place = self._place(progress)
        stored = ids.uids(place, self.ledger(place))
        for shown in session.uids_below(progress.next_uid):
            late = [uid for uid in shown if uid not in stored]
            for batch in self._batches(session, late):
                if stop.is_set():
                    return progress
                _LOG.warning("%s: %s of earlier uids were shown late", self.name, len(batch))
                progress = self._progress = self._take(session, progress, batch, hand_in)
        self._compared_at, self._compared = done, at
        return progress

    def _is_changed(self, session: Session) -> bool:
        """Whether to compare again: now and then, and only if the server tells of a change."""
        now = time.monotonic()
        if self._compared_at is not None and now - self._compared_at < _COMPARED_EVERY:
            return False
        self._compared_at = now
        at = (session.validity, session.changes) if session.changes else None
        before, self._compared = self._compared, at
        return before is None or before != self._compared

    def _batches(self, session: Session, uids: Sequence[int]) -> Iterator[list[Fact]]:
        for some in _by(AT_ONCE, uids):
            batch: list[Fact] = []
            size = 0
            for fact in self._facts(session, some):
                if batch and size + fact.size > self.batch_bytes:
                    yield batch
                    batch, size = [], 0
                batch.append(fact)
                size += fact.size
            if batch:
                yield batch

    def _facts(self, session: Session, uids: Sequence[int]) -> list[Fact]:
        """Of all that are there, in order: what has no sensible date came when we saw it."""
        found: dict[int, Fact] = {}
        with suppress(Refused):
            found = {fact.uid: fact for fact in session.facts(uids)}
        for uid in session.there(uid for uid in uids if uid not in found):
            now = self.clock().replace(microsecond=0)
            alone = [Fact(uid, 0, now)] if len(uids) == 1 else self._facts(session, [uid])
            found |= {fact.uid: fact for fact in alone}
        return [found[uid] for uid in sorted(found)]

    def _take(
        self, session: Session, progress: Progress, batch: list[Fact], hand_in: HandIn
    ) -> Progress:
        arrivals = self._arrivals(session, progress, batch)
        taken = progress.taken(batch, self.clock())
        hand_in(arrivals, Cursor(self.name, progresses.write(taken)))
        live = [fact.uid for fact in batch if not progress.is_history(fact)]
        if self._tidy(session, live) and progress.tidied == progress.next_uid:
            taken = replace(taken, tidied=taken.next_uid)
        return taken

    # --- Messages ---

    def _arrivals(
        self, session: Session, progress: Progress, batch: Sequence[Fact]
    ) -> list[Arrival]:
        contents = self._contents(session, [f.uid for f in batch if f.size <= self.largest])
        for fact in batch:
            if fact.size > self.largest:
                said = f"has {fact.size} bytes, more than we take"
                contents[fact.uid] = self._stand_in(session, fact.uid, said)
        return [
            Arrival(self._envelope(progress, fact, contents[fact.uid]), contents[fact.uid])
            for fact in batch
            if fact.uid in contents
        ]

    def _contents(self, session: Session, uids: Sequence[int]) -> dict[int, bytes]:
        """One that the server cannot give must not keep the others back, nor be left out."""
        if len(uids) > 1 and not self._broke.keys().isdisjoint(uids):
            return {u: c for uid in uids for u, c in self._contents(session, [uid]).items()}
        if len(uids) == 1 and self._is_given_up(uids[0]):
            return {uids[0]: self._stand_in(None, uids[0], "could not be had from the server")}
        found, why = self._given(session, uids)
        held: Refused | None = None
        for uid in session.there(uid for uid in uids if uid not in found):
            try:
                if len(uids) == 1:
                    found[uid] = self._refused_one(session, uid, why)
                else:
                    found |= self._contents(session, [uid])
            except Refused as refused:
                held = held or refused  # the others' time begins now, too
        if held:
            raise held
        return found

    def _given(self, session: Session, uids: Sequence[int]) -> tuple[dict[int, bytes], Refused]:
        """What the server gives, and why it gives no more."""
        why = Refused("it was left out, though it is there")
        try:
            found = session.contents(uids) if uids else {}
        except Refused as refused:
            return {}, refused
        except (OSError, IMAPClientAbortError):
            for uid in uids:  # one of them: asked for one by one from now on
                self._broke[uid] = self._broke.get(uid, 0) + (len(uids) == 1)
            if len(uids) == 1:
                self._refused.setdefault(uids[0], time.monotonic())
            raise
        for uid in found:
            self._broke.pop(uid, None)
        return found, why

    def _is_given_up(self, uid: int) -> bool:
        since = self._refused.get(uid)
        broke = self._broke.get(uid, 0) >= 3
        return broke and since is not None and time.monotonic() - since >= _REFUSED_FOR

    def _refused_one(self, session: Session, uid: int, refused: Refused) -> bytes:
        since = self._refused.setdefault(uid, time.monotonic())
        if time.monotonic() - since < _REFUSED_FOR:
            raise refused  # it may be no more than a server in trouble
        return self._stand_in(session, uid, "could not be had from the server")

    def _stand_in(self, session: Session | None, uid: int, said: str) -> bytes:
        """Without a session the server is not asked for its headers either."""
        try:
            head = session.head(uid) if session else b""
        except Refused:
            head = b""
        place = f"folder {self.folder} of mailbox {self.mailbox}"
        words = f"This message {said}: its content is only in {place} (UID {uid})."
        return stand_in(head, words)

    def _envelope(self, progress: Progress, fact: Fact, content: bytes) -> Envelope:
        headers = delivery.headers(content)
        return Envelope(
            channel=Channel.EMAIL,
            account=self.account.name,
            external_id=ids.external_id(self._place(progress), fact),
            sender=delivery.sender(headers),
            recipients=delivery.recipients(headers, self.account),
            received_at=fact.received_at,
            peer=Peer(mailbox=self.mailbox),
            history=progress.is_history(fact),
            sent=self.sent,
        )

    def _place(self, progress: Progress) -> str:
        return ids.prefix(self.mailbox, self.folder, progress.validity)

    # --- Afterwards ---

    def _tidy_earlier(self, session: Session, progress: Progress) -> Progress:
        """What was taken before the line broke, and may not have been marked any more."""
        if self.after is After.NOTHING or progress.tidied >= progress.next_uid:
            return replace(progress, tidied=progress.next_uid)
        uids = [uid for uid in session.uids_from(progress.tidied) if uid < progress.next_uid]
        for some in _by(AT_ONCE, uids):
            facts = self._facts(session, some)
            if not self._tidy(session, [f.uid for f in facts if not progress.is_history(f)]):
                return progress
        return replace(progress, tidied=progress.next_uid)

    def _tidy(self, session: Session, uids: Sequence[int]) -> bool:
        """Whether it could be done; that it could not must not keep mail from being taken."""
        try:
            session.tidy(uids, self.after, self.after_name)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            _LOG.error("%s: messages were taken but not tidied away: %s", self.name, error)
            self._care.untidied = str(error)
            return False
        if uids:
            self._care.untidied = ""
        return True


def _by(count: int, uids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(uids), count):
        yield uids[start : start + count]
