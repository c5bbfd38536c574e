from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from random import Random

import pytest

from rules.model import Attachment, NoticeKind, Way
from storage.store import Claimed, NoticeState, Store
from tests.storage.nouns import MINUTE, NOW, a_notice, a_request

LEASE = timedelta(seconds=15)


def post(store: Store, *ids: str, at: datetime = NOW) -> None:
    store.write(lambda tx: tx.outbox.post([a_notice(id=id) for id in ids], at))


def claim(store: Store, at: datetime = NOW, limit: int = 10) -> list[Claimed]:
    return store.claim(lambda tx: tx.outbox.claim(at, limit, LEASE, "mail"))


def state(store: Store, id: str) -> NoticeState:
    carried = store.read(lambda tx: tx.outbox.get(id))
    assert carried is not None
    return carried.state


def test_the_same_notice_is_posted_once(store: Store) -> None:
    first, again = a_notice(id="n", subject="first"), a_notice(id="n", subject="again")
    assert store.write(lambda tx: tx.outbox.post([first], NOW)) == 1
    assert store.write(lambda tx: tx.outbox.post([again, a_notice(id="m")], NOW)) == 1
    carried = store.read(lambda tx: tx.outbox.get("n"))
    assert carried is not None
    assert carried.notice.subject == "first"
    assert store.read(lambda tx: tx.outbox.get("k")) is None


def test_a_notice_sent_already_is_not_posted_again(store: Store) -> None:
    post(store, "n")
    (claimed,) = claim(store)
    store.write(lambda tx: tx.outbox.sent("n", claimed.token, NOW, "queued as 1"))
    post(store, "n")
    assert claim(store) == []


def test_what_is_claimed_comes_whole_with_its_files(store: Store) -> None:
    notice = a_notice(attachments=(Attachment("a.bin", "image/png", bytes(range(256))),))
    store.write(lambda tx: tx.outbox.post([notice], NOW))
    (claimed,) = claim(store)
    assert claimed == Claimed(notice, 1, attempts=1, maybe_sent=False, created_at=NOW)


def test_couriers_that_claim_at_once_never_get_the_same(store: Store) -> None:
    posted = [f"n{number}" for number in range(120)]
    post(store, *posted)

    def until_nothing_waits(_: int) -> list[str]:
        mine: list[str] = []
        while claimed := claim(store, limit=3):
            mine += [c.notice.id for c in claimed]
        return mine

    with ThreadPoolExecutor(4) as couriers:
        shares = list(couriers.map(until_nothing_waits, range(4)))
    assert sorted(id for share in shares for id in share) == sorted(posted)
    assert claim(store) == []


def test_the_most_urgent_is_claimed_first_then_the_oldest(store: Store) -> None:
    for id, minutes, at in (("c", 2, 0), ("b", 1, 1), ("d", 2, 1), ("a", 1, 0)):
        notice = a_notice(id=id, priority_at=NOW + minutes * MINUTE)
        store.write(lambda tx, notice=notice, at=at: tx.outbox.post([notice], NOW + at * MINUTE))
    later = NOW + MINUTE
    assert [c.notice.id for c in claim(store, later, limit=3)] == ["a", "b", "c"]
    assert [c.notice.id for c in claim(store, later, limit=3)] == ["d"]


def test_a_claimed_notice_is_nobody_elses_until_its_lease_ends(store: Store) -> None:
    post(store, "n")
    claim(store)
    assert claim(store, NOW + LEASE - timedelta(microseconds=1)) == []
    (again,) = claim(store, NOW + LEASE)
    assert (again.token, again.attempts, again.maybe_sent) == (2, 2, True)


def test_a_stale_token_changes_nothing(store: Store) -> None:
    post(store, "n")
    (stale,) = claim(store)
    (fresh,) = claim(store, NOW + LEASE)
    assert not store.write(lambda tx: tx.outbox.sent("n", stale.token, NOW, ""))
    assert not store.write(lambda tx: tx.outbox.fail("n", stale.token, NOW, ""))
    assert not store.write(lambda tx: tx.outbox.cancel("n", stale.token, ""))
    assert not store.write(lambda tx: tx.outbox.retry("n", stale.token, NOW, "", unknown=False))
    assert state(store, "n") is NoticeState.SENDING
    assert store.write(lambda tx: tx.outbox.sent("n", fresh.token, NOW, ""))
    assert not store.write(lambda tx: tx.outbox.fail("n", fresh.token, NOW, "too late"))
    assert state(store, "n") is NoticeState.SENT


def test_one_whose_lease_has_ended_may_still_say_so_if_nobody_claimed_it(store: Store) -> None:
    post(store, "n")
    (claimed,) = claim(store)
    assert store.write(lambda tx: tx.outbox.sent("n", claimed.token, NOW + 9 * MINUTE, ""))


