import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.base import CannotTell, DeliveryError, Failure, Sent
from channels.submission import Relay, Security
from rules.model import Notice, NoticeKind, Way

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NOTICE = Notice(
    id="answer-1",
    kind=NoticeKind.ANSWER,
    way=Way("mail", "ana@customer.example"),
    subject="Re: Help",
    text="Dobar dan,\n.\nžao nam je.\n",
    priority_at=NOW,
    useful_until=NOW + timedelta(days=1),
    sender_address="support@desk.example",
    message_id="answer-1@desk.example",
)


@dataclass
class Peer:
    """A relay that answers as the test says."""

    sender: str = "250 OK"
    recipient: str = "250 OK"
    data: str = "250 2.0.0 Ok: queued as 4711"
    hangs_up: bool = False
    taken: list[tuple[str, list[str], bytes]] = field(default_factory=list)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.sender

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.recipient

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.taken.append(
            (envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content or b"")
        )
        if self.hangs_up:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return self.data


@asynccontextmanager
async def relay_to(peer: Peer) -> AsyncIterator[Relay]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(peer, hostname="relay.example", loop=loop), "127.0.0.1", 0
    )
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield Relay("127.0.0.1", port, lambda: NOW, Security.NONE)


def send(peer: Peer, notice: Notice = NOTICE) -> Sent:
    async def story() -> Sent:
        async with relay_to(peer) as relay:
            return await relay.send(notice)

    return asyncio.run(story())


def failure(peer: Peer, notice: Notice = NOTICE) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        send(peer, notice)
    return caught.value


def test_what_the_relay_took_is_sent_under_its_queue_id() -> None:
    peer = Peer()
    assert send(peer) == Sent("2.0.0 Ok: queued as 4711")
    ((sender, recipients, content),) = peer.taken
    assert (sender, recipients) == ("support@desk.example", ["ana@customer.example"])
    mail = message_from_bytes(content, policy=default)
    assert mail["Message-ID"] == "<answer-1@desk.example>"
    assert mail.get_content().replace("\r\n", "\n") == NOTICE.text


def test_a_receipt_goes_out_with_the_null_sender() -> None:
    peer = Peer()
    send(peer, replace(NOTICE, kind=NoticeKind.RECEIPT))
    assert peer.taken[0][0] == "<>"


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        (Peer(sender="451 4.3.0 later"), Failure.TEMPORARY),
        (Peer(sender="550 5.7.1 no"), Failure.PERMANENT),
        (Peer(recipient="450 4.2.0 greylisted"), Failure.TEMPORARY),
        (Peer(recipient="550 5.1.1 unknown"), Failure.PERMANENT),
        (Peer(data="452 4.3.1 full"), Failure.TEMPORARY),
        (Peer(data="554 5.6.0 no"), Failure.PERMANENT),
        (Peer(hangs_up=True), Failure.UNKNOWN),
    ],
    ids=str,
)
def test_the_relays_answer_says_whether_trying_again_helps(peer: Peer, expected: Failure) -> None:
    error = failure(peer)
    assert error.failure is expected
    assert "žao" not in error.reason


def test_a_relay_that_is_not_there_is_a_temporary_failure() -> None:
    async def story() -> None:
        async with relay_to(Peer()) as relay:
            pass
        await relay.send(NOTICE)

    with pytest.raises(DeliveryError) as caught:
        asyncio.run(story())
    assert caught.value.failure is Failure.TEMPORARY
    assert "Connect call failed" in caught.value.reason  # not the library's kind of error alone


def test_a_relay_without_the_required_protection_gets_no_mail() -> None:
    peer = Peer()

    async def story() -> None:
        async with relay_to(peer) as relay:
            relay.security = Security.STARTTLS
            await relay.send(NOTICE)

    with pytest.raises(DeliveryError) as caught:
        asyncio.run(story())
    assert caught.value.failure is Failure.TEMPORARY
    assert "STARTTLS" in caught.value.reason
    assert peer.taken == []


def test_a_login_the_relay_refuses_is_temporary_and_the_password_stays_secret() -> None:
    async def story() -> None:
        async with relay_to(Peer()) as relay:
            relay.username, relay.password = "desk", "s3cret"
            await relay.send(NOTICE)

    with pytest.raises(DeliveryError) as caught:
        asyncio.run(story())
    assert caught.value.failure is Failure.TEMPORARY
    assert "s3cret" not in caught.value.reason


def test_an_address_that_is_none_fails_for_good() -> None:
    assert failure(Peer(), replace(NOTICE, way=Way("mail", "nobody"))).failure is Failure.PERMANENT


def test_a_relay_cannot_be_asked_what_it_took() -> None:
    relay = Relay("127.0.0.1", 9, lambda: NOW)
    assert asyncio.run(relay.find(NOTICE)) == CannotTell()
