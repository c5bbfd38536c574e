"""A look at who wrote a mail, by a real DNS server on loopback."""

from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

from channels.mail.authentication import Authenticator, Dns, Trust
from channels.mail.understand import understand
from rules.model import Account, Arrival, Authentication, Authenticity, Channel, Envelope, Peer
from tests.dns_server import DnsServer
from tests.signing import the_key

PASS, UNPROVEN, FAIL = Authenticity.PASS, Authenticity.UNPROVEN, Authenticity.FAIL
NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
ACCOUNT = Account("support", "Support", "support@b2bee.example")
MX = Peer("192.0.2.25", "mx.firm.example")
STRANGER = Peer("203.0.113.66", "bot.evil.example")
BOX = Peer(mailbox="box")
LETTER = (
    b"From: Maria <maria@firm.example>\r\nTo: support@b2bee.example\r\nSubject: Orders\r\n"
    b"Date: Wed, 4 Mar 2026 10:00:00 +0100\r\nMessage-ID: <1@firm.example>\r\n\r\nThey fail.\r\n"
)
TRUST = Trust(
    networks=(ip_network("127.0.0.0/8"), ip_network("::1/128")),
    authserv_id="mx.b2bee.example",
    mailboxes={"box": "mx.provider.example", "plain": ""},
    sealers=frozenset({"lists.example"}),
)


def look(
    zone: DnsServer,
    content: bytes = LETTER,
    peer: Peer = STRANGER,
    sender: str = "maria@firm.example",
    seconds: float = 5.0,
    trust: Trust = TRUST,
) -> Authentication:
    envelope = Envelope(Channel.EMAIL, "support", "x", sender, (ACCOUNT.address,), NOW, peer)
    arrival = Arrival(envelope, content)
    message = understand(arrival, {"support": ACCOUNT}, b"key")
    resolver = Dns([("127.0.0.1", zone.port)])
    return Authenticator(resolver, trust).verdict(arrival, message, seconds)


def signed(mail: bytes = LETTER, domain: str = "firm.example", **more: Any) -> bytes:
    return the_key().sign(mail, domain, **more)


def results(*values: bytes, by: bytes = b"mx.provider.example") -> bytes:
    return b"".join(b"Authentication-Results: %b; %b\r\n" % (by, value) for value in values)
