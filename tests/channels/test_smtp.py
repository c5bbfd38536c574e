import asyncio
from collections.abc import Sequence

import pytest

from channels.smtp import Limits, SmtpServer
from tests.channels.inbound_contract import InboundContract, Inbox
from tests.channels.smtp_client import (
    ACCOUNTS,
    LETTER,
    NOW,
    Client,
    NoMemory,
    hand_in,
    serving,
    talking,
)


class TestSmtpKeepsTheContract(InboundContract):
    def hand_over_all(self, inbox: Inbox, contents: Sequence[bytes]) -> list[bool]:
        async def story() -> list[bool]:
            taken = []
            async with serving(inbox) as server:
                for content in contents:
                    async with talking(server) as client:
                        await client.open_letter("support@desk.example")
                        taken.append((await client.hand_over(content)).startswith("250"))
            return taken

        return asyncio.run(story())


def test_an_arrival_carries_what_the_transport_knows() -> None:
    inbox = Inbox()
    asyncio.run(hand_in(inbox, LETTER))
    (arrival,) = inbox.stored
    envelope = arrival.envelope
    assert arrival.content == LETTER
    assert (envelope.account, envelope.sender) == ("support", "ana@customer.example")
    assert envelope.recipients == ("support@desk.example",)
    assert envelope.received_at == NOW
    assert (envelope.peer.address, envelope.peer.helo) == ("127.0.0.1", "customer.example")
    assert not envelope.peer.tls


def test_a_mail_for_two_accounts_arrives_once_for_each() -> None:
    inbox = Inbox()
    recipients = ("support@desk.example", "SALES@desk.example", "help+tag@desk.example")
    assert asyncio.run(hand_in(inbox, LETTER, recipients)).startswith("250")
    assert {a.envelope.account: a.envelope.recipients for a in inbox.stored} == {
        "support": ("support@desk.example", "help+tag@desk.example"),
        "sales": ("SALES@desk.example",),
    }


def test_the_null_sender_is_an_empty_sender() -> None:
    async def story(inbox: Inbox) -> None:
        async with serving(inbox) as server, talking(server) as client:
            await client.open_letter("support@desk.example", sender="")
            await client.hand_over(LETTER)

    inbox = Inbox()
    asyncio.run(story(inbox))
    assert inbox.stored[0].envelope.sender == ""


@pytest.mark.parametrize(
    "stranger",
    ["nobody@desk.example", "support@elsewhere.example", "ana%elsewhere.example@desk.example"],
)
def test_it_is_no_relay(stranger: str) -> None:
    async def story() -> list[str]:
        async with serving(Inbox()) as server, talking(server) as client:
            return [*await client.open_letter(stranger), await client.say("DATA")]

    *_, refused, data = asyncio.run(story())
    assert refused.startswith("550 5.1.1")
    assert data.startswith("503")


def test_what_is_declared_too_large_is_refused_before_it_is_sent() -> None:
    async def story() -> tuple[str, str]:
        async with serving(Inbox(), max_size=1000) as server, talking(server) as client:
            offer = await client.say("EHLO customer.example")
            return offer, await client.say("MAIL FROM:<ana@customer.example> SIZE=1001")

    offer, answer = asyncio.run(story())
    assert "SIZE 1000" in offer
    assert answer.startswith("552")


def test_what_is_too_large_is_refused_and_the_next_is_taken() -> None:
    async def story(inbox: Inbox) -> tuple[str, str]:
        async with serving(inbox, max_size=1000) as server, talking(server) as client:
            await client.open_letter("support@desk.example")
            large = await client.hand_over(
                LETTER + b"x" * 80 + b"\r\n" + (b"y" * 70 + b"\r\n") * 20
            )
            await client.open_letter("support@desk.example")
            return large, await client.hand_over(LETTER)

    inbox = Inbox()
    large, small = asyncio.run(story(inbox))
    assert large.startswith("552")
    assert small.startswith("250")
    assert [a.content for a in inbox.stored] == [LETTER]


