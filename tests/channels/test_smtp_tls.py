import asyncio
import base64
import os
import ssl
from pathlib import Path
from typing import Any

import pytest

from channels.smtp import Certificate, Limits, hash_password, is_password_hash
from tests.channels.inbound_contract import Inbox
from tests.channels.smtp_client import (
    LETTER,
    Client,
    any_server,
    certificate_in,
    make_certificate,
    serving,
    start_tls,
    story,
    talking,
)

PASSWORD = hash_password("cheese & ćevapi")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate_in(tmp_path_factory.mktemp("tls"))


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_starttls_is_offered_and_the_arrival_says_that_it_was_used(
    certificate: Certificate,
) -> None:
    async def told(client: Client) -> list[str]:
        before = await client.say("EHLO customer.example")
        await start_tls(client)
        after, *_ = await client.open_letter("support@desk.example")
        return [before, after, await client.hand_over(LETTER)]

    inbox = Inbox()
    before, after, taken = story(told, inbox, certificate=certificate)
    assert "STARTTLS" in before
    assert "STARTTLS" not in after
    assert "AUTH" not in before + after
    assert taken.startswith("250")
    assert inbox.stored[0].envelope.peer.tls


def test_tls_forgets_what_was_said_before_it_and_comes_once(certificate: Certificate) -> None:
    async def told(client: Client) -> list[str]:
        await client.open_letter("support@desk.example")
        await start_tls(client)
        return [
            await client.say("DATA"),
            await client.say("MAIL FROM:<a@b.example>"),
            *await client.open_letter(),
            await client.say("STARTTLS"),
        ]

    answers = story(told, certificate=certificate)
    assert [answer[:3] for answer in answers] == ["503", "503", "250", "250", "503"]


def test_commands_slipped_in_before_tls_are_never_obeyed(certificate: Certificate) -> None:
    slipped = "STARTTLS\r\nEHLO evil.example\r\nMAIL FROM:<evil@x.example>"

    async def told(client: Client) -> list[str]:
        await client.say("EHLO customer.example")
        return [await client.say(slipped), await client.rest()]

    assert story(told, certificate=certificate) == ["554 5.5.0 Wait for the answer first", ""]


def test_commands_slipped_in_after_the_answer_break_the_handshake(
    certificate: Certificate,
) -> None:
    async def told(client: Client) -> list[str]:
        await client.say("EHLO customer.example")
        await client.say("STARTTLS")
        client.writer.write(b"EHLO evil.example\r\nMAIL FROM:<evil@x.example>\r\n")
        said = await client.reader.read()
        return [str(b"250" in said)]

    assert story(told, certificate=certificate) == ["False"]


def test_a_renewed_certificate_serves_without_a_restart(tmp_path: Path) -> None:
    served = certificate_in(tmp_path)

    async def shown(server: Any) -> bytes:
        async with talking(server) as client:
            await client.say("EHLO customer.example")
            await start_tls(client)
            connection = client.writer.get_extra_info("ssl_object")
            shown: bytes = connection.getpeercert(binary_form=True)
            return shown

    async def told() -> list[bytes]:
        async with serving(Inbox(), certificate=served) as server:
            before = await shown(server)
            make_certificate(tmp_path, "new.desk.example")
            await served.look()
            return [before, await shown(server)]

    before, after = asyncio.run(told())
    assert before != after
    assert b"new.desk.example" in after


@pytest.mark.parametrize(
    "spoil",
    [
        lambda certificate, key: certificate.write_text("no certificate"),
        lambda certificate, key: certificate.unlink(),
        lambda certificate, key: key.write_bytes(certificate.read_bytes()),
    ],
)
def test_a_broken_certificate_is_alarmed_once_and_the_old_one_kept(
    tmp_path: Path, spoil: Any
) -> None:
    alarms: list[str] = []

    async def alarm(what: str, detail: str) -> None:
        alarms.append(f"{what}: {detail}")

    async def told() -> None:
        files = make_certificate(tmp_path)
        served = Certificate(*files, alarm)
        old = served.context
        await served.look()
        assert alarms == []
        spoil(*files)
        await served.look()
        await served.look()
        assert served.context is old
        assert len(alarms) == 1
        make_certificate(tmp_path)
        await served.look()
        assert served.context is not old
        assert len(alarms) == 1

    asyncio.run(told())
    assert alarms[0].startswith(f"certificate not usable: {tmp_path}")


