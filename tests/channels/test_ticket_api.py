"""Tickets from customers' systems, over a real connection."""

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import Sequence
from typing import Any

import pytest

from channels.ticket.body import Bounds
from channels.ticket.content import understand
from rules.model import Channel, MailKind, Severity
from tests.channels.inbound_contract import InboundContract, Inbox
from tests.channels.ticket_door import NOW, TICKET, Answer, letter, multipart, serving


def hand_in(inbox: Inbox, body: object, bounds: Bounds | None = None, **headers: str) -> Answer:
    async def story() -> Answer:
        async with serving(inbox, bounds) as (peer, _, _):
            return await peer.post(body, **headers)

    return asyncio.run(story())


class TestTicketsKeepTheContract(InboundContract):
    def letter(self, words: bytes) -> bytes:
        return letter(words)

    def hand_over_all(self, inbox: Inbox, contents: Sequence[bytes]) -> list[bool]:
        async def story() -> list[bool]:
            async with serving(inbox) as (peer, _, _):
                return [
                    (await peer.post(content, hashlib.sha256(content).hexdigest())).status == 201
                    for content in contents
                ]

        return asyncio.run(story())


def test_an_arrival_carries_the_contract_that_the_key_proves() -> None:
    inbox = Inbox()
    answer = hand_in(inbox, TICKET)
    (arrival,) = inbox.stored
    envelope = arrival.envelope
    assert answer.status == 201
    assert answer.json == {"ticket": envelope.external_id}
    assert (envelope.channel, envelope.account) == (Channel.TICKET, "support")
    assert (envelope.sender, envelope.peer.login) == ("maria@adria.example", "7")
    assert (envelope.received_at, envelope.peer.address) == (NOW, "127.0.0.1")


def test_the_same_ticket_again_gets_the_same_answer_and_another_is_refused() -> None:
    async def story(inbox: Inbox) -> list[Answer]:
        async with serving(inbox) as (peer, _, _):
            return [
                await peer.post(TICKET, "one"),
                await peer.post(json.dumps(TICKET, indent=3).encode(), "one"),
                await peer.post({**TICKET, "subject": "Other"}, "one"),
                await peer.post(TICKET, "two"),
                await peer.post(TICKET, "one", Authorization="Bearer key-of-8"),
            ]

    inbox = Inbox()
    first, again, other, another, customer = asyncio.run(story(inbox))
    assert [a.status for a in (first, again, other, another, customer)] == [201, 201, 422, 201, 201]
    assert again.body == first.body
    assert len({first.body, another.body, customer.body}) == 3
    assert len(inbox.stored) == 3
    assert "Idempotency-Key" in other.json["detail"]


def test_of_two_tickets_at_once_under_one_key_one_is_told_that_it_was_not_taken() -> None:
    async def story(inbox: Inbox) -> list[int]:
        gate = inbox.gate = asyncio.Event()
        async with serving(inbox) as (peer, _, _):
            posts = [
                asyncio.create_task(peer.post({**TICKET, "subject": subject}, "one"))
                for subject in ("a", "b")
            ]
            await inbox.asked.wait()
            gate.set()
            return sorted([(await post).status for post in posts])

    inbox = Inbox()
    assert asyncio.run(story(inbox)) == [201, 422]
    assert len(inbox.stored) == 1


SMALL = Bounds(max_size=20_000, max_files=2, max_file_size=3_000, max_text=500)


def file(size: int) -> dict[str, str]:
    return {"name": "a.bin", "content": base64.b64encode(b"x" * size).decode()}


