"""LMTP and the PROXY protocol: what our own relays and proxies say to us."""

import asyncio
import stat
from ipaddress import ip_network
from pathlib import Path

import pytest

from channels.smtp import Limits
from tests.channels.inbound_contract import Inbox
from tests.channels.smtp_client import LETTER, Client, connected, serving, talking

PROXIES = (ip_network("127.0.0.1/32"),)
V2 = b"\r\n\r\n\0\r\nQUIT\n"


def tlv(version: int, family: int, rest: bytes) -> bytes:
    return V2 + bytes([version, family]) + len(rest).to_bytes(2, "big") + rest


V4 = bytes([192, 0, 2, 7, 198, 51, 100, 1]) + b"\x12\x34\0\x19"
V6 = bytes.fromhex("20010db8000100020003000000000004" + "20010db8" + "00" * 12) + b"\x12\x34\0\x19"
TLV = b"\x04\0\x05abcde"


@pytest.mark.parametrize(
    ("header", "address"),
    [
        (b"PROXY TCP4 192.0.2.7 198.51.100.1 4660 25\r\n", "192.0.2.7"),
        (b"PROXY TCP6 2001:db8:1:2:3::4 2001:db8::1 4660 25\r\n", "2001:db8:1:2:3::4"),
        (b"PROXY UNKNOWN\r\n", ""),
        (b"PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", ""),
        (tlv(0x21, 0x11, V4), "192.0.2.7"),
        (tlv(0x21, 0x11, V4 + TLV), "192.0.2.7"),
        (tlv(0x21, 0x21, V6), "2001:db8:1:2:3::4"),
        (tlv(0x20, 0x00, b""), "127.0.0.1"),
        (tlv(0x20, 0x11, V4), "127.0.0.1"),
        (tlv(0x21, 0x31, bytes(216)), ""),
    ],
)
def test_a_trusted_proxy_says_whom_it_speaks_for(header: bytes, address: str) -> None:
    async def told(inbox: Inbox) -> None:
        async with serving(inbox, proxies=PROXIES) as server, connected(server) as client:
            client.writer.write(header)
            assert (await client.answer()).startswith("220")
            await client.open_letter("support@desk.example")
            assert (await client.hand_over(LETTER)).startswith("250")

    inbox = Inbox()
    asyncio.run(told(inbox))
    assert inbox.stored[0].envelope.peer.address == address


@pytest.mark.parametrize(
    "header",
    [
        b"EHLO customer.example\r\n",
        b"PROXY TCP4 192.0.2.999 198.51.100.1 4660 25\r\n",
        b"PROXY TCP4 192.0.2.7 198.51.100.1 4660 25\n",
        b"PROXY TCP4 192.0.2.7 198.51.100.1 4660 25 more\r\n",
        b"PROXY " + b"x" * 200,
        tlv(0x31, 0x11, V4),
        tlv(0x21, 0x11, V4[:9]),
        b"\r\n\r\n\0\r\nQUIT\r",
    ],
)
def test_a_trusted_proxy_that_says_anything_else_hears_nothing(header: bytes) -> None:
    async def told() -> str:
        async with serving(Inbox(), proxies=PROXIES) as server, connected(server) as client:
            client.writer.write(header + b"\r\n\r\n\r\n\r\n")
            return await client.answer()

    assert asyncio.run(told()) == ""


def test_a_proxy_header_of_anybody_else_is_no_command() -> None:
    async def told(inbox: Inbox) -> list[str]:
        async with serving(inbox) as server, talking(server) as client:
            refused = await client.say("PROXY TCP4 192.0.2.7 198.51.100.1 4660 25")
            await client.open_letter("support@desk.example")
            return [refused, await client.hand_over(LETTER)]

    inbox = Inbox()
    assert [answer[:3] for answer in asyncio.run(told(inbox))] == ["500", "250"]
    assert inbox.stored[0].envelope.peer.address == "127.0.0.1"


def test_limits_are_those_of_who_is_behind_the_proxy() -> None:
    async def told() -> list[str]:
        answers = []
        limits = Limits(connections_per_minute=1)
        async with serving(Inbox(), proxies=PROXIES, limits=limits) as server:
            for last in (7, 8, 7):
                async with connected(server) as client:
                    header = f"PROXY TCP4 192.0.2.{last} 198.51.100.1 4660 25\r\n"
                    client.writer.write(header.encode())
                    answers.append((await client.answer())[:3])
        return answers

    assert asyncio.run(told()) == ["220", "220", "421"]


async def two_of_three(client: Client) -> list[str]:
    recipients = ("support@desk.example", "nobody@desk.example", "sales@desk.example")
    answers = await client.open_letter(*recipients, greeting="LHLO")
    answers.append(await client.hand_over(LETTER))
    return [*answers, await client.answer()]


def test_lmtp_answers_once_for_each_recipient_on_a_socket(tmp_path: Path) -> None:
    path = tmp_path / "lmtp.sock"

    async def told(inbox: Inbox) -> list[str]:
        async with serving(inbox, lmtp=True, socket=path) as server, talking(server) as client:
            assert stat.S_IMODE(path.stat().st_mode) == 0o660
            assert server.name == "lmtp"
            return [*await two_of_three(client), await client.say("EHLO customer.example")]

    inbox = Inbox()
    codes = [answer[:3] for answer in asyncio.run(told(inbox))]
    assert codes == ["250", "250", "250", "550", "250", "250", "250", "500"]
    assert {arrival.envelope.account for arrival in inbox.stored} == {"support", "sales"}
    assert not path.exists()


def test_lmtp_answers_for_each_recipient_when_storing_fails() -> None:
    async def told() -> list[str]:
        async with serving(Inbox(failures=1), lmtp=True) as server, talking(server) as client:
            return (await two_of_three(client))[-2:]

    assert [answer[:3] for answer in asyncio.run(told())] == ["451", "451"]
