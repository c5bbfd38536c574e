"""Files, log and push: the ways out without a server of ours to test against."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from channels.base import Absent, CannotTell, DeliveryError, Failure, Sent
from channels.files import MailFiles
from channels.log import LogWay
from channels.push import Push, is_valid_url
from rules.model import Notice, NoticeKind, Way

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NOTICE = Notice(
    id="ping-1",
    kind=NoticeKind.PING,
    way=Way("mail", "iva@desk.example"),
    subject="Due soon",
    text="Look.",
    priority_at=NOW,
    useful_until=NOW + timedelta(days=1),
    sender_address="support@desk.example",
    message_id="ping-1@desk.example",
)


def test_a_file_is_there_once_it_was_sent_and_is_found_again(tmp_path: Path) -> None:
    out = MailFiles(tmp_path / "out", lambda: NOW)

    async def story() -> tuple[object, Sent, object]:
        return await out.find(NOTICE), await out.send(NOTICE), await out.find(NOTICE)

    before, sent, after = asyncio.run(story())
    assert before == Absent()
    assert sent == after == Sent("ping-1.eml")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["ping-1.eml"]
    assert b"To: iva@desk.example" in (tmp_path / "out" / "ping-1.eml").read_bytes()


@pytest.mark.parametrize(
    "notice_id", ["../up", "/etc/passwd", "..", ".hidden", "a/b", "x" * 300, "č\x00", "ping 1", ""]
)
def test_no_notice_id_leads_out_of_the_directory(tmp_path: Path, notice_id: str) -> None:
    out = MailFiles(tmp_path / "out", lambda: NOW)
    notice = replace(NOTICE, id=notice_id)
    asyncio.run(out.send(notice))
    (written,) = (tmp_path / "out").iterdir()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert asyncio.run(out.find(notice)) == Sent(written.name)


def test_ids_that_look_alike_are_different_files(tmp_path: Path) -> None:
    out = MailFiles(tmp_path, lambda: NOW)
    for notice_id in ("a/b", "a:b", "a-b"):
        asyncio.run(out.send(replace(NOTICE, id=notice_id)))
    assert len(list(tmp_path.iterdir())) == 3


def test_a_directory_that_cannot_be_written_is_a_temporary_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DeliveryError) as caught:
        asyncio.run(MailFiles(tmp_path / "file", lambda: NOW).send(NOTICE))
    assert caught.value.failure is Failure.TEMPORARY


def test_a_notice_for_the_log_is_written_at_once() -> None:
    written: list[Notice] = []
    way = LogWay(written.append)
    assert asyncio.run(way.send(NOTICE)) == Sent("")
    assert written == [NOTICE]
    assert asyncio.run(way.find(NOTICE)) == CannotTell()


@pytest.mark.parametrize(
    ("url", "valid"),
    [
        ("json://127.0.0.1:9/hook", True),
        ("ntfys://ntfy.example/topic", True),
        ("nosuchservice://secret", False),
        ("not a url", False),
        ("", False),
    ],
)
def test_apprise_is_asked_whether_it_knows_a_url(url: str, valid: bool) -> None:
    assert is_valid_url(url) is valid


def pushed_to(url: str) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        asyncio.run(Push().send(replace(NOTICE, way=Way("apprise", url))))
    return caught.value


def test_a_url_that_is_none_is_a_permanent_failure_and_stays_secret() -> None:
    error = pushed_to("nosuchservice://s3cret")
    assert error.failure is Failure.PERMANENT
    assert "s3cret" not in error.reason


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


async def web_server(answer: bytes) -> tuple[asyncio.Server, int, list[bytes]]:
    """Answers every request the same, and keeps what it was asked."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        asked.append(await reader.readexactly(length))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1], asked


async def push_through(answer: bytes, notice: Notice) -> tuple[Sent | DeliveryError, bytes]:
    server, port, asked = await web_server(answer)
    async with server:
        way = Way("apprise", f"json://user:s3cret@127.0.0.1:{port}/hook")
        try:
            return await Push().send(replace(notice, way=way)), asked[0]
        except DeliveryError as error:
            return error, asked[0]


def test_a_push_is_plain_text_that_calls_nobody_else() -> None:
    notice = replace(NOTICE, subject="@everyone <b>", text="<!channel> \\n *look*")
    result, body = asyncio.run(
        push_through(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", notice)
    )
    assert result == Sent("")
    assert b"@everyone" not in body
    assert b"<!channel>" not in body
    assert rb"\\n *look*" in body


def test_a_push_the_service_refuses_is_a_temporary_failure_and_the_url_stays_secret() -> None:
    answer = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
    result, _ = asyncio.run(push_through(answer, NOTICE))
    assert isinstance(result, DeliveryError)
    assert result.failure is Failure.TEMPORARY
    assert "s3cret" not in result.reason
