from rules.model import Channel, Fate
from storage.store import Store
from tests.storage.nouns import NOW, an_arrival


def test_a_token_is_kept_in_place_of_the_one_before(store: Store) -> None:
    assert store.read(lambda tx: tx.tokens.load("box")) is None
    for value in ("first", "second"):
        store.write(lambda tx, value=value: tx.tokens.save("box", value))
    store.write(lambda tx: tx.tokens.save("other", "x"))
    assert store.read(lambda tx: tx.tokens.load("box")) == "second"


def test_the_ids_of_a_folder_are_found_by_their_beginning_letter_by_letter(store: Store) -> None:
    ids = ["imap:box/a_b/7/1/0", "imap:box/a_b/7/2/0", "imap:box/A_b/7/3/0", "imap:box/axb/7/4/0"]
    store.write(lambda tx: tx.inbox.take([an_arrival(external_id=id) for id in ids], NOW))
    store.write(lambda tx: tx.inbox.settle(2, Fate.HELD, ""))

    def found(fate: Fate | None = None) -> list[str]:
        account = an_arrival().envelope.account
        return store.read(
            lambda tx: tx.inbox.external_ids(Channel.EMAIL, account, "imap:box/a_b/7/", fate)
        )

    assert sorted(found()) == ids[:2]
    assert found(Fate.HELD) == [ids[1]]
