"""Two requests that are one matter, and one that is two: nothing owed is lost between them."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from daemon import joining
from rules.model import CloseReason, NoticeKind, Purpose, Severity, State
from rules.requests import Refused
from rules.severity import assess

House = Any  # the fixture's class; conftest is no module to import

OUTAGE = "Nothing works: the whole company cannot send orders since 8 o'clock."
QUESTION = "How do I export the price list to Excel? It is not urgent, just a question."
P = "p@premium.example"


def merge(house: House, id: int, into: int) -> Any:
    return house.store.write(
        lambda tx: joining.merge(tx, house.desk, house.playbook, id, into, "ana", house.now)
    )


def split(house: House, id: int, message: int) -> Any:
    filed = house.store.read(lambda tx: tx.messages.get(message))
    found = assess(filed.message.subject, filed.message.text)
    return house.store.write(
        lambda tx: joining.split(
            tx, house.desk, house.playbook, id, message, found, "ana", house.now
        )
    )


def drawn(house: House, *ids: int) -> list[int]:
    found = (house.store.read(lambda tx, id=id: tx.credits.of_request(id)) for id in ids)
    return [sum(line.amount for line in lines) for lines in found]


def messages(house: House, id: int) -> list[int]:
    return [filed.id for filed in house.store.read(lambda tx: tx.messages.of_request(id))]


def armed(house: House, id: int) -> list[Any]:
    found: list[Any] = house.store.read(lambda tx: tx.timers.of(id))
    return found


@pytest.fixture
def two(house: House) -> House:
    """A question at 10:00, and half an hour later an outage, of the same customer."""
    house.mail(P, "Price list", QUESTION)
    house.pass_(minutes=30)
    house.mail(P, "Orders", OUTAGE)
    house.ignore()
    assert [r.severity for r in house.requests()] == [Severity.CRITICAL, Severity.NONE]
    return house


@pytest.mark.parametrize(("gone", "into"), [(1, 2), (2, 1)])
def test_whichever_survives_the_earlier_deadline_does(two: House, gone: int, into: int) -> None:
    question, outage = two.request(1), two.request(2)
    survivor = merge(two, gone, into)
    assert survivor.first_response_due_at == outage.first_response_due_at
    assert survivor.severity is Severity.CRITICAL
    assert survivor.received_at == question.received_at
    (timer,) = armed(two, into)
    assert (timer.purpose, timer.due_at, timer.severity) == (
        Purpose.FIRST_RESPONSE,
        outage.first_response_due_at,
        Severity.CRITICAL,
    )
    assert armed(two, gone) == []
    left = two.request(gone)
    assert (left.state, left.close_reason, left.merged_into) == (
        State.CLOSED,
        CloseReason.DUPLICATE,
        into,
    )
    assert messages(two, into) == [1, 2]
    assert messages(two, gone) == []
    assert two.history(gone)[-1] == "merged"
    assert two.history(into)[-1] == "merged"
    two.work()
    two.ignore()


def test_one_matter_draws_one_credit(two: House) -> None:
    assert drawn(two, 1, 2) == [1, 1]
    merge(two, 1, 2)
    assert drawn(two, 1, 2) == [0, 1]
    contract = two.request(2).contract_id
    day = date(2026, 3, 4)
    assert two.store.read(lambda tx: tx.credits.drawn(contract, day, day)) == 1


def test_a_credit_goes_over_to_a_survivor_that_had_none(house: House) -> None:
    house.mail("b@basic.example", "Price list", QUESTION)
    house.mail("b@basic.example", "Price list again", QUESTION)
    house.ignore()
    assert [house.request(n).covered for n in (1, 2)] == [True, False]
    merge(house, 1, 2)
    assert drawn(house, 1, 2) == [0, 1]
    assert house.request(2).covered


def test_a_survivor_that_is_covered_now_stays_so_whatever_its_severity(house: House) -> None:
    house.mail("b@basic.example", "Price list", QUESTION)
    house.mail("b@basic.example", "Price list again", QUESTION)
    merge(house, 1, 2)
    assert house.request(2).uncovered == ()
    house.store.write(
        lambda tx: house.desk.set_severity(tx, 2, Severity.MINOR, "x", "ana", house.now)
    )
    house.ignore()
    assert house.request(2).covered
    assert drawn(house, 1, 2) == [0, 1]


def test_the_credit_that_stays_is_of_the_month_in_which_the_matter_came(house: House) -> None:
    house.at("2026-03-31T12:00")
    house.mail("b@basic.example", "Price list", QUESTION)
    house.at("2026-04-01T09:00")
    house.mail("b@basic.example", "Price list again", QUESTION)
    assert [house.request(n).covered for n in (1, 2)] == [True, True]
    assert merge(house, 1, 2).received_at == house.request(1).received_at
    house.ignore()
    days: dict[date, int] = {}
    for line in house.store.read(lambda tx: tx.credits.of_request(2)):
        days[line.day] = days.get(line.day, 0) + line.amount
    assert drawn(house, 1) == [0]
    assert days == {date(2026, 4, 1): 0, date(2026, 3, 31): 1}


def test_a_credit_that_came_with_a_merged_request_is_not_drawn_again(house: House) -> None:
    house.mail("b@basic.example", "Price list", QUESTION)
    house.store.write(lambda tx: house.desk.answered_by_phone(tx, 1, "ana", "So.", house.now))
    house.mail("maja@private.example", "Orders", QUESTION)
    merge(house, 1, 2)
    house.store.write(
        lambda tx: house.desk.release(tx, 2, house.desk.running_contract(tx, 2), "ana", house.now)
    )
    house.ignore()
    assert house.request(2).covered
    assert drawn(house, 1, 2) == [0, 1]


def test_merging_twice_is_merging_once(two: House) -> None:
    merge(two, 1, 2)
    before = (two.request(1), two.request(2), two.history(1), two.history(2), drawn(two, 1, 2))
    assert merge(two, 1, 2) == before[1]
    assert before == (
        two.request(1), two.request(2), two.history(1), two.history(2), drawn(two, 1, 2)
    )  # fmt: skip
    two.ignore()


def test_what_the_customer_writes_to_the_one_that_is_gone_reaches_the_survivor(two: House) -> None:
    receipts = {n.request_id: n for n in two.post.taken if n.kind is NoticeKind.RECEIPT}
    answer_1 = next(n for n in two.post.taken if n.kind is NoticeKind.COPY and n.request_id == 1)
    merge(two, 1, 2)
    two.mail(P, "Re: Price list", "One more thing.", In_Reply_To=f"<{receipts[1].message_id}>")
    two.mail(P, "Re: [#1] Price list", "And another.")
    two.mail("ana@b2bee.example", "x", "Here you are.", to=answer_1.reply_to)
    assert len(two.requests()) == 2
    assert len(messages(two, 2)) == 4 + 1
    assert two.request(2).state is State.ANSWERED
    two.ignore()


def test_no_ping_of_the_one_that_is_gone_goes_out(two: House) -> None:
    before = two.now
    merge(two, 2, 1)
    two.ignore()
    two.pass_(hours=3)
    late = [n for n in two.post.taken if n not in two.asked and n.kind is NoticeKind.PING]
    assert late
    assert {n.request_id for n in late} == {1}
    assert before < two.now
    two.ignore()


def test_an_answer_on_its_way_answers_the_survivor(two: House) -> None:
    two.store.write(lambda tx: two.desk.answer(tx, 1, "ana", "Like this.", "x", two.now))
    merge(two, 1, 2)
    two.work()
    assert two.answer(P).text == "Like this."
    survivor = two.request(2)
    assert (survivor.state, survivor.first_response_by) == (State.ANSWERED, "ana")
    two.ignore()


def test_an_open_request_merged_into_an_answered_one_is_still_owed(two: House) -> None:
    two.store.write(lambda tx: two.desk.answer(tx, 1, "ana", "Like this.", "x", two.now))
    two.work()
    outage = two.request(2)
    merge(two, 2, 1)
    (timer,) = armed(two, 1)
    assert (timer.purpose, timer.due_at) == (Purpose.FOLLOW_UP, outage.first_response_due_at)
    assert two.request(1).state is State.ANSWERED
    two.ignore()


def test_a_held_request_becomes_a_further_message(house: House) -> None:
    house.mail(P, "Price list", QUESTION)
    promised = house.request(1).first_response_due_at
    house.pass_(minutes=10)
    house.mail("maja@private.example", "Orders", OUTAGE)
    assert house.request(2).state is State.HELD
    with pytest.raises(Refused, match="release 2 first, or merge it into 1"):
        merge(house, 1, 2)
    survivor = merge(house, 2, 1)
    assert survivor.state is State.OPEN
    assert survivor.severity is Severity.CRITICAL
    assert survivor.first_response_due_at == survivor.received_at + timedelta(hours=1) < promised
    assert armed(house, 2) == []
    house.work()
    house.ignore()


@pytest.mark.parametrize(
    ("gone", "into", "why"),
    [
        (1, 1, "cannot be merged into itself"),
        (1, 3, "of Premium d.o.o., 3 of Standard d.o.o.: neither may read the other's words"),
        (4, 1, "request 4 is closed: its matter is over"),
        (1, 4, "request 4 is closed: merge into one that goes on"),
        (9, 1, "there is no request 9"),
    ],
)
def test_what_cannot_be_merged_is_said_and_nothing_happens(
    two: House, gone: int, into: int, why: str
) -> None:
    two.mail("s@standard.example", "Price list", QUESTION)
    two.mail("s@standard.example", "Stock list", QUESTION)
    two.store.write(lambda tx: two.desk.close(tx, 4, CloseReason.WITHDRAWN, "ana", two.now))
    two.ignore()
    before = two.requests()
    with pytest.raises(Refused, match=why):
        merge(two, gone, into)
    assert two.requests() == before


@pytest.fixture
def threaded(house: House) -> House:
    """A question, and in its thread half an hour later an outage."""
    house.mail(P, "Price list", QUESTION)
    house.pass_(minutes=30)
    house.mail(P, "Re: [#1] Price list", OUTAGE)
    house.ignore()
    assert messages(house, 1) == [1, 2]
    return house


def test_a_further_message_becomes_a_request_counted_from_its_own_reception(
    threaded: House,
) -> None:
    received_at = threaded.now
    threaded.pass_(minutes=10)
    request = split(threaded, 1, 2)
    assert (request.state, request.severity, request.customer) == (
        State.OPEN,
        Severity.CRITICAL,
        "Premium d.o.o.",
    )
    assert request.received_at == received_at
    assert request.first_response_due_at == received_at + timedelta(hours=1)
    assert [messages(threaded, n) for n in (1, 2)] == [[1], [2]]
    assert drawn(threaded, 1, 2) == [1, 1]
    assert threaded.history(1)[-1] == "split"
    assert threaded.history(2) == ["split off"]
    assert split(threaded, 1, 2) == request  # again is the same
    assert len(threaded.requests()) == 2
    threaded.work()
    threaded.ignore()


def test_a_reply_to_what_was_split_off_goes_on_there(threaded: House) -> None:
    (_, filed) = threaded.store.read(lambda tx: tx.messages.of_request(1))
    split(threaded, 1, 2)
    named = f"<{filed.message.message_id}>"
    threaded.mail(P, "Re: [#1] Price list", "Still nothing.", In_Reply_To=named, References=named)
    assert messages(threaded, 2) == [2, 3]
    threaded.ignore()


def test_what_is_split_off_too_late_is_breached_now_and_pings_at_once(threaded: House) -> None:
    threaded.store.write(lambda tx: threaded.desk.answer(tx, 1, "ana", "So.", "x", threaded.now))
    threaded.work()
    threaded.pass_(hours=2)
    threaded.ignore()
    request = split(threaded, 1, 2)
    assert request.breached_at == threaded.now
    threaded.work()
    assert threaded.ping("ana").request_id == 2
    threaded.ignore()


def test_the_follow_up_goes_with_the_message_it_was_owed_to(house: House) -> None:
    house.mail(P, "Price list", QUESTION)
    house.store.write(lambda tx: house.desk.answer(tx, 1, "ana", "So.", "x", house.now))
    house.work()
    house.mail(P, "Re: [#1] Price list", OUTAGE)
    assert [t.purpose for t in armed(house, 1)] == [Purpose.FOLLOW_UP]
    split(house, 1, 2)
    assert armed(house, 1) == []
    assert [t.purpose for t in armed(house, 2)] == [Purpose.FIRST_RESPONSE]
    house.work()
    house.ignore()


def test_nobody_merges_or_splits(two: House) -> None:
    for act in (joining.merge, joining.split):
        given = (1, 2, assess("", ""), "eve") if act is joining.split else (1, 2, "eve")
        with pytest.raises(Refused, match="nobody is called 'eve'"):
            two.store.write(lambda tx, a=act, g=given: a(tx, two.desk, two.playbook, *g, two.now))


def test_what_opened_a_request_cannot_be_split_off_it(threaded: House) -> None:
    with pytest.raises(Refused, match="message 1 is what request 1 is about"):
        split(threaded, 1, 1)
    threaded.mail("s@standard.example", "Price list", QUESTION)
    with pytest.raises(Refused, match="message 1 is none of the customer's in request 2"):
        split(threaded, 2, 1)
    threaded.ignore()


def test_split_and_merged_again_it_is_one_matter(threaded: House) -> None:
    before = threaded.request(1)
    split(threaded, 1, 2)
    survivor = merge(threaded, 2, 1)
    assert messages(threaded, 1) == [1, 2]
    assert drawn(threaded, 1, 2) == [1, 0]
    assert survivor.received_at == before.received_at
    assert survivor == replace(
        before, reasons=survivor.reasons, epoch=survivor.epoch, needs_review=survivor.needs_review
    )
    threaded.work()
    threaded.ignore()


def test_the_customer_gets_one_receipt_for_what_was_split_off(house: House) -> None:
    house.mail(P, "Price list", QUESTION)
    house.pass_(minutes=20)
    house.mail(P, "Re: [#1] Price list", "And how do I add a customer? Just a question, too.")
    house.ignore()
    message = messages(house, 1)[1]
    made = split(house, 1, message)
    assert split(house, 1, message) == made
    house.work()
    receipt = house.receipt(P)
    assert receipt.subject == "Re: [#2] Price list"
    assert "request #2" in receipt.text
    assert "One of us will answer you by" in receipt.text
    assert receipt.references[-1] == made.last_message_id


def test_a_receipt_names_no_deadline_that_is_past(house: House) -> None:
    house.mail(P, "Price list", QUESTION)
    house.mail(P, "Re: [#1] Price list", OUTAGE)
    house.pass_(hours=5)
    house.ignore()
    split(house, 1, messages(house, 1)[1])
    house.work()
    receipt = house.receipt(P)
    assert "request #2" in receipt.text
    assert "One of us will answer you by" not in receipt.text
    house.ignore()


def test_automatic_mail_that_is_split_off_gets_no_receipt(house: House) -> None:
    house.mail(P, "Price list", QUESTION)
    house.mail(P, "Re: [#1] Price list", "Stock is low. Order now.", Precedence="bulk")
    house.ignore()
    made = split(house, 1, messages(house, 1)[1])
    house.work()
    assert "no receipt" in house.history(made.id)
    house.ignore()
