"""Every uid that a server has shown is in the inbox: what is not is found, and taken."""

import re
from datetime import timedelta

from channels.imap import Login, Security, ids
from channels.imap.audit import Audit, audit
from channels.imap.session import Session
from tests.channels.mailbox_desk import Desk, follow
from tests.channels.scripted_imap import scripted
from tests.channels.test_imap_odd_servers import LETTER, NOW, OddServer, folder


class Ledger(Desk):
    """Knows the ids of what it stored, as the inbox does."""

    def __init__(self) -> None:
        super().__init__()
        self.compared = 0

    def ids(self, prefix: str) -> list[str]:
        self.compared += 1
        found = [a.envelope.external_id for a in self.stored]
        return [id for id in found if id.startswith(prefix)]


def test_a_message_that_the_server_shows_late_is_taken_at_the_next_connection() -> None:
    server = OddServer({3: LETTER % 3, 9: LETTER % 9})
    desk = Ledger()
    with scripted(server) as listening:
        follow(desk, folder(listening, ledger=desk.ids), until=lambda: len(desk.stored) == 2)
        server.letters = {uid: LETTER % uid for uid in (3, 5, 9)}
        follow(desk, folder(listening, ledger=desk.ids), until=lambda: len(desk.stored) == 3)
        assert desk.stored[-1].content == LETTER % 5
        assert desk.next_uid() == 10
        follow(desk, folder(listening, ledger=desk.ids), until=lambda: desk.compared == 3)
    assert len(desk.stored) == 3


def test_what_the_server_says_is_unchanged_is_not_compared_again() -> None:
    server = OddServer({3: LETTER % 3})
    changes = 7

    def odd(command: bytes) -> bytes | None:
        if not command.startswith((b"SELECT", b"EXAMINE")):
            return None
        opened = server._told(command)
        return opened + b"* OK [HIGHESTMODSEQ %d] x\r\n" % changes

    server.odd = odd
    desk = Ledger()
    with scripted(server) as listening:
        followed = folder(listening, ledger=desk.ids, look_every=0.01)
        looks = 0

        def compared(times: int) -> bool:
            nonlocal looks
            looks += 1
            followed._compared_at = None  # an hour has passed
            return desk.compared == times and looks > 300

        follow(desk, followed, until=lambda: compared(1))
        changes = 8
        follow(desk, followed, until=lambda: compared(2))


def test_the_audit_tells_what_the_ledger_lacks() -> None:
    server = OddServer({uid: LETTER % uid for uid in (3, 5, 9)})
    desk = Ledger()
    with scripted(server) as listening:
        follow(desk, folder(listening, ledger=desk.ids), until=lambda: len(desk.stored) == 3)
        server.letters |= {uid: LETTER % uid for uid in (4, 7, 12)}
        del server.letters[5]
        listening.heard.clear()
        found = _audited(listening.port, desk)
        assert (found.on_server, found.in_ledger) == (5, 2)
        assert found.missing == (4, 7, 12)
        assert found.waiting == ()
        commands = [line.split(b" ", 1)[-1] for line in listening.heard]
    assert not any(re.match(rb"SELECT|UID (STORE|MOVE|COPY)|STORE|EXPUNGE", c) for c in commands)


def test_what_has_just_come_waits_and_is_not_missing() -> None:
    server = OddServer({3: LETTER % 3})
    desk = Ledger()
    with scripted(server) as listening:
        follow(desk, folder(listening, ledger=desk.ids), until=lambda: len(desk.stored) == 1)
        server.letters[4] = LETTER % 4
        just = b'"%b"' % f"{NOW:%d-%b-%Y %H:%M:%S +0000}".encode()
        server.odd = lambda command: server.fact(4, just) if b"INTERNALDATE" in command else None
        found = _audited(listening.port, desk)
    assert (found.missing, found.waiting) == ((), (4,))


def _audited(port: int, desk: Ledger) -> Audit:
    login = Login("127.0.0.1", port, Security.NONE, "ana", "x")
    with Session(login, "INBOX", read_only=True) as session:
        return audit(session, "box", "INBOX", desk.ids, NOW + timedelta(seconds=30))


def test_an_id_says_where_a_message_lies_and_no_other_place_is_taken_for_it() -> None:
    place = ids.prefix("box", "INBOX/a", 7)
    assert ids.uids(place, [f"{place}12/1700000000", "imap:box/INBOX/8/3/1"]) == {12}
