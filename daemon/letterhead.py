"""What every notice has in common: under which address and ids it goes out, and for how long."""

from datetime import datetime, timedelta
from pathlib import Path

from channels.mail.addresses import message_id, reply_address
from rules.model import (
    Account,
    Attachment,
    Notice,
    NoticeKind,
    Person,
    Playbook,
    ReplyPurpose,
    Request,
    Way,
)
from rules.places import is_place

USEFUL = {
    NoticeKind.RECEIPT: timedelta(days=1),
    NoticeKind.PING: timedelta(days=7),
    NoticeKind.ANSWER: timedelta(days=2),
    NoticeKind.OFFER: timedelta(days=2),
    NoticeKind.LINK: timedelta(days=2),
    NoticeKind.MARK: timedelta(days=1),
    NoticeKind.COPY: timedelta(days=2),
    NoticeKind.ALARM: timedelta(days=1),
    NoticeKind.DIGEST: timedelta(days=1),
    NoticeKind.CARD: timedelta(days=30),
    NoticeKind.LOG: timedelta(days=1),
}
"""How long a notice is tried; whether it still matters is asked before each try."""


class Letterhead:
    """The house's addresses; `key` signs them."""

    def __init__(
        self,
        playbook: Playbook,
        key: bytes,
        templates: Path | None = None,
        public_url: str | None = None,
    ) -> None:
        """`key` is the installation's own secret; `templates` an operator's folder of letters.

        Without `public_url` pings have no link to a page of ours.
        """
        self._public_url = public_url
        self._playbook = playbook
        self._key = key
        self._templates = templates

    def _reply_address(self, request: Request, purpose: ReplyPurpose) -> str:
        account = self._account(request)
        return reply_address(account.address, purpose, request.id, self._key)

    def _account(self, request: Request | None) -> Account:
        """The one the customer wrote to, as long as it is configured."""
        accounts = self._playbook.accounts
        name = request.account if request else ""
        return accounts.get(name) or next(iter(accounts.values()))

    def _mail(
        self,
        id: str,
        kind: NoticeKind,
        request: Request | None,
        way: Way,
        subject: str,
        text: str,
        now: datetime,
        reply_to: str = "",
        references: tuple[str, ...] = (),
        attachments: tuple[Attachment, ...] = (),
        person: str = "",
        priority_at: datetime | None = None,
    ) -> Notice:
        account = self._account(request)
        domain = account.address.rpartition("@")[2]
        return Notice(
            id=id,
            kind=kind,
            way=way,
            subject=subject,
            text=text,
            priority_at=priority_at or (request and request.first_response_due_at) or now,
            useful_until=now + USEFUL[kind],
            request_id=request.id if request else None,
            sender_address=account.address,
            sender_name=account.display_name,
            reply_to=reply_to,
            message_id=message_id(id, domain, self._key),
            references=tuple(dict.fromkeys(r for r in references if r and not is_place(r))),
            attachments=attachments,
            person=person,
        )


def mail_way(person: Person) -> Way:
    """By mail, where a reply is possible; else by the first way there is."""
    return next((way for way in person.ways if way.kind == "mail"), person.ways[0])