def test_what_was_sent_says_when(store: Store) -> None:
    post(store, "n")
    (claimed,) = claim(store)
    store.write(lambda tx: tx.outbox.retry("n", claimed.token, NOW, "busy", unknown=False))
    (claimed,) = claim(store)
    store.write(lambda tx: tx.outbox.sent("n", claimed.token, NOW + MINUTE, "1"))
    carried = store.read(lambda tx: tx.outbox.get("n"))
    assert carried is not None
    assert (carried.attempts, carried.created_at, carried.sent_at, carried.error) == (
        2,
        NOW,
        NOW + MINUTE,
        "",
    )


@pytest.mark.parametrize("unknown", [True, False])
def test_a_retry_waits_for_its_instant_and_knows_whether_it_may_have_arrived(
    store: Store, unknown: bool
) -> None:
    post(store, "n")
    (claimed,) = claim(store)
    again = NOW + MINUTE
    store.write(lambda tx: tx.outbox.retry("n", claimed.token, again, "busy", unknown=unknown))
    assert state(store, "n") is (NoticeState.UNKNOWN if unknown else NoticeState.PENDING)
    carried = store.read(lambda tx: tx.outbox.get("n"))
    assert carried is not None
    assert carried.error == "busy"
    assert claim(store, again - timedelta(microseconds=1)) == []
    (claimed,) = claim(store, again)
    assert (claimed.attempts, claimed.maybe_sent) == (2, unknown)


def test_what_failed_or_was_cancelled_is_not_claimed_again(store: Store) -> None:
    post(store, "f", "c")
    for claimed in claim(store):
        id, token = claimed.notice.id, claimed.token
        if id == "f":
            store.write(lambda tx, token=token: tx.outbox.fail("f", token, NOW, "no such box"))
        else:
            store.write(lambda tx, token=token: tx.outbox.cancel("c", token, "answered"))
    assert claim(store, NOW + 99 * MINUTE) == []
    assert (state(store, "f"), state(store, "c")) == (NoticeState.FAILED, NoticeState.CANCELLED)


def test_a_requests_pings_are_cancelled_but_those_being_sent(store: Store) -> None:
    mine, other = (store.write(lambda tx: tx.requests.add(a_request())).id for _ in range(2))
    notices = [
        a_notice(id="sending", request_id=mine, priority_at=NOW),
        a_notice(id="unknown", request_id=mine, priority_at=NOW),
        a_notice(id="pending", request_id=mine),
        a_notice(id="receipt", request_id=mine, kind=NoticeKind.RECEIPT),
        a_notice(id="other", request_id=other),
    ]
    store.write(lambda tx: tx.outbox.post(notices, NOW))
    _, unknown = claim(store, limit=2)
    store.write(lambda tx: tx.outbox.retry("unknown", unknown.token, NOW, "", unknown=True))
    assert store.write(lambda tx: tx.outbox.cancel_pings(mine, "answered")) == 2
    states = {n.id: state(store, n.id) for n in notices}
    assert {id for id, s in states.items() if s is NoticeState.CANCELLED} == {"unknown", "pending"}
    assert states["sending"] is NoticeState.SENDING
    cancelled = store.read(lambda tx: tx.outbox.get("pending"))
    assert cancelled is not None
    assert cancelled.error == "answered"


def test_a_requests_notices_come_in_the_order_they_were_posted(store: Store) -> None:
    mine = store.write(lambda tx: tx.requests.add(a_request())).id
    for minute, id in enumerate(("b", "a", "c")):
        notices = [a_notice(id=id, request_id=mine), a_notice()]
        at = NOW + minute * MINUTE
        store.write(lambda tx, notices=notices, at=at: tx.outbox.post(notices, at))
    carried = store.read(lambda tx: tx.outbox.of_request(mine))
    assert [c.notice.id for c in carried] == ["b", "a", "c"]


def test_a_notice_is_found_by_its_message_id_the_newest_of_them(store: Store) -> None:
    for minute, id in enumerate(("old", "new")):
        notice, at = a_notice(id=id, message_id="1@us"), NOW + minute * MINUTE
        store.write(lambda tx, notice=notice, at=at: tx.outbox.post([notice], at))
    post(store, "without")
    found = store.read(lambda tx: tx.outbox.by_message_id("1@us"))
    assert found is not None
    assert found.notice.id == "new"
    assert store.read(lambda tx: tx.outbox.by_message_id("2@us")) is None
    assert store.read(lambda tx: tx.outbox.by_message_id("")) is None