def test_the_hundred_and_first_recipient_is_put_off() -> None:
    async def story() -> list[str]:
        async with serving(Inbox()) as server, talking(server) as client:
            return await client.open_letter(*[f"support+{n}@desk.example" for n in range(101)])

    answers = asyncio.run(story())
    assert answers[-2].startswith("250")
    assert answers[-1].startswith("452 4.5.3")


def test_a_connection_too_many_is_told_to_come_again() -> None:
    async def story() -> str:
        async with serving(Inbox(), limits=Limits(connections=1)) as server, talking(server):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            answer = await Client(reader, writer).answer()
            writer.close()
            return answer

    assert asyncio.run(story()).startswith("421")


def test_a_reason_why_storing_failed_is_not_shown_to_the_sender() -> None:
    inbox = Inbox(failures=1)
    answer = asyncio.run(hand_in(inbox, LETTER))
    assert answer == "451 4.3.0 Not taken, please try again later"
    assert inbox.stored == []


def test_addresses_that_are_no_text_are_refused_and_the_session_goes_on() -> None:
    async def story() -> tuple[str, str, str]:
        async with serving(Inbox()) as server, talking(server) as client:
            await client.say("EHLO customer.example")
            broken = await client.say(b"MAIL FROM:<\xff\xfe@customer.example>")
            vrfy = await client.say(b"VRFY \xff")
            good = await client.say("MAIL FROM:<žana@customer.example> SMTPUTF8")
            return broken, vrfy, good

    broken, vrfy, good = asyncio.run(story())
    assert broken.startswith("553")
    assert vrfy[0] in "245"
    assert good.startswith("250")


def test_lines_longer_than_the_rfc_allows_are_taken() -> None:
    letter = LETTER + b"z" * 200_000 + b"\r\n"
    inbox = Inbox()
    assert asyncio.run(hand_in(inbox, letter)).startswith("250")
    assert inbox.stored[0].content == letter


def test_commands_may_come_in_one_go() -> None:
    async def story(inbox: Inbox) -> list[str]:
        async with serving(inbox) as server, talking(server) as client:
            assert "PIPELINING" in await client.say("EHLO customer.example")
            client.writer.write(
                b"MAIL FROM:<a@b.example>\r\nRCPT TO:<support@desk.example>\r\nDATA\r\n"
            )
            answers = [await client.answer() for _ in range(3)]
            client.writer.write(LETTER + b".\r\nMAIL FROM:<c@d.example>\r\n")
            return answers + [await client.answer() for _ in range(2)]

    inbox = Inbox()
    assert [a[:3] for a in asyncio.run(story(inbox))] == ["250", "250", "354", "250", "250"]
    assert len(inbox.stored) == 1


def test_what_is_in_hand_is_finished_when_it_stops() -> None:
    async def story(inbox: Inbox) -> tuple[str, str]:
        server = SmtpServer(
            "127.0.0.1", 0, hostname="mx.desk.example", accounts=ACCOUNTS, clock=lambda: NOW
        )
        running = asyncio.create_task(server.run(inbox.receive, NoMemory()))
        while not server.is_ready():
            await asyncio.sleep(0)
        async with talking(server) as idle, talking(server) as client:
            await client.open_letter("support@desk.example")
            assert (await client.say("DATA")).startswith("354")
            running.cancel()
            farewell = await idle.answer()
            client.writer.write(LETTER + b".\r\n")
            answer = await client.answer()
            await asyncio.gather(running, return_exceptions=True)
            return farewell, answer

    inbox = Inbox()
    farewell, answer = asyncio.run(story(inbox))
    assert farewell.startswith("421")
    assert answer.startswith("250")
    assert [a.content for a in inbox.stored] == [LETTER]


def test_a_sender_that_hangs_up_before_the_answer_does_not_undo_storing() -> None:
    async def story(inbox: Inbox) -> None:
        gate = inbox.gate = asyncio.Event()
        async with serving(inbox) as server:
            async with talking(server) as client:
                await client.open_letter("support@desk.example")
                await client.say("DATA")
                client.writer.write(LETTER + b".\r\n")
                await inbox.asked.wait()
            gate.set()
        assert len(inbox.stored) == 1

    asyncio.run(story(Inbox()))
