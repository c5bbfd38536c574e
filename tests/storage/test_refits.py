"""Of what was learned, the last five are kept, and the newest not taken back serves."""

from dataclasses import replace

from rules.model import Label, LabelSource, Refit, Severity
from storage.store import Store
from tests.storage.nouns import NOW, a_request

REFIT = Refit(NOW, "ana", "shipped-1", 20, 33, ("no worse",), accepted=True)
LABEL = Label(0, NOW, "ana", "m", Severity.MINOR, 0.5, Severity.NONE, LabelSource.CHANGED)


def add(store: Store, refit: Refit = REFIT) -> Refit:
    return store.write(lambda tx: tx.refits.add(refit, b"what was learned"))


def serving(store: Store, base: str = "shipped-1") -> int | None:
    return store.read(lambda tx: tx.refits.serving(base))


def test_it_comes_back_as_it_was(store: Store) -> None:
    added = add(store)
    assert added == replace(REFIT, id=added.id)
    assert store.read(lambda tx: tx.refits.all()) == [added]
    assert store.read(lambda tx: tx.refits.content(added.id)) == b"what was learned"


def test_the_newest_accepted_serves_and_only_on_its_own_base(store: Store) -> None:
    assert serving(store) is None
    first = add(store)
    add(store, replace(REFIT, accepted=False))
    add(store, replace(REFIT, base="shipped-2"))
    assert serving(store) == first.id
    assert serving(store, "shipped-3") is None


def test_what_is_withdrawn_makes_room_for_the_one_before(store: Store) -> None:
    first, second = add(store), add(store)
    store.write(lambda tx: tx.refits.withdraw(second.id, "ana"))
    assert serving(store) == first.id
    store.write(lambda tx: tx.refits.withdraw(first.id, "ana"))
    assert serving(store) is None


def test_five_are_kept_and_all_are_remembered(store: Store) -> None:
    ids = [add(store).id for _ in range(7)]
    kept = [store.read(lambda tx, id=id: tx.refits.content(id)) for id in ids]
    assert [bool(content) for content in kept] == [False] * 2 + [True] * 5
    assert [each.id for each in store.read(lambda tx: tx.refits.all())] == ids[::-1]


def test_what_is_forgotten_serves_no_more_and_is_gone(store: Store) -> None:
    add(store)
    store.write(lambda tx: tx.refits.forget())
    (left,) = store.read(lambda tx: tx.refits.all())
    assert (left.withdrawn_by, left.last_label, serving(store)) == ("erased", 0, None)
    assert store.read(lambda tx: tx.refits.content(left.id)) == b""


def test_the_last_label_of_each_request_counts(store: Store) -> None:
    one, two = (store.write(lambda tx: tx.requests.add(a_request())).id for _ in range(2))
    for id, severity in ((one, Severity.NONE), (two, Severity.NONE), (one, Severity.CRITICAL)):
        label = replace(LABEL, request_id=id, severity=severity)
        store.write(lambda tx, label=label: tx.labels.add(label))
    newest = store.read(lambda tx: tx.labels.newest(10))
    assert [(each.request_id, each.severity) for each in newest] == [
        (one, Severity.CRITICAL),
        (two, Severity.NONE),
    ]
    assert store.read(lambda tx: tx.labels.newest(1)) == newest[:1]
    assert store.read(lambda tx: tx.labels.count_after(newest[1].id)) == 1
