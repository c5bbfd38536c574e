"""What stays owed when answers bounce, come late, or requests are merged, split and let through."""

from dataclasses import replace
from datetime import date, datetime, timedelta

from daemon.statements.gather import credit_uses, statement
from rules.model import CloseReason, Notice, NoticeKind, Purpose, Severity
from rules.statements import Month, Outcome, Statement
from tests.daemon.house import House
from tests.daemon.test_joining import OUTAGE, QUESTION, P, armed, merge, messages, split
from tests.daemon.test_promises_answers import bounce

MARCH = Month(date(2026, 3, 1))


def spoke(house: House, id: int, at: datetime) -> None:
    house.store.write(
        lambda tx: house.desk.answered_by_phone(tx, id, "ana", "in the call itself", at)
    )


def answer(house: House, id: int, text: str = "So.") -> Notice:
    made = house.store.write(lambda tx: house.desk.answer(tx, id, "ana", text, text, house.now))
    house.work()
    return made


def stated(house: House) -> Statement:
    return house.store.read(
        lambda tx: statement(
            tx, tx.contracts.of_customer("Premium d.o.o."), MARCH, house.playbook, house.now
        )
    )


def test_a_grave_follow_up_is_still_watched_after_the_answer_before_it_bounced(
    house: House,
) -> None:
    house.mail(P, "Price list", QUESTION)
    lost = answer(house, 1)
    house.mail(P, "Re: [#1] Price list", OUTAGE)
    bounce(house, lost.message_id)
    house.ignore()
    house.pass_(hours=1)
    late = [n for n in house.post.taken if n not in house.asked and n.kind is NoticeKind.PING]
    house.ignore()
    assert late


def test_splitting_one_of_two_grave_messages_leaves_the_other_watched(house: House) -> None:
    house.mail(P, "Price list", QUESTION)
    answer(house, 1)
    house.mail(P, "Re: [#1] Price list", OUTAGE)
    house.pass_(minutes=10)
    house.mail(P, "Re: [#1] Price list", "Nobody can log in: the application is down for all.")
    house.ignore()
    split(house, 1, messages(house, 1)[1])
    house.work()
    house.ignore()
    assert [t.purpose for t in armed(house, 1)] == [Purpose.FOLLOW_UP]


def test_a_follow_up_merged_into_an_open_request_keeps_its_severity_and_start(
    house: House,
) -> None:
    house.mail(P, "Price list", QUESTION)
    answer(house, 1)
    house.at("2026-03-06T10:00")
    house.mail(P, "Re: [#1] Price list", OUTAGE)
    house.mail(P, "Stock list", QUESTION)
    house.ignore()
    merge(house, 1, 2)
    assert armed(house, 2)[0].severity is Severity.CRITICAL
    request = house.store.write(
        lambda tx: house.desk.set_severity(tx, 2, Severity.SIGNIFICANT, "x", "ana", house.now)
    )
    house.work()
    house.ignore()
    assert request.breached_at is None


def test_what_pinged_still_pings_after_it_was_merged_into_a_quiet_one(house: House) -> None:
    house.mail("u@unknown.example", "Price list", QUESTION)
    house.pass_(minutes=5)
    house.mail("l@lapsed.example", "Price list", QUESTION)
    house.ignore()
    merge(house, 2, 1)
    assert not house.request(1).quiet
    assert not armed(house, 1)[0].quiet


def test_an_answer_in_time_written_down_after_the_deadline_is_in_time(house: House) -> None:
    house.mail(P, "Orders", OUTAGE)
    at = house.now + timedelta(minutes=30)
    house.pass_(hours=2)
    spoke(house, 1, at)
    house.work()
    house.ignore()
    assert house.request(1).breached_at is None
    assert stated(house).lines[0].outcome is Outcome.IN_TIME


def test_a_breach_does_not_vanish_by_merging(house: House) -> None:
    house.mail(P, "Price list", QUESTION)
    answer(house, 1)
    house.mail(P, "Orders", OUTAGE)
    house.pass_(hours=2)
    house.ignore()
    merge(house, 2, 1)
    house.work()
    house.ignore()
    assert stated(house).count(Outcome.LATE) == 1


def test_credits_are_those_of_the_version_of_the_month(house: House) -> None:
    policy = house.playbook.policy
    fewer = replace(policy.plans["premium"], credits_per_month=3)
    later = replace(
        policy, effective_from=date(2027, 1, 1), plans={**policy.plans, "premium": fewer}
    )
    book = replace(house.playbook, earlier=(policy,), policy=later)
    [use] = house.store.read(
        lambda tx: credit_uses(tx, tx.contracts.of_customer("Premium d.o.o."), MARCH, book)
    )
    assert use.granted == 10


def test_what_was_drawn_under_a_contract_ended_since_is_in_the_statement(house: House) -> None:
    house.mail(P, "Price list", QUESTION)
    house.ignore()
    contract = house.store.read(lambda tx: tx.contracts.of_customer("Premium d.o.o."))[0]
    ended = replace(contract, ended_on=date(2026, 2, 28))
    house.store.write(lambda tx: tx.contracts.put([ended]))
    month = stated(house)
    assert [line.request.covered for line in month.lines] == [True]
    assert [use.drawn for use in month.credits] == [1]


def test_a_held_request_opened_again_is_released_from_when_it_was_opened_again(
    house: House,
) -> None:
    who = "maja@private.example"
    house.mail(who, "Price list", QUESTION)
    house.store.write(lambda tx: house.desk.close(tx, 1, CloseReason.WITHDRAWN, "ana", house.now))
    house.at("2026-03-09T10:00")
    house.mail(who, "Re: [#1] Price list", "I need it after all. How do I export it?")
    house.ignore()
    request = house.store.write(
        lambda tx: house.desk.assign(
            tx, 1, tx.contracts.of_customer("Premium d.o.o.")[0], "ana", house.now
        )
    )
    house.work()
    house.ignore()
    assert request.first_response_due_at
    assert request.first_response_due_at > house.now
