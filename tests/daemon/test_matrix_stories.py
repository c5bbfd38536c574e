"""Customers in a real Matrix: from what they say there to what stands in the thread."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from channels.matrix.way import MatrixWay
from daemon import checkup
from daemon.checkup import Patient, Verdict
from daemon.config.matrix import MatrixSettings
from rules.model import NoticeKind, Opens, Request, State, Way
from tests.daemon.house import CONTRACTS, House
from tests.matrix_door import ANA, MARIA, Listener
from tests.matrix_peer import SUPPORT, MatrixPeer, edit_of, in_thread, reaction, reply_to

ORDERS = "Orders fail for all our sales reps, nobody can work"


class Chat:
    """People who talk in a room, and the house that listens."""

    def __init__(self, house: House, matrix: MatrixPeer) -> None:
        self.house, self.matrix = house, matrix
        self.room = matrix.room("maria", "pero", "ana")
        self.inside = matrix.room("ana")
        self.listener = Listener(matrix, clock=lambda: house.now, emoji="🎫")
        ana = replace(
            house.playbook.people["ana"],
            identities=frozenset({ANA}),
            ways=(Way("mail", "ana@b2bee.example"), Way("matrix", self.inside)),
        )
        self.under(people={**house.playbook.people, "ana": ana})
        self.look()

    def under(self, **changed: Any) -> None:
        """Another playbook; the room is Standard's, and Maria registered by it."""
        self.house.under(replace(self.house.playbook, **changed))
        self.way = MatrixWay(self.listener.door.web)
        self.house.courier.outbounds["matrix"] = self.way  # type: ignore[index]
        at_home = replace(CONTRACTS[1], chats=frozenset({f"matrix:{self.room}"}))
        maria = replace(at_home.persons[0], identities=frozenset({MARIA}))
        self.house.store.write(lambda tx: tx.contracts.put([replace(at_home, persons=(maria,))]))

    def look(self) -> None:
        """The house hears what was said, and does what follows."""
        self.house.take_in(self.house.loop.run_until_complete(self.listener.look()))
        self.work()
        self.house.pass_(seconds=20)

    def work(self) -> None:
        self.house.work()
        self.house.loop.run_until_complete(self.way._web.close())

    def says(self, text: str, who: str = "maria", **content: Any) -> str:
        said = self.matrix.say(self.room, text, who, **content)
        self.look()
        return said

    def thread(self, root: str) -> list[str]:
        """What we wrote into the thread that this message began."""
        return [
            event["content"]["body"]
            for event in self.matrix.said(self.room)
            if event["content"].get("m.relates_to", {}).get("event_id") == root
        ]

    def signs(self, root: str) -> set[str]:
        """Ours on a message."""
        path = f"client/v1/rooms/{self.room}/relations/{root}/m.annotation"
        return {
            each["content"]["m.relates_to"]["key"]
            for each in self.matrix.ask("GET", path)["chunk"]
            if each["sender"] == SUPPORT
        }

    def ping(self) -> str:
        """The event of the last ping in the room of our own."""
        return str(self.matrix.said(self.inside)[-1]["event_id"])


@pytest.fixture
def chat(house: House, matrix: MatrixPeer) -> Iterator[Chat]:
    chat = Chat(house, matrix)
    yield chat
    chat.house.ignore()  # how people of ours hear by mail is another story


def only(house: House) -> Request:
    (request,) = house.requests()
    return request


def test_a_message_opens_a_request_and_the_thread_has_the_receipt(chat: Chat) -> None:
    said = chat.says(ORDERS)
    request = only(chat.house)
    assert (request.state, request.customer) == (State.OPEN, "Standard d.o.o.")
    (receipt,) = chat.thread(said)
    assert f"#{request.id}" in receipt
    assert "Poštovani" in receipt
    assert chat.signs(said) == {"⏳"}


def test_a_thread_is_one_request_and_so_is_a_reply_without_one(chat: Chat) -> None:
    said = chat.says("the price list looks odd")
    chat.says("orders fail for everybody and nobody can work", "pero", **in_thread(said))
    chat.says("since noon", "pero", **reply_to(said))
    assert only(chat.house).severity.value in ("critical", "significant")
    assert len(chat.thread(said)) == 1


