"""What goes wrong in a channel that serves reaches a person, once, by every way."""

from dataclasses import replace

import pytest

from channels.base import Trouble
from daemon.config.values import Endpoint
from daemon.keeper import Keeper
from daemon.metrics import Metrics
from daemon.notices import Notices
from daemon.service import Loop, Service
from rules.model import Way
from tests.daemon.house import House

SILENT = Trouble("imap:box/INBOX-silent-1", "imap:box/INBOX is silent", "nothing has come")


def service(house: House, troubles: list[Trouble]) -> Service:
    async def nothing() -> bool:
        return False

    loop = Loop("watch", nothing)
    return Service(
        store=house.thread,
        inbox=house.inbox,
        courier=house.courier,
        inbounds=[],
        listen=Endpoint("127.0.0.1", 0),
        notices=Notices(house.playbook, house.key),
        clock=lambda: house.now,
        metrics=Metrics(),
        watch_loop=loop,
        intake_loop=loop,
        second_look_loop=loop,
        renewals_loop=loop,
        keeper=Keeper("one", "", house.thread, lambda: house.now),
        learner_loop=loop,
        audit_loop=loop,
        courier_loops=[loop],
        troubles=lambda: troubles,
    )


def tell(house: House, *troubles: Trouble) -> None:
    house.loop.run_until_complete(service(house, list(troubles)).tell_troubles())
    house.work()


def test_a_trouble_is_told_to_the_catch_all_once(house: House) -> None:
    daemon = service(house, [SILENT])
    for _ in range(3):
        house.loop.run_until_complete(daemon.tell_troubles())
        house.work()
    assert SILENT.what in house.alarm().subject


def test_a_restart_does_not_tell_it_again_and_another_is_told(house: House) -> None:
    tell(house, SILENT)
    house.alarm()
    again = replace(SILENT, id="imap:box/INBOX-silent-2")
    tell(house, SILENT, again)
    house.alarm()


def test_one_that_cannot_be_stored_is_owed(house: House) -> None:
    daemon = service(house, [SILENT])
    whole, daemon.store = daemon.store, None  # type: ignore[assignment]
    with pytest.raises(AttributeError):
        house.loop.run_until_complete(daemon.tell_troubles())
    daemon.store = whole
    house.loop.run_until_complete(daemon.tell_troubles())
    house.work()
    house.alarm()


def test_an_alarm_goes_by_every_way_so_that_a_dead_mailbox_hides_it_from_nobody(
    house: House,
) -> None:
    boss = house.playbook.people["boss"]
    ways = (Way("mail", "support-inbox@b2bee.example"), Way("apprise", "ntfy://boss"))
    people = {**house.playbook.people, "boss": replace(boss, ways=ways)}
    notices = Notices(replace(house.playbook, people=people), house.key)
    assert [n.way for n in notices.alarms("x", "what", "detail", house.now)] == list(ways)
