"""Whoever must hear of it, hears of it, once: pings, the courier, and what fails on the way."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from channels.base import DeliveryError, Failure, Sent
from daemon.notices import Notices
from daemon.service import Loop
from daemon.supervision import supervise
from rules.model import Notice, NoticeKind, Request, Severity, Way

OUTAGE = "Nothing works: the whole company cannot send orders since 8 o'clock."

House = Any  # the fixture's class; conftest is no module to import


def outage(house: House) -> None:
    house.mail("p@premium.example", "Orders fail", OUTAGE)


class Slow:
    """A peer that takes its time: until it is released it has not taken anything."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.begun = asyncio.Event()
        self.released = asyncio.Event()
        self.taken: list[str] = []

    async def send(self, notice: Notice) -> Sent:
        self.begun.set()
        await self.released.wait()
        self.taken.append(notice.id)
        return Sent("")


class Forgetful:
    """A store whose disk is full at the first write after something was taken."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.read, self.claim = house.thread.read, house.thread.claim
        self.failed = False

    async def write(self, work: Callable[..., Any]) -> Any:
        if self.house.post.taken and not self.failed:
            self.failed = True
            raise OSError("disk full for a moment")
        return await self.house.thread.write(work)


def sent_ids(house: House) -> list[str]:
    ids = [notice.id for notice in house.post.taken]
    house.ignore()
    return ids


def test_a_relay_that_hangs_keeps_no_push_from_a_person(house: House) -> None:
    mail, push = Slow("mail"), Slow("apprise")
    push.released.set()
    courier = replace(house.courier, outbounds={"mail": mail, "apprise": push})
    day = timedelta(days=1)
    letter = Notice(
        "", NoticeKind.RECEIPT, Way("mail", "c@c.example"), "s", "t", house.now, house.now + day
    )
    letters = [replace(letter, id=f"receipt-{n}") for n in range(30)]
    ping = replace(letter, id="ping", kind=NoticeKind.PING, way=Way("apprise", "tgram://x"))
    house.store.write(lambda tx: tx.outbox.post([*letters, ping], house.now))

    async def story() -> None:
        hanging = asyncio.create_task(courier.lane("mail"))
        await mail.begun.wait()
        await courier.lane("apprise")
        assert push.taken == ["ping"]
        assert mail.taken == []
        mail.released.set()
        await hanging

    house.loop.run_until_complete(story())


def test_the_push_goes_out_in_the_very_round_in_which_the_relay_hangs(house: House) -> None:
    mail, push = Slow("mail"), Slow("apprise")
    courier = replace(house.courier, outbounds={"mail": mail, "apprise": push})
    until = house.now + timedelta(days=1)
    letter = Notice("r", NoticeKind.RECEIPT, Way("mail", "c@c.example"), "", "", house.now, until)
    ping = replace(letter, id="ping", kind=NoticeKind.PING, way=Way("apprise", "tgram://x"))
    house.store.write(lambda tx: tx.outbox.post([letter, ping], house.now))

    async def story() -> None:
        async with asyncio.timeout(20):
            hanging = asyncio.create_task(courier.round())
            await mail.begun.wait()
            await push.begun.wait()
            push.released.set()
            mail.released.set()
            await hanging

    house.loop.run_until_complete(story())
    assert push.taken == ["ping"]


def test_what_was_taken_but_not_recorded_is_asked_for_not_sent_again(house: House) -> None:
    house.post.can_tell = True
    store = Forgetful(house)
    house.courier = replace(house.courier, store=store)
    outage(house)
    house.pass_(minutes=5)
    assert store.failed
    ids = sent_ids(house)
    assert len(ids) == len(set(ids))
    assert house.store.read(lambda tx: tx.outbox.counts()) == {"sent": len(ids)}


def test_what_may_have_been_sent_stays_so_when_the_relay_cannot_be_asked(house: House) -> None:
    house.post.can_tell = True
    send, find = house.post.send, house.post.find

    async def lost(notice: Notice) -> Sent:
        house.post.taken.append(notice)
        raise DeliveryError(Failure.UNKNOWN, "connection lost")

    async def down(notice: Notice) -> Sent:
        raise DeliveryError(Failure.TEMPORARY, "451 later")

    house.post.send = lost
    outage(house)
    house.post.send = house.post.find = down
    house.now += timedelta(seconds=6)
    house.work()
    house.post.send, house.post.find = send, find
    house.pass_(minutes=5)
    ids = sent_ids(house)
    assert ids.count("receipt-1") == 1
    assert len(ids) == len(set(ids))


def test_what_a_stop_finds_being_sent_is_finished_and_recorded(house: House) -> None:
    relay = Slow("mail")
    courier = replace(house.courier, outbounds={"mail": relay})
    mail = "From: p@premium.example\nSubject: Orders fail\nMessage-ID: <1@x>\n\n" + OUTAGE
    house.take(mail.encode(), "p@premium.example")

    async def story() -> None:
        await house.intake.round()
        loop = Loop("courier", courier.round)
        loop.wake.set()
        running = asyncio.create_task(loop.run(lambda: house.now))
        await relay.begun.wait()
        running.cancel()
        relay.released.set()
        await asyncio.wait({running})

    house.loop.run_until_complete(story())
    assert "receipt-1" in relay.taken
    states = house.store.read(lambda tx: tx.outbox.counts())
    assert states == {"sent": len(relay.taken)}


def test_a_door_that_returns_when_told_to_stop_is_not_run_again(house: House) -> None:
    runs: list[None] = []
    wrong: list[str] = []

    async def door() -> None:
        runs.append(None)
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    async def alarm(what: str, detail: str) -> None:
        wrong.append(what)

    async def again(seconds: float) -> None:
        raise AssertionError("it is to be run again")

    async def story() -> None:
        task = asyncio.create_task(supervise("door", door, alarm, lambda: house.now, again))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()

    house.loop.run_until_complete(story())
    assert (len(runs), wrong) == (1, [])


def test_a_ping_that_failed_while_somebody_else_took_the_request_is_not_tried_again(
    house: House,
) -> None:
    send = house.post.send

    async def taken_over(notice: Notice) -> Sent:
        if notice.kind is not NoticeKind.PING:
            sent: Sent = await send(notice)
            return sent
        await house.thread.write(lambda tx: house.desk.acknowledge(tx, 1, "ivo", house.now))
        raise DeliveryError(Failure.TEMPORARY, "451 later")

    house.post.send = taken_over
    outage(house)
    house.post.send = send
    house.receipt("p@premium.example")
    house.copy("ana")
    house.pass_(minutes=5)
    assert house.request().owner == "ivo"


def test_a_ping_that_fails_three_times_is_told_to_the_catch_all_by_another_person(
    house: House,
) -> None:
    house.post.failing = DeliveryError(Failure.TEMPORARY, "451 later")
    house.post.failing_for = "ana@b2bee.example"
    outage(house)
    house.receipt("p@premium.example")
    house.pass_(seconds=5)
    assert house.unasked() == []
    house.pass_(seconds=15)
    alarm = house.alarm("boss")
    assert "ana" in alarm.text
    assert "451 later" in alarm.text
    assert "ana cannot be reached" in house.ping("boss").text
    house.post.failing = None
    house.pass_(minutes=5)
    house.ping("ana")  # it is still tried, and so is the copy
    house.copy("ana")


def test_a_deadline_that_cannot_be_read_hides_no_other_and_is_told_of(house: House) -> None:
    outage(house)
    house.mail("s@standard.example", "Orders fail here too", OUTAGE)
    house.ignore()
    notices = house.watch.notices
    real = notices.pings

    def broken(request: Request, *args: Any) -> list[Notice]:
        if request.id == 1:
            raise ValueError("bad row")
        return real(request, *args)

    notices.pings = broken
    for timer in house.store.read(lambda tx: [*tx.timers.of(1), *tx.timers.of(2)]):
        house.store.write(lambda tx, t=timer: tx.timers.arm(replace(t, next_at=house.now)))
    house.now += timedelta(hours=1)
    house.loop.run_until_complete(house.watch.look())
    notices.pings = real
    house.loop.run_until_complete(house.courier.round())
    assert house.ping("ana").request_id == 2
    assert "request 1" in house.alarm("boss").text
    house.ignore()


def test_a_copy_goes_to_the_catch_all_where_the_owner_is_gone_and_nobody_is_on_call(
    house: House,
) -> None:
    outage(house)
    house.ignore()
    orphan = replace(house.request(), owner="eve")
    rotation = replace(house.playbook.rotation, layers=())
    notices = Notices(replace(house.playbook, rotations={rotation.name: rotation}), house.key)
    [said] = house.store.read(lambda tx: tx.messages.of_request(1))
    copies = notices.copies(orphan, said.message, 1, house.now, None)
    assert [copy.person for copy in copies] == ["boss"]


def test_who_has_a_request_keeps_it_when_they_say_how_bad_it_is(house: House) -> None:
    outage(house)
    house.ignore()
    house.pass_(minutes=5)
    house.store.write(lambda tx: house.desk.acknowledge(tx, 1, "ana", house.now))
    word = (Severity.SIGNIFICANT, "one shop only", "ana")
    house.store.write(lambda tx: house.desk.set_severity(tx, 1, *word, house.now))
    house.work()
    assert house.request().owner == "ana"
    assert house.unasked() == []


def test_a_lower_severity_whose_deadline_is_to_come_takes_the_breach_back(house: House) -> None:
    outage(house)
    house.at("2026-03-04T11:05")
    house.ignore()
    assert house.request().breached_at is not None
    word = (Severity.NONE, "just a question", "ana")
    house.store.write(lambda tx: house.desk.set_severity(tx, 1, *word, house.now))
    request = house.request()
    assert request.first_response_due_at > house.now
    assert request.breached_at is None