def test_our_word_in_the_thread_is_the_answer_and_elsewhere_it_is_none(chat: Chat) -> None:
    said = chat.says(ORDERS)
    chat.says("we look at it", "ana")
    path = "client/v3/profile/@pero:localhost/displayname"
    chat.matrix.ask("PUT", path, "pero", {"displayname": "Ana"})
    chat.says("It works again", "pero", **in_thread(said))  # a name proves nothing
    assert only(chat.house).state is State.OPEN
    answer = chat.says("It works again", "ana", **in_thread(said))
    request = only(chat.house)
    assert (request.state, request.first_response_by) == (State.ANSWERED, "ana")
    assert chat.signs(said) == {"✅"}
    another = chat.says("and the report as well", "ana", **in_thread(said))
    for deleted, state in ((answer, State.ANSWERED), (another, State.OPEN)):
        chat.matrix.redact(chat.room, deleted, "ana")
        chat.look()
        assert only(chat.house).state is state


def test_an_answer_by_mail_goes_into_the_thread(chat: Chat) -> None:
    said = chat.says(ORDERS)
    copy = chat.house.copy("ana")
    chat.house.mail("ana@b2bee.example", "Re: orders", "It works again.", copy.reply_to)
    chat.work()
    assert chat.thread(said)[-1].endswith("\nIt works again.")
    assert only(chat.house).state is State.ANSWERED
    assert chat.signs(said) == {"✅"}


def test_an_edit_may_raise_and_a_redaction_leaves_the_request(chat: Chat) -> None:
    said = chat.says("how do I change a price?")
    before = only(chat.house).severity
    chat.says(f"* {ORDERS}", **edit_of(said, ORDERS))
    assert only(chat.house).severity.rank < before.rank
    chat.matrix.redact(chat.room, said)
    chat.look()
    assert only(chat.house).state is State.OPEN
    filed = chat.house.store.read(lambda tx: tx.messages.of_request(1))
    assert [m.message.text for m in filed] == ["how do I change a price?", ORDERS, ""]


def test_a_file_is_kept_with_its_request(chat: Chat) -> None:
    said = chat.says(ORDERS)
    url = chat.matrix.upload(b"a log")
    chat.says("a.log", msgtype="m.file", url=url, **in_thread(said))
    filed = chat.house.store.read(lambda tx: tx.messages.of_request(1))
    assert [a.name for a in filed[-1].message.attachments] == ["a.log"]
    assert filed[-1].message.problems == ()


def test_what_was_said_while_we_were_down_comes_from_when_it_could(chat: Chat) -> None:
    down_at = chat.house.now
    asked = [chat.matrix.say(chat.room, text) for text in ("Hi", "we have a problem", ORDERS)]
    chat.house.pass_(hours=3)
    chat.listener.open()
    chat.look()
    request = only(chat.house)
    assert down_at - timedelta(seconds=20) <= request.received_at <= chat.house.now
    filed = chat.house.store.read(lambda tx: tx.messages.of_request(request.id))
    assert [m.message.text for m in filed] == ["Hi", "we have a problem", ORDERS]
    assert len(chat.thread(asked[1])) == 1


def test_one_of_us_marks_a_message_as_a_request(chat: Chat) -> None:
    chat.under(rooms={f"matrix:{chat.room}": Opens.EMOJI})
    said = chat.says(ORDERS)
    chat.matrix.send(chat.room, "m.reaction", reaction(said, "🎫"), "pero")
    chat.look()
    assert chat.house.requests() == []
    chat.matrix.send(chat.room, "m.reaction", reaction(said, "🎫"), "ana")
    chat.look()
    assert only(chat.house).sender == MARIA
    assert len(chat.thread(said)) == 1


def test_a_customers_room_that_was_upgraded_is_still_the_customers(chat: Chat) -> None:
    chat.listener.rooms = {f"matrix:{chat.room}"}
    chat.look()
    chat.room = chat.matrix.upgrade(chat.room)
    path = f"client/v3/rooms/{chat.room}/invite"
    chat.matrix.ask("POST", path, "maria", {"user_id": SUPPORT})
    chat.matrix.ask("POST", path, "maria", {"user_id": "@pero:localhost"})
    chat.matrix.ask("POST", f"client/v3/join/{chat.room}", "pero")
    chat.house.pass_(minutes=4)
    chat.look()
    said = chat.says(ORDERS, "pero")
    assert only(chat.house).customer == "Standard d.o.o."
    assert len(chat.thread(said)) == 1


