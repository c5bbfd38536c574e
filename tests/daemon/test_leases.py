"""Who has a request: acknowledged, snoozed, given away, and what two do at once."""

from datetime import timedelta
from typing import Any

import pytest

from rules.model import Notice, Request, Severity
from rules.requests import Refused

House = Any  # the fixture's class; conftest is no module to import
OUTAGE = "Nothing works: the whole company cannot send orders since 8 o'clock."


def pinged(house: House) -> Notice:
    house.mail("p@premium.example", "Orders fail", OUTAGE)
    ping: Notice = house.ping("ana")
    house.ignore()
    return ping


def act(house: House, what: str, *said: Any, epoch: int | None = None) -> Request:
    method = getattr(house.desk, what)
    request: Request = house.store.write(lambda tx: method(tx, 1, *said, house.now, epoch))
    house.work()
    return request


def test_two_press_the_same_ping_at_once_and_one_has_it_and_both_know(house: House) -> None:
    pinged(house)
    house.now += timedelta(minutes=1)
    assert act(house, "acknowledge", "ana", epoch=0).owner == "ana"
    with pytest.raises(Refused, match="ana has request 1 since that ping, until Wed 2026-03-04"):
        act(house, "acknowledge", "ivo", epoch=0)
    assert house.request().owner == "ana"


def test_whoever_had_it_hears_that_another_took_it_knowingly(house: House) -> None:
    pinged(house)
    act(house, "acknowledge", "ana", epoch=0)
    act(house, "acknowledge", "ivo", epoch=1)
    told = house.alarm("ana")
    assert "ivo has request 1 now" in told.subject
    assert house.request().owner == "ivo"


def test_pressed_twice_it_changes_nothing(house: House) -> None:
    pinged(house)
    first = act(house, "acknowledge", "ana", epoch=0)
    house.now += timedelta(minutes=2)
    assert act(house, "acknowledge", "ana", epoch=0) == first
    assert house.history().count("acknowledged") == 1


def test_a_snooze_is_quiet_to_its_end_and_then_pings_again(house: House) -> None:
    pinged(house)
    assert act(house, "snooze", timedelta(minutes=20), "ana", epoch=0).owner == "ana"
    assert house.store.read(lambda tx: house.desk.snoozes(tx, 1, house.now))
    house.pass_(minutes=19)
    assert house.unasked() == []
    house.pass_(minutes=1)
    assert "acknowledgement by ana ended" in house.ping("ana").text


def test_a_snooze_past_the_reserve_is_refused_and_changes_nothing(house: House) -> None:
    pinged(house)
    before = house.request()
    with pytest.raises(Refused, match="cannot wait 1 h"):
        act(house, "snooze", timedelta(hours=1), "ana")
    assert house.request() == before
    assert house.store.read(lambda tx: house.desk.snoozes(tx, 99, house.now)) == ()


def test_whom_a_request_is_given_to_is_pinged_at_once_and_again_at_the_next_step(
    house: House,
) -> None:
    pinged(house)
    house.now += timedelta(minutes=5)
    assert act(house, "reassign", "ivo", "ana").owner == "ivo"
    given = house.ping("ivo")
    assert "ana gives it to you" in given.text
    house.pass_(minutes=25)
    assert house.ping("ana").id != house.ping("ivo").id != given.id


def test_whoever_had_it_hears_that_a_third_gave_it_away(house: House) -> None:
    pinged(house)
    act(house, "acknowledge", "ana")
    act(house, "reassign", "ivo", "boss")
    house.ping("ivo")
    assert "ivo has request 1 now" in house.alarm("ana").subject


def test_only_one_of_us_can_be_given_a_request(house: House) -> None:
    pinged(house)
    with pytest.raises(Refused, match="nobody is called 'eve'"):
        act(house, "reassign", "eve", "ana")


def test_a_reply_to_a_ping_that_another_has_taken_is_told_to_be_in_vain(house: House) -> None:
    ping = pinged(house)
    act(house, "acknowledge", "ana", epoch=0)
    house.mail(
        "ivo@b2bee.example",
        "Re: ping",
        "mine",
        to=ping.reply_to,
        In_Reply_To=f"<{ping.message_id}>",
    )
    told = house.alarm("ivo")
    assert "you do not have request 1" in told.subject
    assert "ana has request 1 since that ping" in told.text
    assert house.request().owner == "ana"
    assert "acknowledged in vain" in house.history()


def test_a_number_that_no_request_has_is_told_to_be_in_vain_and_the_others_count(
    house: House,
) -> None:
    ping = pinged(house)
    for text, owner in (("ack 99", ""), ("ack 1 99", "ana")):
        house.mail("ana@b2bee.example", "Re: ping", text, to=ping.reply_to)
        told = house.alarm("ana")
        assert "you do not have request 99" in told.subject
        assert "there is no request 99" in told.text
        assert house.request().owner == owner
    assert house.history().count("acknowledged in vain") == 2


def test_who_has_it_leaves_the_reserve_of_a_nearer_deadline_too(house: House) -> None:
    house.mail("p@premium.example", "Question", "How do I export the price list? Just a question.")
    house.ignore()
    act(house, "snooze", timedelta(hours=4), "ana")
    house.store.write(
        lambda tx: house.desk.set_severity(tx, 1, Severity.CRITICAL, "no orders", "ivo", house.now)
    )
    due_at = house.request().first_response_due_at
    [timer] = house.store.read(lambda tx: tx.timers.of(1))
    assert timer.acknowledgement.until_at == due_at - timedelta(minutes=5)
    while house.now < due_at - timedelta(minutes=5):
        assert house.unasked() == []
        house.pass_(minutes=1)
    assert "acknowledgement by ana ended" in house.ping("ana").text
    house.ignore()


def test_who_was_given_it_may_say_so_on_an_older_ping(house: House) -> None:
    pinged(house)
    act(house, "reassign", "ana", "boss", epoch=0)
    house.ping("ana")
    house.ignore()
    assert act(house, "acknowledge", "ana", epoch=0).epoch == 2
    assert house.history().count("acknowledged") == 1
    assert act(house, "acknowledge", "ana", epoch=0).epoch == 2
    assert house.history().count("acknowledged") == 1