@pytest.mark.parametrize(
    ("body", "headers", "status", "says"),
    [
        (TICKET, {"Authorization": ""}, 401, "key of your contract"),
        (TICKET, {"Authorization": "Bearer guess"}, 401, "key of your contract"),
        (TICKET, {"Authorization": "Basic key-of-7"}, 401, "key of your contract"),
        (TICKET, {"Content_Type": "text/plain"}, 415, "application/json"),
        (TICKET, {"Content_Type": ""}, 415, "multipart/form-data"),
        (TICKET, {"Idempotency_Key": ""}, 422, "new for each ticket"),
        (TICKET, {"Idempotency_Key": "x" * 256}, 422, "255"),
        (b"{", {}, 400, "no JSON"),
        (b"\xff\xfe", {}, 400, "no JSON"),
        (b"[" * 500, {}, 400, "no JSON"),
        (b"[" * 10_000, {}, 422, "more values than any ticket"),
        (b"x", {"Content_Type": "multipart/form-data"}, 400, "no multipart"),
        (b"x", {"Content_Type": "multipart/form-data; boundary=y"}, 400, "no multipart"),
        (b"[]", {}, 422, "must be an object"),
        ({}, {}, 422, "is missing"),
        ({**TICKET, "colour": "red"}, {}, 422, "has a field that is none"),
        ({**TICKET, "subject": " \x00 "}, {}, 422, "is empty"),
        ({**TICKET, "subject": "x" * 301}, {}, 422, "300"),
        ({**TICKET, "text": "x" * 501}, {}, 422, "500 characters"),
        ({**TICKET, "sender": {"email": "maria"}}, {}, 422, "is no e-mail address"),
        ({**TICKET, "sender": {"email": "žana@adria.example"}}, {}, 422, "no e-mail"),
        ({**TICKET, "sender": {"email": "a@b.example\nBcc: c@d.example"}}, {}, 422, "no e-mail"),
        ({**TICKET, "severity_claim": "gigantic"}, {}, 422, "must be one of critical"),
        ({**TICKET, "files": [{"name": "a", "content": "*"}]}, {}, 422, "is no base64"),
        ({**TICKET, "files": [file(3_001)]}, {}, 413, "3000 bytes"),
        ({**TICKET, "files": [file(1)] * 3}, {}, 413, "more than 2"),
        (b"x" * 20_001, {}, 413, "20000 bytes"),
    ],
)
def test_what_does_not_fit_is_told_as_a_problem_and_not_stored(
    body: object, headers: dict[str, str], status: int, says: str
) -> None:
    inbox = Inbox()
    answer = hand_in(inbox, body, SMALL, **headers)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json
    assert (problem["status"], problem["type"]) == (status, "about:blank")
    assert says in answer.body.decode()
    assert inbox.stored == []


def test_a_problem_repeats_nothing_of_what_was_sent() -> None:
    answer = hand_in(Inbox(), {**TICKET, "<script>": 1, "severity_claim": "<img>"})
    assert answer.status == 422
    assert b"<" not in answer.body


def test_who_has_no_key_is_told_how_to_send_one_and_who_has_one_is_never_told_it() -> None:
    answer = hand_in(Inbox(), TICKET, Authorization="Bearer secret-guess")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert b"secret-guess" not in answer.body


def test_what_was_not_stored_is_to_be_sent_again_and_why_is_not_told() -> None:
    answer = hand_in(Inbox(failures=1), TICKET)
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.headers["content-type"] == "application/problem+json"
    assert b"disk" not in answer.body


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        *((method, "/api/tickets", 405, "POST") for method in ("GET", "PUT", "TRACE", "BREW")),
        ("POST", "/api/openapi.json", 405, "GET"),
        ("PUT", "/ticket/style.css", 405, "GET"),
        ("POST", "/api/tickets/", 404, None),
        ("GET", "/api/ticket%0d%0aX-Evil:1", 404, None),
    ],
)
def test_what_is_asked_for_in_vain_is_told_as_a_problem(
    method: str, path: str, status: int, allowed: str | None
) -> None:
    async def story() -> Answer:
        async with serving(Inbox()) as (peer, _, _):
            return await peer.ask(method, path)

    answer = asyncio.run(story())
    assert (answer.status, answer.headers.get("allow")) == (status, allowed)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["status"] == status
    assert "x-evil" not in answer.headers


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),  # the first is the peer's own word
        ("", "127.0.0.1"),
    ],
)
def test_a_proxy_on_this_machine_says_who_its_peer_was(said: str, address: str) -> None:
    inbox = Inbox()
    assert hand_in(inbox, TICKET, X_Forwarded_For=said, X_Forwarded_Proto="https").status == 201
    assert inbox.stored[0].envelope.peer.address == address
    assert inbox.stored[0].envelope.peer.tls


def test_a_body_without_an_announced_length_is_bounded_too() -> None:
    async def story() -> Answer:
        async with serving(Inbox(), SMALL) as (peer, _, _):
            chunk = b"2000\r\n" + b" " * 0x2000 + b"\r\n"
            return await peer.post(chunk * 3 + b"0\r\n\r\n", Transfer_Encoding="chunked",
                                   Content_Length="")  # fmt: skip

    assert asyncio.run(story()).status == 413


@pytest.mark.parametrize(
    "body",
    [
        b'{"files":[' + b"{}," * 3_000_000 + b"0]}",
        b"{" + b",".join(b'"%x":0' % n for n in range(800_000)) + b"}",
        b'{"text":"' + b'\\"' * 4_000_000,
    ],
    ids=["empty files", "unknown fields", "a text without an end"],
)
def test_a_million_faults_cost_neither_memory_nor_the_loop(body: bytes) -> None:
    before = time.process_time()
    answer = hand_in(Inbox(), body)
    assert answer.status in (400, 422)
    assert len(answer.json.get("errors", [])) <= 50
    assert time.process_time() - before < 5  # it was half a minute, and gigabytes


def test_a_peer_that_sends_all_of_a_body_too_large_hears_why() -> None:
    async def story() -> list[Answer]:
        async with serving(Inbox(), Bounds(max_size=3_000_000)) as (peer, _, _):
            asked = {"Content_Length": "9000000", "Expect": "100-continue"}
            return [await peer.post(b"x" * 9_000_000), await peer.post(b"", **asked)]

    assert [answer.status for answer in asyncio.run(story())] == [413, 413]


