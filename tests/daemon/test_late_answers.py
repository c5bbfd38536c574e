"""What an answer ends: what was owed when it was written, and nothing that came after it."""

from datetime import timedelta

import pytest

from channels.base import DeliveryError, Failure
from rules.model import CloseReason, Purpose, Severity, State, Timer
from rules.statements import Outcome
from tests.daemon.house import House
from tests.daemon.test_joining import OUTAGE, QUESTION, P, armed
from tests.daemon.test_promises_answers import bounce
from tests.daemon.test_sent_mail import sent_mail
from tests.daemon.test_staff_mail import ANA, original
from tests.daemon.test_threads import ANSWER
from tests.daemon.test_what_is_owed import answer, spoke, stated

AGAIN = "Re: [#1] Price list"
SLOW = "Synchronisation is very slow for all reps, orders arrive an hour late. No workaround."


def queue(house: House, text: str = "So.") -> None:
    """An answer that no relay takes yet."""
    house.post.failing = DeliveryError(Failure.TEMPORARY, "451 later")
    house.post.failing_for = P
    answer(house, 1, text)


def relay_comes_back(house: House) -> None:
    house.post.failing = None
    house.pass_(minutes=6)
    house.ignore()


def watched(house: House) -> list[Purpose]:
    return [timer.purpose for timer in armed(house, 1)]


def only(timers: list[Timer]) -> Timer:
    [timer] = timers
    return timer


def grade(house: House, severity: Severity, id: int = 1) -> None:
    house.store.write(lambda tx: house.desk.set_severity(tx, id, severity, "x", "ana", house.now))
    house.work()
    house.ignore()


# --- Written before the customer wrote again ---


def test_an_answer_taken_late_leaves_a_graver_message_owed_that_came_meanwhile(
    house: House,
) -> None:
    house.mail(P, "Price list", QUESTION)
    queue(house)
    house.pass_(minutes=1)
    house.mail(P, AGAIN, OUTAGE)
    came_at = house.now
    relay_comes_back(house)
    assert house.request().state is State.ANSWERED
    timer = only(armed(house, 1))
    assert (timer.purpose, timer.severity) == (Purpose.FOLLOW_UP, Severity.CRITICAL)
    assert timer.due_at == came_at + timedelta(hours=1)


def test_a_further_answer_taken_late_leaves_a_follow_up_owed_that_came_meanwhile(
    house: House,
) -> None:
    house.mail(P, "Price list", QUESTION)
    answer(house, 1)
    queue(house, "And so.")
    house.pass_(minutes=1)
    house.mail(P, AGAIN, OUTAGE)
    relay_comes_back(house)
    assert watched(house) == [Purpose.FOLLOW_UP]


def test_an_answer_between_two_grave_messages_leaves_the_later_one_its_own_time(
    house: House,
) -> None:
    house.mail(P, "Price list", QUESTION)
    answer(house, 1)
    house.mail(P, AGAIN, OUTAGE)
    house.pass_(minutes=10)
    queue(house, "Restart it.")
    house.pass_(minutes=1)
    house.mail(P, AGAIN, f"{OUTAGE} Still.")
    came_at = house.now
    relay_comes_back(house)
    assert only(armed(house, 1)).due_at == came_at + timedelta(hours=1)


def test_an_answer_taken_late_ends_it_where_what_came_meanwhile_was_not_grave(
    house: House,
) -> None:
    house.mail(P, "Price list", QUESTION)
    queue(house)
    house.pass_(minutes=1)
    house.mail(P, AGAIN, "And as CSV?")
    relay_comes_back(house)
    assert watched(house) == []


def test_an_answer_written_after_a_grave_message_ends_its_watch(house: House) -> None:
    house.mail(P, "Price list", QUESTION)
    house.mail(P, AGAIN, OUTAGE)
    house.pass_(minutes=1)
    queue(house)
    relay_comes_back(house)
    assert watched(house) == []


@pytest.mark.parametrize("answered_before", [False, True])
def test_a_call_written_down_late_leaves_a_graver_message_owed(
    house: House, answered_before: bool
) -> None:
    house.mail(P, "Price list", QUESTION)
    if answered_before:
        answer(house, 1)
    house.pass_(minutes=1)
    spoke_at = house.now
    house.pass_(minutes=1)
    house.mail(P, AGAIN, OUTAGE)
    spoke(house, 1, spoke_at)
    house.work()
    house.ignore()
    assert watched(house) == [Purpose.FOLLOW_UP]
    spoke(house, 1, house.now)
    assert watched(house) == []


def test_mail_sent_past_us_before_a_graver_message_leaves_that_owed(house: House) -> None:
    house.mail(P, "Price list", QUESTION)
    house.pass_(minutes=2)
    house.mail(P, AGAIN, OUTAGE)
    house.now -= timedelta(minutes=1)  # when it was sent; it is found only now
    sent_mail(house, ANA, P, original(house), ANSWER)
    house.ignore()
    assert house.request().state is State.ANSWERED
    assert watched(house) == [Purpose.FOLLOW_UP]


