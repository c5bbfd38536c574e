"""Responders that answer whatever we send: none gets more than three automatic mails a day."""

from collections.abc import Callable
from typing import Any

import pytest

from rules.model import NoticeKind

House = Any  # the fixture's class; conftest is no module to import

RESPONDERS: dict[str, Callable[[int, Any], tuple[str, str, dict[str, str]]]] = {
    # sender, subject, further headers of the n-th answer to a receipt
    "the same each time": lambda n, r: ("bot@loop.example", r.subject, reply(r)),
    "another sender each time": lambda n, r: (f"bot{n}@loop.example", r.subject, reply(r)),
    "another subject each time": lambda n, r: ("bot@loop.example", f"Case {n} noted", reply(r)),
    "another sender and subject": lambda n, r: (f"bot{n}@loop.example", f"Case {n}", reply(r)),
    "nothing but our text quoted": lambda n, r: (f"bot{n}@loop.example", f"Case {n}", {}),
}


def reply(receipt: Any) -> dict[str, str]:
    return {"In_Reply_To": f"<{receipt.message_id}>"}


@pytest.mark.parametrize("kind", RESPONDERS)
def test_no_loop_passes_three_mails(house: House, kind: str) -> None:
    house.mail("bot@loop.example", "Welcome", "We will come back to you.")
    for n in range(12):
        receipt = [s for s in house.post.taken if s.kind is NoticeKind.RECEIPT][-1]
        sender, subject, headers = RESPONDERS[kind](n, receipt)
        quoted = "\n".join(f"> {line}" for line in [receipt.subject, *receipt.text.splitlines()])
        house.mail(sender, subject, f"We have your mail, {n}.\n\n{quoted}", **headers)
        house.pass_(minutes=20)
    receipts = [s for s in house.post.taken if s.kind is NoticeKind.RECEIPT]
    house.ignore()
    assert 1 <= len(receipts) <= 3
