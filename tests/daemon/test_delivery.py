"""Pings on their way: gathered where they are many, led past what is down, to somebody in time."""

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from channels.base import DeliveryError, Failure
from daemon.delivery.pacing import FAILING_FOR, Breaker, Pace
from rules.model import Audience, EscalationStep, Notice, NoticeKind, Playbook, Way, Whom
from storage.store import Claimed
from tests.daemon.test_ping_page import PUBLIC_URL
from tests.storage.nouns import NOW, a_notice

House = Any  # the fixture's class; conftest is no module to import
OUTAGE = "Nothing works: the whole company cannot send orders since 8 o'clock."
SECOND = timedelta(seconds=1)
WAY = Way("mail", "ana@b2bee.example")


def outages(house: House, count: int) -> None:
    """So many come before anybody looks."""
    for n in range(count):
        mail = f"From: p@premium.example\nSubject: Shop {n} fails\nMessage-ID: <{n}@x>\n\n{OUTAGE}"
        house.take(mail.encode(), "p@premium.example")
    house.work()


def pings(house: House, to: str) -> list[Notice]:
    found = [n for n in house.post.taken if n.kind is NoticeKind.PING and n.person == to]
    found = [n for n in found if n not in house.asked]
    house.ignore()
    return found


def claimed(id: str, **changed: Any) -> Claimed:
    return Claimed(a_notice(id=id, way=WAY, **changed), 1, 1, False, NOW)


# several as one


def test_three_a_minute_go_alone_and_what_is_more_goes_as_one(house: House) -> None:
    outages(house, 3)
    assert [len(p.id) > 0 for p in pings(house, "ana")] == [True] * 3
    house.pass_(minutes=30)  # all three fall due again at once
    assert len(pings(house, "ana")) == 3


def test_the_fourth_and_more_are_one_by_deadline_each_to_be_acknowledged(house: House) -> None:
    house.courier = replace(house.courier, notices=notices_with_links(house))
    outages(house, 7)
    got = pings(house, "ana")
    assert len(got) == 4
    *single, together = got
    assert {p.request_id for p in single} == {1, 2, 3}
    assert together.subject.startswith("4 requests are owed; first [critical] #4 Premium")
    assert [together.text.count(f"#{n} Premium") for n in (4, 5, 6, 7)] == [1] * 4
    assert together.text.index("#4 Premium") < together.text.index("#7 Premium")
    assert together.text.count(f"{PUBLIC_URL}/ping/") == 4
    states = house.store.read(lambda tx: tx.outbox.counts())
    assert set(states) == {"sent"}  # each of them is on record
    reply = together.reply_to
    house.mail("ana@b2bee.example", "Re: owed", "ack #5, 7", to=reply, In_Reply_To="<x@y>")
    owners = [house.request(n).owner for n in range(1, 8)]
    assert owners == ["", "", "", "", "ana", "", "ana"]


def notices_with_links(house: House) -> Any:
    return type(house.courier.notices)(house.playbook, house.key, None, PUBLIC_URL)


def test_two_who_answer_one_gathering_both_hear_who_has_what(house: House) -> None:
    outages(house, 5)
    together = pings(house, "ana")[-1]
    take = (4, "ivo", house.now)
    house.store.write(lambda tx: house.desk.acknowledge(tx, *take))
    house.mail(
        "ana@b2bee.example", "Re: owed", "ack 4 5", to=together.reply_to, In_Reply_To="<x@y>"
    )
    assert "you do not have request 4" in house.alarm("ana").subject
    assert [house.request(n).owner for n in (4, 5)] == ["ivo", "ana"]


def test_of_several_pings_for_one_request_the_last_says_all(house: House) -> None:
    def ping(number: int, step: str, minute: int) -> Notice:
        changed = {"subject": f"#{number} {step}", "text": step, "request_id": number}
        until = house.now + minute * 60 * SECOND
        return a_notice(id=f"ping-{number}-{minute}", way=WAY, useful_until=until, **changed)

    together = house.courier.notices.together
    first, last, other = ping(1, "start", 9), ping(1, "50%", 10), ping(2, "start", 9)
    both = together([first, last, other])
    assert both.subject == "2 requests are owed; first #1 50%"
    assert "#1 start" not in both.text
    assert "ack 1 2" in both.text
    alone = together([first, last])
    assert (alone.subject, alone.text) == ("#1 50%", "50%")  # needs no list
    assert alone.id.startswith("pings-")