def test_a_key_with_a_password_is_refused_instead_of_asking_for_it(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    locked = tmp_path / "locked.pem"
    command = f"openssl rsa -aes256 -passout pass:x -in {key} -out {locked} 2>/dev/null"
    assert os.system(command) == 0
    with pytest.raises(ssl.SSLError):
        Certificate(certificate, locked, None)  # type: ignore[arg-type]


def logged_in(*lines: str, **settings: Any) -> list[str]:
    """What is answered to these lines over TLS."""

    async def told(client: Client) -> list[str]:
        await client.say("EHLO scanner.example")
        await start_tls(client)
        return [await client.say(line) for line in ("EHLO scanner.example", *lines)]

    return story(told, logins={"scanner": PASSWORD}, **settings)


def test_logging_in_needs_tls(certificate: Certificate) -> None:
    async def told(client: Client) -> list[str]:
        offer = await client.say("EHLO scanner.example")
        return [offer, await client.say("AUTH PLAIN " + encoded("\0scanner\0cheese & ćevapi"))]

    offer, refused = story(told, logins={"scanner": PASSWORD}, certificate=certificate)
    assert "AUTH" not in offer
    assert refused.startswith("538")


@pytest.mark.parametrize(
    "lines",
    [
        ["AUTH PLAIN " + encoded("\0scanner\0cheese & ćevapi")],
        ["AUTH plain " + encoded("scanner\0scanner\0cheese & ćevapi")],
        ["AUTH PLAIN", encoded("\0scanner\0cheese & ćevapi")],
        ["AUTH LOGIN", encoded("scanner"), encoded("cheese & ćevapi")],
        ["AUTH LOGIN " + encoded("scanner"), encoded("cheese & ćevapi")],
    ],
)
def test_who_logs_in_is_named_in_the_arrival_and_is_no_relay_either(
    certificate: Certificate, lines: list[str]
) -> None:
    inbox = Inbox()
    letter = ["MAIL FROM:<a@b.example>", "RCPT TO:<x@else.example>", "RCPT TO:<help@desk.example>"]
    content = LETTER.decode() + "."
    offer, *asked, elsewhere, ours, data, taken = logged_in(
        *lines, *letter, "DATA", content, inbox=inbox, certificate=certificate
    )
    assert "AUTH LOGIN PLAIN" in offer
    assert asked[len(lines) - 1].startswith("235")
    assert [a[:3] for a in (elsewhere, ours, data, taken)] == ["550", "250", "354", "250"]
    assert inbox.stored[0].envelope.peer.login == "scanner"


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["AUTH PLAIN " + encoded("\0scanner\0bread")], "535"),
        (["AUTH PLAIN " + encoded("\0nobody\0")], "535"),
        (["AUTH PLAIN " + encoded("scanner")], "501"),
        (["AUTH PLAIN %%%"], "501"),
        (["AUTH PLAIN", "*"], "501"),
        (["AUTH LOGIN", "="], "501"),
        (["AUTH CRAM-MD5"], "504"),
        (["AUTH"], "501"),
    ],
)
def test_who_does_not_know_the_password_is_nobody(
    certificate: Certificate, lines: list[str], code: str
) -> None:
    assert logged_in(*lines, certificate=certificate)[-1][:3] == code


def test_passwords_are_not_guessed_for_long(certificate: Certificate) -> None:
    guess = "AUTH PLAIN " + encoded("\0scanner\0guess")
    answers = logged_in(guess, guess, guess, certificate=certificate)
    assert [answer[:3] for answer in answers[1:]] == ["535", "535", "421"]
    limits = Limits(logins_per_minute=0)
    assert logged_in(guess, certificate=certificate, limits=limits)[-1].startswith("454")


def test_a_hash_is_salted_and_known_as_one() -> None:
    again = hash_password("cheese & ćevapi")
    assert again != PASSWORD
    assert is_password_hash(again)
    assert not is_password_hash("cheese & ćevapi")


def test_a_handshake_that_never_comes_holds_nobody_up(certificate: Certificate) -> None:
    async def told() -> str:
        async with (
            serving(Inbox(), certificate=certificate) as server,
            talking(server) as silent,
            talking(server) as other,
        ):
            await silent.say("EHLO silent.example")
            await silent.say("STARTTLS")
            await other.say("EHLO customer.example")
            await other.say("STARTTLS")
            await other.writer.start_tls(any_server())
            await other.open_letter("support@desk.example")
            return await other.hand_over(LETTER)

    assert asyncio.run(told()).startswith("250")
