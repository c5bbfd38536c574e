"""One user's mailbox on a real server."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from channels.imap import Login, MailboxFolder, Security
from rules.model import Account
from tests.channels.mailbox_desk import Desk, follow
from tests.cyrus import Cyrus
from tests.dovecot import PASSWORD, Dovecot

NOW = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - Dovecot's clock is the machine's
LONG_AGO = NOW - timedelta(days=400)
SUPPORT = Account("support", "Support", "support@desk.example", frozenset({"help@desk.example"}))
KEYWORD = "$Supportd"
_users = count(1)


def letter(subject: str, *headers: str) -> bytes:
    lines = ["From: Ana <ana@customer.example>", *headers, f"Subject: {subject}", "", "Help."]
    return "".join(f"{line}\r\n" for line in lines).encode()


class Box:
    """One user's mailbox, and how it is followed."""

    def __init__(self, server: Dovecot | Cyrus) -> None:
        self.server = server
        self.user = f"user{next(_users)}"
        self.desk = Desk()
        server.maildir(self.user)

    def folder(self, **changed: Any) -> MailboxFolder:
        usual = {
            "mailbox": "box",
            "folder": "INBOX",
            "login": Login("127.0.0.1", self.server.port, Security.NONE, self.user, PASSWORD),
            "account": SUPPORT,
            "clock": lambda: NOW,
            "poll": 30.0,
        }
        return MailboxFolder(**(usual | changed))

    def deliver(self, content: bytes, at: datetime | None = None) -> bool:
        return self.server.deliver(self.user, content, at)

    def follow(self, until: Callable[[], bool], desk: Desk | None = None, **changed: Any) -> None:
        follow(desk or self.desk, self.folder(**changed), until=until)

    def look_first(self, **changed: Any) -> None:
        """The first connection: what lies there is history."""
        with self.client() as client:
            there = client.folder_status("INBOX", ["UIDNEXT"])[b"UIDNEXT"]
        first = int(there) if there > 1 else 1
        self.follow(lambda: self.desk.next_uid() >= first, **changed)

    def client(self) -> Any:
        client = self.server.client(self.user)
        client.select_folder("INBOX")
        return client

    def flags(self) -> list[set[bytes]]:
        with self.client() as client:
            return [set(f) - {b"\\Recent"} for f in client.get_flags(client.search()).values()]

    def validity(self) -> int:
        with self.client() as client:
            return int(client.folder_status("INBOX", ["UIDVALIDITY"])[b"UIDVALIDITY"])

    def keywords(self) -> int:
        with self.client() as client:
            return len(client.search(["KEYWORD", KEYWORD]))
