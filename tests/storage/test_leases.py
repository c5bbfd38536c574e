from storage.store import Store, Transaction
from tests.storage.nouns import MINUTE, NOW


def take(store: Store, name: str, holder: str, minutes: float) -> bool:
    at = NOW + minutes * MINUTE
    return store.claim(lambda tx: tx.leases.take(name, holder, at, at + MINUTE))


def test_a_lease_is_one_holders_until_it_ends_or_is_released(store: Store) -> None:
    assert take(store, "mailbox:a", "one", 0)
    assert not take(store, "mailbox:a", "two", 0.5)
    assert take(store, "mailbox:b", "two", 0.5)
    assert take(store, "mailbox:a", "one", 0.9)  # renewed
    assert not take(store, "mailbox:a", "two", 1)
    assert take(store, "mailbox:a", "two", 1.9)  # its holder is dead
    assert not take(store, "mailbox:a", "one", 2)  # or only slept
    store.write(lambda tx: tx.leases.release("two"))
    assert take(store, "mailbox:a", "one", 2)


def test_daemons_are_those_who_hold_their_own_name(store: Store) -> None:
    take(store, "one", "one", 0)
    take(store, "mailbox:a", "one", 0)
    take(store, "two", "two", 0.5)

    def living(minutes: float) -> int:
        return store.read(lambda tx: tx.leases.count(NOW + minutes * MINUTE))

    assert (living(0.5), living(1), living(2)) == (2, 1, 0)
    assert [lease.is_daemons for lease in store.read(lambda tx: tx.leases.all())] == [
        False,
        True,
        True,
    ]


def test_who_is_alone_clears_what_the_dead_have_held(store: Store) -> None:
    def clear(tx: Transaction) -> None:
        tx.leases.clear()

    take(store, "one", "one", 0)
    store.write(clear)
    assert store.read(lambda tx: tx.leases.all()) == []