def test_receipts_are_counted_by_address_and_by_domain_whatever_their_case(store: Store) -> None:
    def receipt(address: str) -> dict[str, object]:
        return {"kind": NoticeKind.RECEIPT, "way": Way("mail", address)}

    before, after = NOW - MINUTE, NOW + MINUTE
    for at, notice in (
        (before, a_notice(**receipt("ana@adria.example"))),
        (NOW, a_notice(**receipt("Ana@Adria.example"))),
        (after, a_notice(**receipt("ivo@adria.example"))),
        (after, a_notice(**receipt("ana@sub.adria.example"))),
        (after, a_notice(way=Way("mail", "ana@adria.example"))),
        (after, a_notice(id="cancelled", **receipt("ana@adria.example"))),
    ):
        store.write(lambda tx, notice=notice, at=at: tx.outbox.post([notice], at))
    (claimed,) = (c for c in claim(store, after) if c.notice.id == "cancelled")
    store.write(lambda tx: tx.outbox.cancel("cancelled", claimed.token, "limit"))
    assert store.read(lambda tx: tx.outbox.receipts_to("ANA@adria.example", NOW)) == 1
    assert store.read(lambda tx: tx.outbox.receipts_to("ana@adria.example", before)) == 2
    assert store.read(lambda tx: tx.outbox.receipts_to_domain("Adria.example", NOW)) == 2


def test_a_hostile_domain_is_counted_and_stops_nobody(store: Store) -> None:
    domain = "".join(Random(1).choices([chr(n) for n in range(0x4E00, 0x9FA5)], k=2_000))
    notice = a_notice(kind=NoticeKind.RECEIPT, way=Way("mail", f"a@{domain}"))
    store.write(lambda tx: tx.outbox.post([notice], NOW))
    assert store.read(lambda tx: tx.outbox.receipts_to_domain(domain, NOW)) == 1


def test_notices_are_counted_by_state(store: Store) -> None:
    assert store.read(lambda tx: tx.outbox.counts()) == {}
    assert store.read(lambda tx: tx.outbox.oldest_waiting()) is None
    post(store, "a")
    post(store, "b", at=NOW + MINUTE)
    (claimed,) = claim(store, limit=1)
    assert store.read(lambda tx: tx.outbox.counts()) == {"pending": 1, "sending": 1}
    assert store.read(lambda tx: tx.outbox.oldest_waiting()) == NOW
    store.write(lambda tx: tx.outbox.sent("a", claimed.token, NOW, ""))
    assert store.read(lambda tx: tx.outbox.counts()) == {"pending": 1, "sent": 1}
    assert store.read(lambda tx: tx.outbox.oldest_waiting()) == NOW + MINUTE


def test_what_went_out_as_one_is_found_and_recorded_as_one(store: Store) -> None:
    post(store, "a", "b", "c", "alone")
    together = [each for each in claim(store) if each.notice.id != "alone"]
    assert store.write(lambda tx: tx.outbox.gather(together, "g")) == together
    store.write(lambda tx: tx.outbox.sent("a", 1, NOW, "taken"))
    store.write(lambda tx: tx.outbox.retry("b", 1, NOW, "lost", unknown=True))
    (again,) = claim(store)
    assert (again.notice.id, again.gathering, again.maybe_sent) == ("b", "g", True)
    found = store.read(lambda tx: tx.outbox.gathered("g"))
    assert sorted(each.notice.id for each in found) == ["a", "b", "c"]
    recorded = store.write(lambda tx: tx.outbox.sent_together("g", NOW, "taken"))
    assert sorted(each.notice.id for each in recorded) == ["b", "c"]
    assert {state(store, id) for id in "abc"} == {NoticeState.SENT}
    assert not store.write(lambda tx: tx.outbox.fail("c", 1, NOW, "a late word"))
    assert state(store, "alone") is NoticeState.SENDING


def test_what_another_has_in_hand_is_not_gathered(store: Store) -> None:
    post(store, "a")
    before = claim(store)
    (now_held,) = claim(store, NOW + LEASE)
    assert store.write(lambda tx: tx.outbox.gather([*before, now_held], "g")) == [now_held]


def test_what_no_peer_had_is_untried_unless_somebody_has_it_in_hand(store: Store) -> None:
    post(store, "lost", "orphan", "held")
    claimed = claim(store)
    store.write(lambda tx: tx.outbox.gather(claimed, "g"))
    store.write(lambda tx: tx.outbox.retry("lost", 1, NOW, "lost", unknown=True))
    later = NOW + LEASE
    held = store.claim(lambda tx: tx.outbox.claim(later, 1, LEASE, "mail"))
    assert [each.notice.id for each in held] == ["held"]
    store.write(lambda tx: tx.outbox.come_apart("g", later))
    assert state(store, "held") is NoticeState.SENDING
    again = claim(store, later)
    assert sorted((each.notice.id, each.maybe_sent, each.gathering) for each in again) == [
        ("lost", False, ""),
        ("orphan", False, ""),
    ]
    store.write(lambda tx: tx.outbox.retry("held", 2, later, "lost", unknown=True))
    assert [each.gathering for each in claim(store, later)] == [""]


def test_what_was_refused_together_may_go_out_otherwise(store: Store) -> None:
    post(store, "a")
    claimed = claim(store)
    store.write(lambda tx: tx.outbox.gather(claimed, "g"))
    store.write(lambda tx: tx.outbox.retry("a", 1, NOW, "451", unknown=False))
    assert [each.gathering for each in claim(store)] == [""]