def test_a_ticket_may_come_as_multipart_with_files_as_they_are() -> None:
    body, kind = multipart(
        [
            ("subject", "Narudžbe"),
            ("text", "Ništa ne radi."),
            ("sender_name", "Maja"),
            ("sender_email", "Maja@Adria.example"),
            ("severity_claim", "critical"),
            ("files", ("slika.png", "image/png", b"\x89PNG\x00\xff")),
            ("files", ("log.txt", "text/plain", b"line")),
        ]
    )
    inbox = Inbox()
    assert hand_in(inbox, body, Content_Type=kind).status == 201
    message = understand(inbox.stored[0])
    assert (message.subject, message.text) == ("Narudžbe", "Ništa ne radi.")
    assert (message.sender, message.sender_name) == ("maja@adria.example", "Maja")
    assert message.severity_claim is Severity.CRITICAL
    assert [(a.name, a.content_type, a.content) for a in message.attachments] == [
        ("slika.png", "image/png", b"\x89PNG\x00\xff"),
        ("log.txt", "text/plain", b"line"),
    ]
    assert message.kind is MailKind.ORDINARY
    assert message.problems == ()


def test_json_and_multipart_of_the_same_words_are_the_same_ticket() -> None:
    async def story(inbox: Inbox) -> list[int]:
        body, kind = multipart(
            [
                ("subject", TICKET["subject"]),
                ("text", TICKET["text"]),
                ("sender_name", "Maria"),
                ("sender_email", "maria@adria.example"),
            ]
        )
        async with serving(inbox) as (peer, _, _):
            return [
                (await peer.post(TICKET)).status,
                (await peer.post(body, Content_Type=kind)).status,
            ]

    inbox = Inbox()
    assert asyncio.run(story(inbox)) == [201, 201]
    assert len(inbox.stored) == 1


def test_what_is_being_stored_is_finished_when_it_stops_and_then_nothing_more_is_taken() -> None:
    async def story(inbox: Inbox) -> tuple[Answer, Answer]:
        gate = inbox.gate = asyncio.Event()
        async with serving(inbox) as (peer, door, opened):
            first = asyncio.create_task(peer.post(TICKET, "one"))
            await inbox.asked.wait()
            opened.cancel()
            while door.is_ready():
                await asyncio.sleep(0)
            late = await peer.post(TICKET, "two")
            gate.set()
            return await first, late

    inbox = Inbox()
    first, late = asyncio.run(story(inbox))
    assert (first.status, late.status) == (201, 503)
    assert len(inbox.stored) == 1


def test_a_peer_that_hangs_up_before_the_answer_does_not_undo_storing() -> None:
    async def story(inbox: Inbox) -> None:
        gate = inbox.gate = asyncio.Event()
        async with serving(inbox) as (peer, _, _):
            post = asyncio.create_task(peer.post(TICKET))
            await inbox.asked.wait()
            post.cancel()
            await asyncio.gather(post, return_exceptions=True)
            gate.set()

    inbox = Inbox()
    asyncio.run(story(inbox))
    assert len(inbox.stored) == 1


def test_the_ninth_ticket_in_hand_is_told_to_come_again() -> None:
    async def story(inbox: Inbox) -> tuple[Answer, list[int]]:
        gate = inbox.gate = asyncio.Event()
        async with serving(inbox) as (peer, door, _):
            posts = [asyncio.create_task(peer.post(TICKET, str(n))) for n in range(8)]
            while door._in_hand[False] < 8:
                await asyncio.sleep(0.001)
            ninth = await peer.post(TICKET, "ninth")
            gate.set()
            return ninth, [(await post).status for post in posts]

    ninth, others = asyncio.run(story(Inbox()))
    assert (ninth.status, ninth.headers["retry-after"]) == (503, "2")
    assert others == [201] * 8


def test_the_interface_describes_itself_and_nothing_else() -> None:
    async def story() -> Any:
        async with serving(Inbox()) as (peer, _, _):
            return (await peer.ask("GET", "/api/openapi.json")).json

    described = asyncio.run(story())
    assert described["openapi"].startswith("3.1")
    assert list(described["paths"]) == ["/api/tickets"]
    post = described["paths"]["/api/tickets"]["post"]
    assert set(post["responses"]) == {"201", "400", "401", "408", "413", "415", "422", "503"}
    assert set(post["requestBody"]["content"]) == {"application/json", "multipart/form-data"}
    assert [p["name"] for p in post["parameters"]] == ["Idempotency-Key"]
    text = json.dumps(described)
    names = [piece.partition('"')[0] for piece in text.split("#/components/schemas/")[1:]]
    assert set(names) <= set(described["components"]["schemas"])
