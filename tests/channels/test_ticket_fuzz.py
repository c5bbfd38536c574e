"""Tickets that nobody means: whatever is handed in, nothing fails."""

import asyncio
import base64
import hashlib
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from channels.mail.compose import mail_address
from channels.ticket.content import understand
from rules.model import MailKind, Severity
from tests.channels.inbound_contract import Inbox
from tests.channels.ticket_door import Peer, multipart, serving

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=9), below),
    max_leaves=12,
)
ALMOST = st.fixed_dictionaries(
    {
        "subject": st.text(max_size=320) | JSON,
        "text": st.text() | JSON,
        "sender": st.fixed_dictionaries(
            {"email": st.emails() | JSON}, optional={"name": st.text() | JSON}
        ),
    },
    optional={
        "severity_claim": st.sampled_from([*Severity]) | JSON,
        "files": st.lists(
            st.fixed_dictionaries(
                {
                    "name": st.text() | JSON,
                    "content": st.binary().map(lambda b: base64.b64encode(b).decode()) | JSON,
                },
                optional={"content_type": st.text() | JSON},
            ),
            max_size=3,
        ),
        "else": JSON,
    },
)
BODIES = st.binary(max_size=300) | (JSON | ALMOST).map(lambda value: json.dumps(value).encode())


def test_no_body_whatever_makes_it_fail_and_what_is_taken_is_understood() -> None:
    statuses: set[int] = set()

    async def attempt(peer: Peer, inbox: Inbox, body: bytes, kind: str) -> None:
        before = len(inbox.stored)
        answer = await peer.post(body, hashlib.sha256(body).hexdigest(), Content_Type=kind)
        statuses.add(answer.status)
        assert answer.status in (201, 400, 413, 422), answer.body
        if len(inbox.stored) > before:
            message = understand(inbox.stored[-1])
            assert message.kind is MailKind.ORDINARY
            assert message.problems == ()
            assert message.subject
            assert mail_address(message.sender)  # answers can reach it

    with asyncio.Runner() as runner:
        inbox = Inbox()
        served = serving(inbox)
        peer, _, _ = runner.run(served.__aenter__())

        @settings(max_examples=400, deadline=None)
        @given(
            BODIES,
            st.sampled_from(["application/json"] * 4 + ["multipart/form-data; boundary=limit"]),
        )
        def fuzz(body: bytes, kind: str) -> None:
            runner.run(attempt(peer, inbox, body, kind))

        try:
            fuzz()
        finally:
            runner.run(served.__aexit__(None, None, None))
    assert {201, 400, 422} <= statuses


PARTS = st.lists(
    st.tuples(
        st.sampled_from(["subject", "text", "sender_email", "sender_name", "files", "other"]),
        st.text(max_size=30)
        | st.tuples(
            st.text(st.characters(exclude_characters='"\r\n', exclude_categories=["Cs"])),
            st.sampled_from(["text/plain", "image/png; x=y", "\x00"]),
            st.binary(max_size=99),
        ),
    ),
    max_size=9,
)


def test_no_multipart_whatever_makes_it_fail() -> None:
    with asyncio.Runner() as runner:
        served = serving(Inbox())
        peer, _, _ = runner.run(served.__aenter__())

        @settings(max_examples=150, deadline=None)
        @given(PARTS, st.binary(max_size=20))
        def fuzz(parts: list[tuple[str, Any]], tail: bytes) -> None:
            body, kind = multipart(
                [
                    ("subject", "s"),
                    ("text", "t"),
                    ("sender_email", "a@b.example"),
                    *(
                        (n, v if isinstance(v, tuple) else v.replace("\ud800", ""))
                        for n, v in parts
                    ),
                ]
            )
            answer = runner.run(
                peer.post(body + tail, hashlib.sha256(body + tail).hexdigest(), Content_Type=kind)
            )
            assert answer.status in (201, 400, 413, 422), answer.body

        try:
            fuzz()
        finally:
            runner.run(served.__aexit__(None, None, None))
