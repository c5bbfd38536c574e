"""The page on which anybody can write, as a browser without JavaScript meets it."""

import asyncio
import re
import tomllib
from collections.abc import Awaitable, Callable
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any, TypeVar

import pytest

from channels.ticket.content import understand
from channels.ticket.texts import LANGUAGES, language_for
from rules.model import Severity
from tests.channels.inbound_contract import Inbox
from tests.channels.ticket_door import TICKET, Answer, Peer, serving

FIELDS = [
    ("sender_name", "Maria"),
    ("sender_email", "maria@adria.example"),
    ("subject", "Orders fail"),
    ("text", "Nothing works."),
    ("severity_claim", ""),
    ("files", ("", "application/octet-stream", b"")),
    ("website", ""),
    ("page", "p1"),
]


def changed(**values: Any) -> list[tuple[str, Any]]:
    return [(name, values.get(name, value)) for name, value in FIELDS]


T = TypeVar("T")


def visit(story: Callable[[Peer], Awaitable[T]], inbox: Inbox | None = None) -> tuple[T, Inbox]:
    inbox = inbox or Inbox()

    async def main() -> T:
        async with serving(inbox) as (peer, _, _):
            return await story(peer)

    return asyncio.run(main()), inbox


class Page(HTMLParser):
    """What a reader's software sees."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(answer.body.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


def shown(language: str = "") -> tuple[Answer, Page]:
    answer, _ = visit(
        lambda peer: peer.ask("GET", "/ticket", headers={"Accept-Language": language})
    )
    return answer, Page(answer)


def test_every_field_has_a_label_and_the_page_a_language_and_one_heading() -> None:
    answer, page = shown("sl-SI, en;q=0.5")
    assert answer.status == 200
    assert page.all("html") == [{"lang": "sl"}]
    assert answer.headers["content-language"] == "sl"
    asked = [f["id"] for f in page.all("input", "textarea", "select") if f.get("type") != "hidden"]
    assert sorted(map(str, asked)) == sorted(str(label["for"]) for label in page.all("label"))
    assert len(page.all("h1")) == 1
    assert len(page.all("title")) == 1


def test_the_page_needs_no_script_and_nothing_from_elsewhere() -> None:
    answer, page = shown()
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.all("script", "img", "iframe", "style") == []
    assert [link["href"] for link in page.all("link")] == ["/ticket/style.css"]
    assert not any(name.startswith("on") or name == "style" for _, a in page.tags for name in a)
    style, _ = visit(lambda peer: peer.ask("GET", "/ticket/style.css"))
    assert style.headers["content-type"].startswith("text/css")
    assert b"url(" not in style.body


def test_a_ticket_is_stored_then_another_page_says_so() -> None:
    async def story(peer: Peer) -> tuple[Answer, ...]:
        sent = await peer.send_form(changed())
        german = {"Accept-Language": "de"}
        taken = await peer.ask("GET", sent.headers["location"], headers=german)
        return sent, taken, await peer.ask("GET", "/ticket/taken/guess")

    (sent, taken, guessed), inbox = visit(story)
    (arrival,) = inbox.stored
    assert arrival.envelope.peer.login == ""  # nothing proves who it was
    message = understand(arrival)
    assert (message.sender, message.subject) == ("maria@adria.example", "Orders fail")
    assert (message.severity_claim, message.attachments) == (None, ())
    assert sent.status == 303
    assert sent.headers["location"] == f"/ticket/taken/{arrival.envelope.external_id}"
    assert taken.status == 200
    assert "Nummer 1." in Page(taken).words
    assert guessed.status == 404


def test_who_hands_in_too_many_is_told_when_to_come_again_and_others_are_not() -> None:
    async def story(peer: Peer) -> list[Answer]:
        def send(text: str, address: str) -> Awaitable[Answer]:
            return peer.send_form(changed(text=text), **{"X-Forwarded-For": address})

        flood = [await send(str(n), "2001:db8::1") for n in range(10)]
        near = await send("near", "2001:db8::2")
        return [*flood, near, await send("far", "2001:db9::1"), await peer.post(TICKET)]

    answers, inbox = visit(story)
    assert [a.status for a in answers] == [303] * 10 + [429, 303, 201]
    refused = answers[10]
    assert refused.headers["retry-after"] == "60"
    assert "near" in Page(refused).words  # what was written is not lost
    assert len(inbox.stored) == 12


def test_who_sends_slowly_from_the_page_keeps_no_system_waiting() -> None:
    async def story(peer: Peer) -> list[int]:
        async def begin() -> asyncio.StreamWriter:
            _, writer = await asyncio.open_connection("127.0.0.1", peer.port)
            writer.write(b"POST /ticket HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n")
            return writer

        slow = [await begin() for _ in range(4)]
        while (refused := await peer.send_form(changed())).status != 503:
            slow.append(await begin())
        taken = await peer.post(TICKET)
        for writer in slow:
            writer.close()
        return [refused.status, taken.status]

    statuses, _ = visit(story)
    assert statuses == [503, 201]


def test_sent_twice_it_is_taken_once_and_changed_it_is_another() -> None:
    async def story(peer: Peer) -> Answer:
        await peer.send_form(changed())
        await peer.send_form(changed(text="Nothing works at all."))
        await peer.send_form(changed(page="p2"))
        return await peer.send_form(changed())

    answer, inbox = visit(story)
    assert answer.status == 303
    assert len(inbox.stored) == 3


def test_mistakes_are_listed_above_with_links_and_what_was_written_is_kept() -> None:
    hostile = '"><script>alert(1)</script>'
    fields = changed(sender_email="maria", subject="", text=hostile, sender_name=hostile)
    answer, inbox = visit(lambda peer: peer.send_form(fields, **{"Accept-Language": "de"}))
    page = Page(answer)
    assert (answer.status, inbox.stored) == (422, [])
    assert [a["href"] for a in page.all("a")] == ["#subject", "#sender_email"]
    assert page.words.strip().startswith("Fehler")
    wrong = [f for f in page.all("input", "textarea") if f.get("aria-invalid") == "true"]
    assert {str(f["id"]) for f in wrong} == {"subject", "sender_email"}
    ids = {a["id"] for _, a in page.tags if "id" in a}
    assert {f["aria-describedby"] for f in wrong} <= ids
    assert page.all("script") == []
    assert hostile in page.words  # in the text area, as text
    (name,) = [f["value"] for f in page.all("input") if f.get("id") == "sender_name"]
    assert name == hostile
    assert answer.headers["content-security-policy"]


def test_what_a_program_fills_in_is_refused_aloud() -> None:
    answer, inbox = visit(lambda peer: peer.send_form(changed(website="http://buy.example")))
    assert (answer.status, inbox.stored) == (422, [])
    assert "#website" in [a["href"] for a in Page(answer).all("a")]


def test_what_could_not_be_stored_is_to_be_sent_again_and_is_not_lost_from_the_page() -> None:
    answer, inbox = visit(lambda peer: peer.send_form(changed()), Inbox(failures=1))
    assert (answer.status, inbox.stored) == (503, [])
    assert "retry-after" in answer.headers
    assert "Nothing works." in Page(answer).words


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "multipart/form-data; boundary=limit", 422),
        (b"x", "text/plain", 400),
        (b"x", "", 400),
        (b"\xff" * 99, "multipart/form-data; boundary=limit", 400),
    ],
    ids=["empty", "text", "untyped", "noise"],
)
def test_whatever_is_sent_the_answer_is_the_page(body: bytes, kind: str, status: int) -> None:
    answer, inbox = visit(lambda peer: peer.ask("POST", "/ticket", body, {"Content-Type": kind}))
    assert answer.status == status
    assert Page(answer).all("form")
    assert inbox.stored == []


def test_too_large_a_file_is_told_beside_the_field() -> None:
    large = ("a.bin", "application/zip", b"x" * 10_000_001)
    answer, _ = visit(lambda peer: peer.send_form(changed(files=large)))
    assert answer.status == 413
    (files_field,) = [f for f in Page(answer).all("input") if f.get("id") == "files"]
    assert files_field["aria-invalid"] == "true"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("fr", "en"),
        ("hr-HR,hr;q=0.9,en;q=0.8", "hr"),
        ("en;q=0.5, de;q=0.7", "de"),
        ("fr, sr-Latn-RS;q=0.3", "sr"),
        ("BS", "bs"),
        ("de;q=0, sl;q=0.1", "sl"),
        ("de;q=nonsense, *;q=0.5", "en"),
        ("\xff,;;q=,=" * 200, "en"),
    ],
)
def test_the_language_is_the_one_of_ours_a_reader_likes_best(accepted: str, language: str) -> None:
    assert language_for(accepted) == language


def _keys(table: dict[str, Any], above: str = "") -> set[str]:
    below = (_keys(v, f"{k}.") for k, v in table.items() if isinstance(v, dict))
    return {above + key for key in table}.union(*below)


def test_every_language_says_everything() -> None:
    said = {
        language: tomllib.loads(
            files("channels.ticket.texts").joinpath(f"{language}.toml").read_text(encoding="utf-8")
        )
        for language in LANGUAGES
    }
    assert {frozenset(_keys(texts)) for texts in said.values()} == {frozenset(_keys(said["en"]))}
    assert set(Severity) <= set(said["en"])
    for language, texts in said.items():
        assert re.findall(r"\{\w+\}", texts["files_bounds"]) == ["{count}", "{megabytes}"], language