# --- Bounces beside answers by other ways ---


def test_an_answer_before_the_one_on_record_is_the_first_response(house: House) -> None:
    house.mail(P, "Orders", OUTAGE)
    early = house.now + timedelta(minutes=10)
    house.pass_(hours=2)
    answer(house, 1, "Repaired.")
    house.ignore()
    assert house.request().breached_at
    spoke(house, 1, early)
    request = house.request()
    assert (request.first_response_at, request.breached_at) == (early, None)
    assert stated(house).lines[0].outcome is Outcome.IN_TIME


def test_an_answer_before_the_one_on_record_leaves_what_is_watched_as_it_is(house: House) -> None:
    house.mail(P, "Price list", QUESTION)
    house.pass_(minutes=20)
    early = house.now - timedelta(minutes=10)
    house.mail(P, AGAIN, "Please hurry up with the export.")
    answer(house, 1)
    house.pass_(minutes=5)
    house.mail(P, AGAIN, OUTAGE)
    house.ignore()
    before = armed(house, 1)
    assert [timer.purpose for timer in before] == [Purpose.FOLLOW_UP]
    spoke(house, 1, early)
    house.work()
    assert armed(house, 1) == before


def test_a_bounce_does_not_take_back_what_was_said_by_phone(house: House) -> None:
    house.mail(P, "Price list", QUESTION)
    spoke(house, 1, house.now)
    bounce(house, answer(house, 1).message_id)
    house.ignore()
    assert house.request().state is State.ANSWERED


def test_a_bounce_does_not_take_back_an_answer_sent_past_us(house: House) -> None:
    house.mail(P, "Price list", QUESTION)
    sent_mail(house, ANA, P, original(house), ANSWER)
    bounce(house, answer(house, 1).message_id)
    house.ignore()
    assert house.request().state is State.ANSWERED


# --- Judged by the final severity ---


def test_a_graver_severity_after_the_answer_makes_it_late_at_that_instant(house: House) -> None:
    house.mail(P, "Price list", QUESTION)
    house.pass_(hours=3)
    answer(house, 1)
    house.pass_(hours=1)
    grade(house, Severity.SIGNIFICANT)
    request = house.request()
    assert request.breached_at == house.now
    assert request.first_response_due_at == request.received_at + timedelta(hours=1)
    line = stated(house).lines[0]
    assert (line.outcome, line.target) == (Outcome.LATE, timedelta(hours=1))


def test_a_lesser_severity_after_the_answer_judges_it_by_the_longer_target(house: House) -> None:
    house.mail(P, "Orders", OUTAGE)
    house.pass_(hours=2)
    answer(house, 1)
    assert stated(house).lines[0].outcome is Outcome.LATE
    grade(house, Severity.MINOR)
    line = stated(house).lines[0]
    assert (line.outcome, line.target) == (Outcome.IN_TIME, timedelta(hours=4))
    assert line.request.first_response_due_at == line.request.received_at + timedelta(hours=4)
    assert "deadline passed" in house.history()


def test_a_severity_set_after_the_answer_leaves_a_follow_up_watched_as_it_was(
    house: House,
) -> None:
    house.mail(P, "Price list", QUESTION)
    answer(house, 1)
    house.mail(P, AGAIN, OUTAGE)
    house.ignore()
    before = armed(house, 1)
    grade(house, Severity.MINOR)
    assert armed(house, 1) == before


def test_a_held_request_that_was_answered_was_promised_nothing(house: House) -> None:
    house.mail("u@unknown.example", "Price list", QUESTION)
    answer(house, 1)
    grade(house, Severity.CRITICAL)
    request = house.request()
    assert (request.first_response_due_at, request.breached_at) == (None, None)


def test_an_answered_request_is_judged_by_the_contract_it_is_assigned_to(house: House) -> None:
    house.mail("b@basic.example", "Orders", SLOW)
    house.pass_(hours=2)
    answer(house, 1)
    house.store.write(
        lambda tx: house.desk.assign(
            tx, 1, tx.contracts.of_customer("Premium d.o.o.")[0], "ana", house.now
        )
    )
    house.work()
    house.ignore()
    line = stated(house).lines[0]
    assert (line.outcome, line.target) == (Outcome.LATE, timedelta(hours=1))
    assert line.request.breached_at == house.now


# --- Withdrawn late, and opened again ---


def test_a_breach_stays_though_the_request_was_withdrawn_and_opened_again(house: House) -> None:
    house.mail(P, "Orders", OUTAGE)
    house.pass_(hours=2)
    broken_at = house.request().breached_at
    assert broken_at
    house.store.write(lambda tx: house.desk.close(tx, 1, CloseReason.WITHDRAWN, "ana", house.now))
    house.mail(P, "Re: [#1] Orders", "It fails again: nobody can send orders.")
    assert house.request().breached_at == broken_at
    grade(house, Severity.CRITICAL)
    answer(house, 1)
    house.ignore()
    assert house.request().breached_at == broken_at
    assert stated(house).lines[0].outcome is Outcome.LATE