def test_pace_gathers_what_follows_for_ten_seconds() -> None:
    pace = Pace()

    def at(seconds: int, count: int) -> tuple[list[int], int]:
        now = NOW + seconds * SECOND
        notices = [claimed(f"p{seconds}-{n}") for n in range(count)]
        found = pace.gather(notices, now)
        assert {until for _, until in found.waiting} <= {NOW + 12 * SECOND}  # whenever it came
        return [len(message) for message in found.messages], len(found.waiting)

    assert at(0, 2) == ([1, 1], 0)
    assert at(1, 1) == ([1], 0)
    assert at(2, 5) == ([5], 0)
    assert at(3, 2) == ([], 2)
    assert at(11, 1) == ([], 1)
    assert at(12, 2) == ([2], 0)
    assert at(60, 4) == ([1, 1, 2], 0)


def test_what_may_have_been_sent_and_what_is_no_ping_is_never_gathered() -> None:
    pace = Pace()
    pace.gather([claimed(f"p{n}") for n in range(3)], NOW)
    perhaps = replace(claimed("perhaps"), maybe_sent=True)
    alarm = claimed("alarm", kind=NoticeKind.ALARM)
    other = Claimed(a_notice(id="other", way=Way("log", "")), 1, 1, False, NOW)
    found = pace.gather([perhaps, alarm, other, claimed("a"), claimed("b")], NOW)
    assert [[c.notice.id for c in message] for message in found.messages] == [
        ["perhaps"],
        ["alarm"],
        ["other"],
        ["a", "b"],
    ]
    assert found.waiting == []


def test_a_gathering_that_fails_leaves_each_to_be_tried_again(house: House) -> None:
    send = house.post.send
    failing = DeliveryError(Failure.TEMPORARY, "451 later")

    async def no_gatherings(notice: Notice) -> Any:
        if notice.id.startswith("pings-"):
            raise failing
        return await send(notice)

    house.post.send = no_gatherings
    outages(house, 6)
    assert len(pings(house, "ana")) == 3
    house.post.send = send
    house.now += 20 * SECOND
    house.work()
    [together] = pings(house, "ana")
    assert together.id.startswith("pings-")


# what is down


def test_a_way_is_down_after_three_refusals_in_a_row_or_a_minute_of_failure() -> None:
    breaker = Breaker()
    for _ in range(2):
        assert not breaker.failed(WAY, Failure.PERMANENT, NOW)
    breaker.worked(WAY)
    for _ in range(2):
        assert not breaker.failed(WAY, Failure.PERMANENT, NOW)
    assert not breaker.is_down(WAY)
    assert breaker.failed(WAY, Failure.PERMANENT, NOW)
    assert not breaker.failed(WAY, Failure.PERMANENT, NOW)  # it was down already
    assert breaker.is_down(WAY)
    breaker.worked(WAY)
    assert not breaker.is_down(WAY)
    for seconds in (0, 30, 59):
        assert not breaker.failed(WAY, Failure.TEMPORARY, NOW + seconds * SECOND)
    assert breaker.failed(WAY, Failure.UNKNOWN, NOW + 60 * SECOND)


def test_a_way_that_is_down_is_tried_once_a_minute() -> None:
    breaker = Breaker()
    assert not breaker.keeps_back(WAY, NOW)
    for _ in range(3):
        breaker.failed(WAY, Failure.PERMANENT, NOW)
    tries = [n for n in range(180) if not breaker.keeps_back(WAY, NOW + n * SECOND)]
    assert tries == [60, 120]
    assert timedelta(minutes=1) == FAILING_FOR


def test_when_nothing_reaches_a_person_who_comes_next_is_told_at_once(house: House) -> None:
    house.post.failing = DeliveryError(Failure.PERMANENT, "550 no such user")
    house.post.failing_for = "ana@b2bee.example"
    outages(house, 1)
    instead = house.ping("boss")
    assert "catch-all: ana cannot be reached" in instead.text
    assert "ana not reached" in house.history()
    house.ignore()
    house.pass_(minutes=1)
    assert house.unasked() == []  # told once, not at every failure


def test_a_way_that_works_is_enough(house: House) -> None:
    both = (Way("mail", "ana@b2bee.example"), Way("mail", "ana@else.example"))
    ana = replace(house.playbook.people["ana"], ways=both)
    house.playbook.people["ana"] = ana
    house.post.failing = DeliveryError(Failure.PERMANENT, "550 no such user")
    house.post.failing_for = "ana@b2bee.example"
    outages(house, 1)
    assert house.sent(NoticeKind.PING, "ana@else.example")
    assert "ana not reached" not in house.history()
    house.ignore()


@pytest.mark.parametrize("failure", [Failure.TEMPORARY, Failure.PERMANENT])
def test_of_a_way_that_is_down_one_alarm_an_hour_is_told(house: House, failure: Failure) -> None:
    house.post.failing = DeliveryError(failure, "no relay")
    house.post.failing_for = "ana@b2bee.example"
    outages(house, 3)
    for _ in range(12):
        house.now += 10 * SECOND
        house.work()
    down = [n for n in house.post.taken if "a way to reach us is down" in n.subject]
    assert [n.way.address for n in down] == ["boss@b2bee.example"]
    house.post.failing = None
    house.ignore()


