"""What was stored comes back as it was: every field, any text, any instant."""

from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.model import (
    Arrival,
    Contract,
    ContractChange,
    Credit,
    FollowUpBreach,
    HistoryEntry,
    Label,
    Message,
    Notice,
    Request,
    Timer,
)
from storage.store import Store
from tests.storage.nouns import NOW, TEXTS, a_contract, a_request, an_arrival, every, numbers

LOWER = st.frozensets(TEXTS.map(str.lower), max_size=3)
# One database for all examples: each adds its own rows.
on_one_store = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@on_one_store
@given(every(Arrival, content=st.binary(max_size=3000)))
def test_an_arrival_comes_back_as_it_was(store: Store, arrival: Arrival) -> None:
    arrival = replace(arrival, envelope=replace(arrival.envelope, external_id=f"x{next(numbers)}"))
    store.write(lambda tx: tx.inbox.take([arrival], NOW))
    last = max(store.read(lambda tx: tx.inbox.waiting(NOW, 1000)), key=lambda each: each.id)
    assert last.arrival == arrival
    assert store.read(lambda tx: tx.inbox.content(last.id)) == arrival.content


@on_one_store
@given(every(Message), TEXTS)
def test_a_message_comes_back_as_it_was_but_for_its_files_bytes(
    store: Store, message: Message, author: str
) -> None:
    envelope = replace(message.envelope, external_id=f"x{next(numbers)}")
    message = replace(message, key=f"{message.key}{next(numbers)}", envelope=envelope)
    store.write(lambda tx: tx.inbox.take([Arrival(envelope, b"")], NOW))
    arrival = max(store.read(lambda tx: tx.inbox.waiting(NOW, 1000)), key=lambda each: each.id).id
    request = store.write(lambda tx: tx.requests.add(a_request()))
    row = store.write(lambda tx: tx.messages.add(message, author, request.id, arrival))
    (filed,) = store.read(lambda tx: tx.messages.of_request(request.id))
    bare = tuple(replace(attachment, content=b"") for attachment in message.attachments)
    assert filed.message == replace(message, attachments=bare, chat=None)
    assert (filed.author, filed.id, filed.inbox_id) == (author, row, arrival)


@on_one_store
@given(every(Request, contract_id=st.none()), every(Request, contract_id=st.none()))
def test_a_request_comes_back_as_it_was_added_and_as_it_was_saved(
    store: Store, first: Request, second: Request
) -> None:
    added = store.write(lambda tx: tx.requests.add(first))
    assert added == replace(first, id=added.id)
    assert store.read(lambda tx: tx.requests.get(added.id)) == added
    changed = replace(second, id=added.id)
    store.write(lambda tx: tx.requests.save(changed))
    assert store.read(lambda tx: tx.requests.get(added.id)) == changed


@on_one_store
@given(every(Timer))
def test_a_timer_comes_back_as_it_was(store: Store, timer: Timer) -> None:
    request = store.write(lambda tx: tx.requests.add(a_request()))
    timer = replace(timer, request_id=request.id)
    store.write(lambda tx: tx.timers.arm(timer))
    assert store.read(lambda tx: tx.timers.of(request.id)) == [timer]


@on_one_store
@given(every(Notice, request_id=st.none()))
def test_a_notice_comes_back_as_it_was_with_its_files(store: Store, notice: Notice) -> None:
    notice = replace(notice, id=f"{notice.id}{next(numbers)}")
    store.write(lambda tx: tx.outbox.post([notice], NOW))
    carried = store.read(lambda tx: tx.outbox.get(notice.id))
    assert carried is not None
    assert carried.notice == replace(notice, cards=())


@st.composite
def contracts(draw: st.DrawFn) -> Contract:
    persons = draw(every(Contract)).persons
    return replace(
        draw(every(Contract, addresses=LOWER, domains=LOWER)),
        persons=tuple(replace(person, addresses=draw(LOWER)) for person in persons),
    )