def test_what_is_wrong_with_our_standing_is_shown(chat: Chat) -> None:
    matrix = chat.matrix
    wanted = MatrixSettings(homeserver=matrix.url, user=SUPPORT, token=matrix.tokens["support"])
    settings = chat.house.settings.model_copy(update={"matrix": wanted})
    patient = Patient(settings, chat.house.playbook, chat.house.store, chat.house.now)

    def found() -> list[tuple[Verdict, str]]:
        return [(each.verdict, each.detail) for each in checkup.matrix(patient)]

    assert found() == [(Verdict.OK, f"we are {SUPPORT}, where we must")]
    path = f"client/v3/rooms/{chat.room}/state"
    levels = matrix.ask("GET", f"{path}/m.room.power_levels")
    quiet = levels | {"events_default": 50}
    matrix.ask("PUT", f"{path}/m.room.power_levels", "maria", quiet)
    at = f"room {chat.room}: "
    assert found() == [
        (Verdict.FAIL, f"{at}we may not write there: our power level is 0, and 50 is asked for")
    ]
    matrix.ask("PUT", f"{path}/m.room.encryption", "maria", {"algorithm": "m.megolm.v1.aes-sha2"})
    assert found()[0][1].startswith(f"{at}it is encrypted")
    matrix.ask("POST", f"client/v3/rooms/{chat.room}/leave")
    assert found()[0][1].startswith(f"{at}we are not in it")
    wrong = wanted.model_copy(update={"token": SecretStr("nonsense")})
    patient = replace(patient, settings=settings.model_copy(update={"matrix": wrong}))
    assert found() == [(Verdict.FAIL, "M_UNKNOWN_TOKEN")]


def until_pinged(chat: Chat) -> str:
    chat.says(ORDERS)
    for _ in range(30):
        if chat.matrix.said(chat.inside):
            return chat.ping()
        chat.house.pass_(minutes=5)
        chat.work()
    raise AssertionError("nobody was pinged")


@pytest.mark.parametrize("sign", ["👍🏽", "✅", ""])
def test_a_sign_or_a_reply_on_the_ping_acknowledges(chat: Chat, sign: str) -> None:
    ping = until_pinged(chat)
    if sign:
        chat.matrix.send(chat.inside, "m.reaction", reaction(ping, sign), "ana")
    else:
        chat.matrix.say(chat.inside, "ack", "ana", **reply_to(ping))
    chat.look()
    history = chat.house.store.read(lambda tx: tx.requests.history(1))
    assert any(entry.what == "acknowledged" and entry.who == "ana" for entry in history)


def gathered(chat: Chat) -> str:
    """The event of a message in which the pings of requests 4 to 6 stand."""
    for n in range(6):
        head = f"From: p@premium.example\nSubject: Shop {n} fails\nMessage-ID: <{n}@x>"
        chat.house.take(f"{head}\n\n{ORDERS}".encode(), "p@premium.example")
    chat.work()
    said = [event["content"]["body"] for event in chat.matrix.said(chat.inside)]
    assert [body.count("#4") + body.count("#6") for body in said[:3]] == [0, 0, 0]
    assert said[3].startswith("So much is owed at once")
    return chat.ping()


@pytest.mark.parametrize(("said", "has"), [("👌", {4}), ("ack", {4}), ("ack: 4, #6.", {4, 6})])
def test_a_sign_on_several_pings_in_one_is_for_the_first_alone_and_words_name_them(
    chat: Chat, said: str, has: set[int]
) -> None:
    ping = gathered(chat)
    if said.isascii():
        chat.matrix.say(chat.inside, said, "ana", **reply_to(ping))
    else:
        chat.matrix.send(chat.inside, "m.reaction", reaction(ping, said), "ana")
    chat.look()
    assert {request.id for request in chat.house.requests() if request.owner == "ana"} == has


def test_other_words_in_the_pings_thread_stay_inside(chat: Chat) -> None:
    ping = until_pinged(chat)
    chat.matrix.say(chat.inside, "this customer again", "ana", **in_thread(ping))
    chat.look()
    assert only(chat.house).state is State.OPEN
    history = chat.house.store.read(lambda tx: tx.requests.history(1))
    assert all(entry.what != "acknowledged" for entry in history)


def test_killed_between_send_and_record_it_stands_there_once(chat: Chat) -> None:
    class Killed(BaseException):
        """Nothing after it is done."""

    class Mortal(MatrixWay):
        async def send(self, notice: Any) -> Any:
            await super().send(notice)
            raise Killed

    said = chat.matrix.say(chat.room, ORDERS)
    chat.house.courier.outbounds["matrix"] = Mortal(chat.way._web)  # type: ignore[index]
    with pytest.raises(Killed):
        chat.look()
    chat.house.courier.outbounds["matrix"] = chat.way  # type: ignore[index]
    chat.house.pass_(minutes=5)
    chat.work()
    assert len(chat.thread(said)) == 1
    sent = chat.house.store.read(lambda tx: tx.outbox.of_request(1))
    assert [c.state for c in sent if c.notice.kind is NoticeKind.RECEIPT] == ["sent"]
