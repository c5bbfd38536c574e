from concurrent.futures import ThreadPoolExecutor

import pytest

from storage.store import Store, StoreError, Transaction
from tests.storage.nouns import NOW, a_request, a_timer, an_arrival


def add_one(tx: Transaction) -> None:
    tx.memory.save("sum", str(int(tx.memory.load("sum") or 0) + 1))


@pytest.mark.parametrize("shared", [True, False])
def test_eight_threads_that_load_add_and_save_lose_nothing(
    store: Store, url: str, shared: bool
) -> None:
    def forty_times(_: int) -> None:
        mine = store if shared else Store(url)
        for _ in range(40):
            mine.write(add_one)
        if not shared:
            mine.close()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(forty_times, range(8)))
    assert store.read(lambda tx: tx.memory.load("sum")) == "320"


def test_memory_keeps_the_last_value_of_each_name(store: Store) -> None:
    for name, value in (("a", "1"), ("b", "2"), ("a", "3")):
        store.write(lambda tx, name=name, value=value: tx.memory.save(name, value))
    names = ("a", "b", "c")
    assert store.read(lambda tx: [tx.memory.load(name) for name in names]) == ["3", "2", None]


def test_what_the_work_raises_undoes_all_of_it(store: Store) -> None:
    def work(tx: Transaction) -> None:
        tx.inbox.take([an_arrival()], NOW)
        tx.timers.arm(a_timer(tx.requests.add(a_request()).id))
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        store.write(work)
    assert store.read(lambda tx: (tx.inbox.counts(), tx.requests.find(), tx.timers.armed())) == (
        {},
        [],
        0,
    )
    store.write(add_one)  # and the next one is not hindered


def test_a_reader_may_not_write(store: Store) -> None:
    with pytest.raises(StoreError, match=r"read-?only"):
        store.read(add_one)
    store.write(add_one)


def test_a_reader_sees_one_state_while_others_write(store: Store) -> None:
    def look_twice(tx: Transaction) -> tuple[int, int]:
        before = tx.timers.armed()
        with ThreadPoolExecutor(1) as other:
            other.submit(store.write, arm).result()
        return before, tx.timers.armed()

    def arm(tx: Transaction) -> None:
        tx.timers.arm(a_timer(tx.requests.add(a_request()).id))

    assert store.read(look_twice) == (0, 0)
    assert store.read(lambda tx: tx.timers.armed()) == 1


def test_rows_must_belong_to_a_request_that_is_there(store: Store) -> None:
    with pytest.raises(StoreError, match=r"(?i)foreign key"):
        store.write(lambda tx: tx.timers.arm(a_timer(7)))


def test_an_error_does_not_repeat_what_customers_wrote(store: Store) -> None:
    request = a_request(subject="my password is 1234", contract_id=7)
    with pytest.raises(StoreError) as refused:
        store.write(lambda tx: tx.requests.add(request))
    assert "1234" not in str(refused.value)
