"""Where cards stand in chats."""

from datetime import timedelta

from rules.model import Post, State, Way
from storage.store import Store
from tests.storage.nouns import NOW, a_request

PLACE = "slack:C0/1.2"


def test_a_card_is_found_where_it_stands_until_it_is_gone(store: Store) -> None:
    request = store.write(lambda tx: tx.requests.add(a_request()))
    post = Post(PLACE, request.id, "slack", "C0", 0)
    store.write(lambda tx: tx.posts.add(post))
    store.write(lambda tx: tx.posts.add(post))
    assert store.read(lambda tx: tx.posts.of(request.id)) == [post]
    assert store.read(lambda tx: tx.posts.by_way(request.id, Way("slack", "C0"))) == post
    assert store.read(lambda tx: tx.posts.by_way(request.id, Way("slack", "U0"))) is None
    store.write(lambda tx: tx.posts.forget(PLACE))
    assert store.read(lambda tx: tx.posts.of(request.id)) == []
    assert store.read(lambda tx: tx.posts.at(PLACE)) == post


def test_live_cards_are_those_of_requests_that_wait_or_were_answered_lately(store: Store) -> None:
    requests = [
        a_request(),
        a_request(state=State.ANSWERED, first_response_at=NOW - timedelta(days=8)),
        a_request(state=State.ANSWERED, first_response_at=NOW),
        a_request(state=State.CLOSED),
        a_request(state=State.HELD),
        a_request(),
    ]
    for n, request in enumerate(requests, 1):
        store.write(lambda tx, it=request: tx.requests.add(it))
        store.write(lambda tx, n=n: tx.posts.add(Post(f"slack:C0/{n}.0", n, "slack", "C0", 0)))
    store.write(lambda tx: tx.posts.forget("slack:C0/6.0"))
    week = NOW - timedelta(days=7)
    live = store.read(lambda tx: tx.posts.live(week, 9))
    assert live == ["slack:C0/5.0", "slack:C0/3.0", "slack:C0/1.0"]
    assert store.read(lambda tx: tx.posts.live(week, 1)) == live[:1]


def test_every_change_has_a_version_of_its_own(store: Store) -> None:
    request = store.write(lambda tx: tx.requests.add(a_request()))
    store.write(lambda tx: tx.posts.add(Post(PLACE, request.id, "slack", "C0", 0)))
    found = store.write(lambda tx: [tx.posts.renew(PLACE) for _ in range(3)])
    assert found == [1, 2, 3]
    assert store.read(lambda tx: tx.posts.of(request.id))[0].version == 3


def test_requests_are_found_by_words_whatever_stands_in_them(store: Store) -> None:
    for subject in ("100% off", "100 euros", "Žuta naranča"):
        request = a_request(subject=subject, customer="", sender="", sender_name="")
        store.write(lambda tx, it=request: tx.requests.add(it))
    found = store.read(lambda tx: [r.subject for r in tx.requests.search("100%", 9)])
    assert found == ["100% off"]
    assert len(store.read(lambda tx: tx.requests.search("100", 1))) == 1
