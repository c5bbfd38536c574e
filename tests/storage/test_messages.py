from random import Random
from string import ascii_letters

import pytest

from rules.model import Attachment, Authentication, Authenticity, Message
from storage.store import Store, Transaction
from tests.storage.nouns import MINUTE, NOW, a_message, a_request, an_arrival


@pytest.fixture
def request_id(store: Store) -> int:
    store.write(lambda tx: tx.inbox.take([an_arrival()], NOW))
    return store.write(lambda tx: tx.requests.add(a_request())).id


def file(store: Store, message: Message, request_id: int | None, author: str = "customer") -> int:
    return store.write(lambda tx: tx.messages.add(message, author, request_id, inbox_id=1))


def test_a_message_is_known_by_its_key(store: Store, request_id: int) -> None:
    assert store.read(lambda tx: tx.messages.known("k")) is None
    row = file(store, a_message(key="k"), request_id)
    assert store.read(lambda tx: tx.messages.known("k")) == row


def test_a_requests_messages_come_in_the_order_they_were_filed(
    store: Store, request_id: int
) -> None:
    first, second, third = (a_message(subject=subject) for subject in ("b", "a", "c"))
    file(store, first, request_id)
    file(store, second, request_id, author="eva")
    file(store, third, None)
    filed = store.read(lambda tx: tx.messages.of_request(request_id))
    assert [(f.message.subject, f.author, f.is_customers) for f in filed] == [
        ("b", "customer", True),
        ("a", "eva", False),
    ]


def test_of_a_file_the_name_and_type_are_kept(store: Store, request_id: int) -> None:
    file(store, a_message(attachments=(Attachment("a.png", "image/png", b"1"),)), request_id)
    (filed,) = store.read(lambda tx: tx.messages.of_request(request_id))
    assert filed.message.attachments == (Attachment("a.png", "image/png", b""),)


def test_a_message_joins_its_own_id_and_those_it_names_to_the_thread(
    store: Store, request_id: int
) -> None:
    file(store, a_message(message_id="c@x", references=("a@x", "b@x", "a@x")), request_id)
    file(store, a_message(message_id="d@x", references=("c@x",)), request_id)
    store.write(lambda tx: tx.messages.refer("ours@us", request_id))
    store.write(lambda tx: tx.messages.refer("ours@us", request_id))
    asked = ["a@x", "b@x", "c@x", "d@x", "ours@us", "A@x", "else@x"]
    assert store.read(lambda tx: tx.messages.threads(asked)) == [
        (id, request_id) for id in ("a@x", "b@x", "c@x", "d@x", "ours@us")
    ]


def test_a_message_of_no_request_or_without_an_id_joins_no_thread(
    store: Store, request_id: int
) -> None:
    file(store, a_message(message_id="a@x"), None)
    file(store, a_message(message_id=""), request_id)
    assert store.read(lambda tx: tx.messages.threads(["a@x", ""])) == []


def test_an_id_may_belong_to_several_requests(store: Store, request_id: int) -> None:
    other = store.write(lambda tx: tx.requests.add(a_request())).id
    for each in (other, request_id):
        store.write(lambda tx, each=each: tx.messages.refer("a@x", each))
    threads = store.read(lambda tx: tx.messages.threads(["a@x"]))
    assert threads == [("a@x", request_id), ("a@x", other)]


def test_any_number_of_ids_can_be_asked_for(store: Store, request_id: int) -> None:
    ids = [f"{n}@x" for n in range(40_000)]
    file(store, a_message(message_id="", references=tuple(ids)), request_id)
    assert len(store.read(lambda tx: tx.messages.threads(ids))) == 40_000


def test_an_id_no_mail_can_have_joins_no_thread_and_stops_nobody(
    store: Store, request_id: int
) -> None:
    luck = Random(1)  # else it could be compressed to nothing
    longest, longer, far = ("".join(luck.choices(ascii_letters, k=k)) for k in (998, 999, 60_000))
    file(store, a_message(message_id=far, references=(longer, longest)), request_id)
    assert store.read(lambda tx: tx.messages.threads([longest, longer, far])) == [
        (longest, request_id)
    ]


def test_the_ids_of_a_request_are_of_its_customers_messages(store: Store, request_id: int) -> None:
    file(store, a_message(message_id="b@x"), request_id)
    file(store, a_message(message_id="a@x"), request_id)
    file(store, a_message(message_id=""), request_id)
    file(store, a_message(message_id="eva@us"), request_id, author="eva")
    assert store.read(lambda tx: tx.messages.ids_of(request_id)) == ["b@x", "a@x"]


def test_participants_are_the_addresses_of_customers_messages(
    store: Store, request_id: int
) -> None:
    for sender in ("ana@x", "ivo@x", "ana@x", ""):
        file(store, a_message(sender=sender), request_id)
    file(store, a_message(sender="eva@us"), request_id, author="eva")
    assert store.read(lambda tx: tx.messages.participants(request_id)) == {"ana@x", "ivo@x"}


def test_what_the_dns_left_open_is_due_again_until_it_is_settled(store: Store) -> None:
    store.write(lambda tx: tx.inbox.take([an_arrival() for _ in range(3)], NOW))
    silent = Authentication(evidence=("the DNS is silent",), unanswered=True)

    def add(tx: Transaction) -> list[int]:
        dues = (NOW + 2 * MINUTE, NOW + MINUTE, None)
        return [
            tx.messages.add(
                a_message(authentication=silent), "customer", None, n + 1, look_again_at=due
            )
            for n, due in enumerate(dues)
        ]

    later, sooner, _ = store.write(add)

    def due(minutes: int) -> list[int]:
        at = NOW + minutes * MINUTE
        return [each.id for each in store.read(lambda tx: tx.messages.unanswered(at, 10))]

    assert (due(0), due(1), due(2)) == ([], [sooner], [sooner, later])
    passed = Authentication(Authenticity.PASS, ("SPF pass",))
    for id, found in ((sooner, silent), (later, passed)):
        store.write(lambda tx, id=id: tx.messages.look_again(id, NOW + 9 * MINUTE))
        store.write(lambda tx, id=id, found=found: tx.messages.looked_at(id, found))
    assert (due(2), due(9)) == ([], [sooner])
    filed = [store.read(lambda tx, id=id: tx.messages.get(id)) for id in (sooner, later)]
    assert [each.message.authentication for each in filed if each] == [silent, passed]
    assert [each.looks for each in filed if each] == [1, 1]


def test_what_does_not_join_a_thread_is_kept_under_its_request_alone(store: Store) -> None:
    store.write(lambda tx: tx.inbox.take([an_arrival()], NOW))
    request = store.write(lambda tx: tx.requests.add(a_request()))
    message = a_message(references=("theirs@adria.example",))
    store.write(lambda tx: tx.messages.add(message, "customer", request.id, 1, joins=False))
    assert store.read(lambda tx: tx.messages.threads(["theirs@adria.example"])) == []
    assert [f.message.key for f in store.read(lambda tx: tx.messages.of_request(request.id))] == [
        message.key
    ]
