"""What is handed to the daemon: one arrival for each account that a message came for."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime

from aiosmtpd.smtp import Envelope as Mail

from channels.mail.addresses import accounts_of
from rules.model import Account, Arrival, Channel, Envelope, Peer


def arrivals_of(
    mail: Mail, accounts: Mapping[str, Account], received_at: datetime, peer: Peer
) -> list[Arrival]:
    """What was sent with this envelope, as it came."""
    content = mail.original_content or b""
    recipients: dict[str, list[str]] = {}
    for recipient in mail.rcpt_tos:
        account = accounts_of(recipient, accounts)
        if account is not None:
            recipients.setdefault(account.name, []).append(recipient)
    return [
        Arrival(
            Envelope(
                channel=Channel.EMAIL,
                account=account,
                external_id=_identity(content, addresses, received_at.date()),
                sender=(mail.mail_from or "").removeprefix("<").removesuffix(">"),
                recipients=tuple(addresses),
                received_at=received_at,
                peer=peer,
            ),
            content,
        )
        for account, addresses in recipients.items()
    ]


def _identity(content: bytes, recipients: list[str], day: date) -> str:
    """The same when a peer that missed our 250 comes again; another for another address of ours.

    And for another day: the same words a week later are another message.
    """
    digest = hashlib.sha256(content)
    digest.update(day.isoformat().encode())
    for address in sorted(recipients):
        digest.update(f"\0{address.lower()}".encode())
    return digest.hexdigest()