@on_one_store
@given(contracts())
def test_a_contract_comes_back_as_it_was_but_for_its_id(store: Store, contract: Contract) -> None:
    contract = replace(contract, customer=f"{contract.customer}{next(numbers)}")
    store.write(lambda tx: tx.contracts.put([contract]))
    stored = store.read(lambda tx: tx.contracts.all())[-1]
    assert stored == replace(contract, id=stored.id)
    assert stored.id > 0


@on_one_store
@given(every(ContractChange))
def test_what_was_done_to_a_contract_comes_back_as_it_was(
    store: Store, change: ContractChange
) -> None:
    store.write(lambda tx: tx.contracts.put([a_contract()]))
    change = replace(change, contract_id=1)
    store.write(lambda tx: tx.contracts.note(change))
    assert store.read(lambda tx: tx.contracts.changes([1]))[-1] == change


@on_one_store
@given(st.builds(dict, at=every(datetime), who=TEXTS, what=TEXTS, why=TEXTS))
def test_a_history_entry_comes_back_as_it_was(store: Store, said: dict[str, Any]) -> None:
    request = store.write(lambda tx: tx.requests.add(a_request()))
    entry = HistoryEntry(request.id, **said)
    store.write(lambda tx: tx.requests.note(entry))
    assert store.read(lambda tx: tx.requests.history(request.id)) == [entry]


@on_one_store
@given(every(Label))
def test_a_label_comes_back_as_it_was(store: Store, label: Label) -> None:
    request = store.write(lambda tx: tx.requests.add(a_request()))
    label = replace(label, request_id=request.id)
    store.write(lambda tx: tx.labels.add(label))
    (kept,) = store.read(lambda tx: tx.labels.of_request(request.id))
    assert kept == replace(label, id=kept.id)


@on_one_store
@given(every(Credit, amount=st.integers(-5, 5)))
def test_a_credit_comes_back_as_it_was(store: Store, credit: Credit) -> None:
    store.write(lambda tx: tx.contracts.put([a_contract()]))
    contract = store.read(lambda tx: tx.contracts.all())[0]
    request = store.write(lambda tx: tx.requests.add(a_request(contract_id=contract.id)))
    credit = replace(credit, contract_id=contract.id, request_id=request.id)
    store.write(lambda tx: tx.credits.add(credit))
    assert store.read(lambda tx: tx.credits.of_request(request.id)) == [credit]


@on_one_store
@given(every(FollowUpBreach))
def test_a_follow_ups_breach_comes_back_as_it_was_until_it_is_taken_back(
    store: Store, breach: FollowUpBreach
) -> None:
    request = store.write(lambda tx: tx.requests.add(a_request()))
    breach = replace(breach, request_id=request.id)
    assert store.write(lambda tx: tx.follow_ups.add(breach))
    assert not store.write(lambda tx: tx.follow_ups.add(replace(breach, at=NOW)))
    assert store.read(lambda tx: tx.follow_ups.of_request(request.id)) == [breach]
    store.write(lambda tx: tx.follow_ups.take_back(breach, NOW))
    store.write(lambda tx: tx.follow_ups.take_back(breach, NOW))
    assert store.read(lambda tx: tx.follow_ups.of_request(request.id)) == []


def test_instants_come_back_in_utc(store: Store) -> None:
    zoned = datetime.fromisoformat("2026-03-02T10:00:00+01:00")
    added = store.write(lambda tx: tx.requests.add(a_request(received_at=zoned)))
    stored = store.read(lambda tx: tx.requests.get(added.id))
    assert stored is not None
    assert stored.received_at.tzinfo is UTC


def test_large_content_comes_back_whether_it_shrinks_or_not(store: Store) -> None:
    noise = Random(1).randbytes(300_000)
    for content in (b"A" * 3_000_000, noise):
        arrival = an_arrival(content)
        store.write(lambda tx, arrival=arrival: tx.inbox.take([arrival], NOW))
    waiting = store.read(lambda tx: tx.inbox.waiting(NOW, 10))
    assert [w.arrival.content for w in waiting] == [b"A" * 3_000_000, noise]
