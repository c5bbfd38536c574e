"""Many looks at one instant are each what a look by itself is."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest

from rules import policies
from rules.escalation import arm, look, ping_id
from rules.looks import Looks
from rules.model import Acknowledgement, Deadline, Playbook, Purpose, Severity
from rules.policies import UnknownVersion
from tests.storage.nouns import a_request

At = Callable[..., datetime]
HOUR = timedelta(hours=1)


def test_each_is_what_a_look_by_itself_finds(playbook: Playbook, at: At) -> None:
    now = at("2026-03-06 10:50")
    version = playbook.policy.version
    looks = Looks(playbook, now)
    some = product(("premium", "basic"), (0, 1), ("", "Asia/Tokyo"), (None, "ana"), (0, 3))
    for number, (plan, told, timezone, acknowledged_by, epoch) in enumerate([*some, *some], 1):
        deadline = Deadline(now - 8 * HOUR, now + HOUR / 6, ())
        first = Purpose.FIRST_RESPONSE
        timer = arm(playbook, number, first, plan, Severity.MINOR, deadline, epoch)
        lease = Acknowledgement(acknowledged_by, now) if acknowledged_by else None
        timer = replace(timer, told=told, acknowledgement=lease, next_at=now)
        request = a_request(id=number, policy=version, timezone=timezone)
        found = looks.at(request, timer)
        assert found == look(timer, policies.of_request(playbook, request), now)
        ids = [ping_id(found.timer, order) for order in found.pings]
        assert all(id.startswith(f"ping-{number}-first-response-{epoch}-") for id in ids)


def test_what_is_alike_is_looked_at_once(playbook: Playbook, at: At) -> None:
    now = at("2026-03-06 10:50")
    deadline = Deadline(now - HOUR, now, ())
    timer = arm(playbook, 1, Purpose.FIRST_RESPONSE, "premium", Severity.MINOR, deadline)
    request = a_request(id=1, policy=playbook.policy.version)
    looks = Looks(playbook, now)
    pings = looks.at(request, timer).pings
    assert pings
    assert looks.at(replace(request, id=2), replace(timer, request_id=2, epoch=7)).pings is pings
    assert looks.at(replace(request, id=3), replace(timer, request_id=3, told=1)).pings is not pings


def test_a_request_of_no_known_policy_is_looked_at_by_none(playbook: Playbook, at: At) -> None:
    now = at("2026-03-06 10:50")
    deadline = Deadline(now - HOUR, now, ())
    timer = arm(playbook, 1, Purpose.FIRST_RESPONSE, "premium", Severity.MINOR, deadline)
    with pytest.raises(UnknownVersion, match="request 1 "):
        Looks(playbook, now).at(a_request(id=1, policy="1999-01-01"), timer)
