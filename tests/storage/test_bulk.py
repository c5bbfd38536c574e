"""Many rows in one go are kept as each by itself is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event

from rules.model import Acknowledgement, Attachment, HistoryEntry, Severity
from rules.model.cards import Card, Fact, Move
from storage.store import Store, Transaction
from tests.storage.nouns import MINUTE, NOW, a_notice, a_request, a_timer

CARD = Card(
    request_id=1,
    epoch=2,
    title="minor #1",
    severity=Severity.MINOR,
    owed="Answer",
    due_at=NOW + timedelta(microseconds=1),
    countdown="now",
    facts=(Fact("Customer", "Đuro <d@x>"),),
    reasons=("because",),
    words='"quoted" \\ 🦊',
    moves=(Move.ACKNOWLEDGE,),
    snoozes=(15, 30),
    people=("ana",),
)


def statements(store: Store, count: int) -> int:
    """How many it takes to post so many."""
    said: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        store.write(lambda tx: tx.outbox.post([a_notice() for _ in range(count)], NOW))
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return len(said)


def test_what_is_posted_together_is_what_is_posted_alone(store: Store) -> None:
    file = Attachment("š.png", "image/png", b"\0\xff")
    notices = [
        a_notice(id="a", text="line\nline\t'; DROP TABLE outbox; -- %s :rows \\u0000 \\ 🦊"),
        a_notice(id="b", card=CARD, references=("x@y", "ž@y"), attachments=(file,)),
        a_notice(id="c", priority_at=NOW + timedelta(microseconds=999_999), person="ana"),
        a_notice(id="d", text=""),
    ]
    assert store.write(lambda tx: tx.outbox.post(notices, NOW)) == 4
    for notice in notices:
        alone = replace(notice, id=f"{notice.id} alone")
        store.write(lambda tx, alone=alone: tx.outbox.post([alone], NOW))
        kept = store.read(lambda tx, id=notice.id: tx.outbox.get(id))
        like = store.read(lambda tx, id=alone.id: tx.outbox.get(id))
        assert kept is not None
        assert like is not None
        assert kept.notice == notice
        assert replace(like, notice=notice) == kept


def test_only_new_ones_are_counted_and_kept(store: Store) -> None:
    store.write(lambda tx: tx.outbox.post([a_notice(id="a", text="first")], NOW))
    again = [a_notice(id="a", text="second"), a_notice(id="b"), a_notice(id="c")]
    assert store.write(lambda tx: tx.outbox.post(again, NOW)) == 2
    kept = store.read(lambda tx: tx.outbox.get("a"))
    assert kept is not None
    assert kept.notice.text == "first"


def test_a_nul_in_a_hostile_text_stops_nobody(store: Store) -> None:
    notices = [a_notice(id="a", text="NUL \0 and \\u0000"), a_notice(id="b")]
    assert store.write(lambda tx: tx.outbox.post(notices, NOW)) == 2
    kept = store.read(lambda tx: tx.outbox.get("a"))
    assert kept is not None
    assert kept.notice.text.endswith("and \\u0000")


def test_many_take_as_many_statements_as_few(store: Store) -> None:
    assert statements(store, 50) == statements(store, 2)


def test_history_keeps_its_order(store: Store) -> None:
    request = store.write(lambda tx: tx.requests.add(a_request()))
    entries = [HistoryEntry(request.id, NOW, "eva", f"n{n}", "") for n in range(100)]
    store.write(lambda tx: tx.requests.note_all(entries))
    assert store.read(lambda tx: tx.requests.history(request.id)) == entries


@pytest.mark.parametrize("many", [1, 3])
def test_what_looks_change_is_changed_and_no_more(store: Store, many: int) -> None:
    requests = [store.write(lambda tx: tx.requests.add(a_request())) for _ in range(4)]
    lease = Acknowledgement("eva", NOW)
    timers = [a_timer(r.id, acknowledgement=lease) for r in requests]
    for timer in timers:
        store.write(lambda tx, timer=timer: tx.timers.arm(timer))
    after = [
        replace(t, told=n, next_at=NOW + n * MINUTE, acknowledgement=lease if n == 2 else None)
        for n, t in enumerate(timers[:many], 1)
    ]
    due = {request.id: NOW + request.id * MINUTE for request in requests[:many]}

    def look(tx: Transaction) -> None:
        tx.timers.looked_at(after)
        tx.requests.breach(due)

    store.claim(look)
    found = [store.read(lambda tx, r=r: tx.timers.of(r.id)) for r in requests]
    assert found == [[timer] for timer in (*after, *timers[many:])]
    kept = [store.read(lambda tx, r=r: tx.requests.get(r.id)) for r in requests]
    assert kept == [replace(r, breached_at=due.get(r.id)) for r in requests]
