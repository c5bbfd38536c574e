"""Where cards stand in chats."""

from rules.model import Post, Way
from storage.store import Store
from tests.storage.nouns import a_request

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
