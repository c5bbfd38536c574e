"""What went over the wire in others' suites, to our SMTP server."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from channels.smtp.data import Refusal
from tests.channels.inbound_contract import Inbox
from tests.channels.smtp_client import LETTER, Client, letter_with, story, two_without_waiting

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpora" / "mail"
CASES = CORPUS / "wire_cases.jsonl"


def cases(kind: str) -> list[Any]:
    if not CASES.exists():
        missing = pytest.mark.skip(reason="the mail corpora are not beside the project")
        return [pytest.param({}, marks=missing)]
    rows = [json.loads(row) for row in CASES.read_text(encoding="utf-8").splitlines()]
    return [pytest.param(row, id=row["id"]) for row in rows if row["kind"] == kind]


@pytest.mark.parametrize("case", cases("smtp-end-of-data"))
def test_what_others_took_for_an_end_is_refused_at_the_real_one(case: dict[str, Any]) -> None:
    inbox = Inbox()
    begin = base64.b64decode(case["after_354_b64"])
    answers = story(lambda client: letter_with(client, begin, b""), inbox)
    assert answers == [Refusal.LONE_DOT, ""]
    assert inbox.stored == []


@pytest.mark.parametrize("case", cases("smtp-pipelining"))
def test_a_second_message_does_not_ride_on_the_first(case: dict[str, Any]) -> None:
    inbox = Inbox()
    assert [a[:3] for a in story(two_without_waiting, inbox)][-2:] == ["554", ""]
    assert [arrival.content for arrival in inbox.stored] == [LETTER]


@pytest.mark.parametrize("case", cases("injection"))
def test_a_line_break_in_a_command_begins_no_other(case: dict[str, Any]) -> None:
    async def told(client: Client) -> list[str]:
        return [await client.say(f"EHLO {case['value']}"), await client.rest()]

    assert story(told) == ["500 5.5.2 A line ends in <CR><LF>, goodbye", ""]