def test_after_an_outage_only_what_still_matters_goes_out(house: House) -> None:
    house.post.failing = DeliveryError(Failure.TEMPORARY, "no relay")
    house.post.failing_for = "ana@b2bee.example"
    outages(house, 2)
    house.pass_(minutes=3)
    house.store.write(lambda tx: house.desk.acknowledge(tx, 1, "boss", house.now))
    house.post.failing = None
    house.ignore()
    house.pass_(minutes=6)
    got = {n.request_id for n in pings(house, "ana")}
    assert got == {2}


def test_what_is_due_first_goes_first_and_of_two_at_once_the_plan_with_priority(
    house: House,
) -> None:
    house.take(b"From: b@basic.example\nSubject: a\nMessage-ID: <1@x>\n\n" + OUTAGE.encode(), "b")
    house.take(b"From: p@premium.example\nSubject: b\nMessage-ID: <2@x>\n\n" + OUTAGE.encode(), "p")
    house.work()
    due: list[datetime] = [house.request(n).first_response_due_at for n in (1, 2)]
    assert due[0] == due[1]
    assert [p.request_id for p in pings(house, "ana")] == [2, 1]


def test_a_name_that_begins_alike_does_not_count_as_reached(house: House) -> None:
    mia = Way("mail", "mia@b2bee.example")
    house.playbook.people["ana-mia"] = replace(house.playbook.people["ana"], name="ana-mia",
                                               ways=(mia,))  # fmt: skip
    both = tuple(Audience(Whom.PERSON, name) for name in ("ana", "ana-mia"))
    house.under(with_steps(house.playbook, both))
    house.post.failing = DeliveryError(Failure.PERMANENT, "550 no such user")
    house.post.failing_for = "ana@b2bee.example"
    outages(house, 1)
    assert "ana not reached" in house.history()
    house.ignore()


def with_steps(playbook: Playbook, tells: tuple[Audience, ...]) -> Playbook:
    """Every policy tells these at the start."""
    policies = tuple(
        replace(each, policy=replace(each.policy, steps=(EscalationStep(Fraction(0), tells),)))
        for each in playbook.escalation.policies
    )
    return replace(playbook, escalation=replace(playbook.escalation, policies=policies))


def test_failures_hours_apart_do_not_make_a_way_down() -> None:
    breaker = Breaker()
    for hour in range(5):  # each was called back before it was tried again
        assert not breaker.failed(WAY, Failure.TEMPORARY, NOW + timedelta(hours=hour))
    assert not breaker.is_down(WAY)


def test_copies_wait_while_their_way_is_down_and_answers_do_not(house: House) -> None:
    for _ in range(3):
        house.courier.breaker.failed(WAY, Failure.PERMANENT, house.now)
    house.mail("s@standard.example", "List", "How do I export the price list? Just a question.")
    house.receipt("s@standard.example")
    assert house.unasked() == []
    house.store.write(lambda tx: house.desk.answer(tx, 1, "ana", "Like this.", "x", house.now))
    house.work()
    house.sent(NoticeKind.ANSWER, "s@standard.example")
    house.now += FAILING_FOR
    house.work()
    house.sent(NoticeKind.COPY, WAY.address)
    assert not house.courier.breaker.is_down(WAY)


# a shift that ends while a ping waits


def test_a_ping_that_waited_past_a_shift_goes_to_who_is_on_call_then(house: House) -> None:
    house.at("2026-03-09T08:55")
    house.post.failing = DeliveryError(Failure.TEMPORARY, "no relay")
    outages(house, 1)
    house.now += timedelta(minutes=6)  # ivo has it since 09:00
    house.post.failing = None
    house.courier = replace(house.courier, breaker=Breaker())
    house.work()
    assert house.ping("ivo").request_id == 1
    assert [n for n in house.post.taken if n.kind is NoticeKind.PING and n.person == "ana"] == []
    assert "ana is no longer on call" in house.history()
    house.ignore()
    house.now += timedelta(minutes=1)
    house.work()
    assert house.unasked() == []


def test_who_has_a_request_hears_of_it_after_the_shift_as_well(house: House) -> None:
    house.at("2026-03-09T08:55")
    house.post.failing = DeliveryError(Failure.TEMPORARY, "no relay")
    outages(house, 1)
    house.store.write(lambda tx: house.desk.reassign(tx, 1, "ana", "boss", house.now))
    house.now += timedelta(minutes=6)
    house.post.failing = None
    house.courier = replace(house.courier, breaker=Breaker())
    house.work()
    assert house.ping("ana").request_id == 1
    house.ignore()
