"""What is said in a chat and comes late, by programs, or names somebody in passing."""

from datetime import timedelta

import pytest

from channels.base import DeliveryError, Failure
from channels.slack.arrivals import stamp
from daemon.chat.doors import threads
from rules.model import NoticeKind, State
from tests.daemon.chat_room import ORDERS, Chat, only
from tests.slack_events import (
    ANA,
    MARIA,
    PERO,
    ROOM,
    TAKER,
    US,
    changed,
    deleted,
    message,
    shortcut,
)


def test_an_edit_after_the_answer_of_what_history_had_edited_is_only_written_down(
    chat: Chat,
) -> None:
    said = message("how do I change a price?", chat.house.now)
    chat.house.pass_(minutes=1)
    edited = said | {"text": "How?", "edited": {"user": MARIA, "ts": stamp(chat.house.now)}}
    chat.hears(TAKER.of_message(edited, ROOM))
    chat.posted(NoticeKind.RECEIPT, said)
    chat.says("done", ANA, thread_ts=said["ts"])
    chat.posted(NoticeKind.MARK, said)
    chat.event(changed(edited, ORDERS, chat.house.now))
    assert only(chat.house).state is State.ANSWERED
    timers = chat.house.store.read(lambda tx: tx.timers.of(1))
    assert timers == []


def test_the_first_version_that_never_came_counts_from_when_it_was_written_by_event_too(
    chat: Chat,
) -> None:
    said = message("Hi", chat.house.now)
    at = chat.house.now
    chat.house.pass_(minutes=5)
    chat.event(changed(said, ORDERS, chat.house.now))
    assert only(chat.house).received_at == at
    chat.posted(NoticeKind.RECEIPT, said)


def test_what_history_brings_late_is_no_word_of_what_was_said_hours_later(chat: Chat) -> None:
    first = message("how do I change a price?", chat.house.now)
    chat.house.pass_(hours=2)
    second = chat.says("how do I add a sales rep?")
    chat.hears(TAKER.of_message(first, ROOM))
    begun = {request.received_at for request in chat.house.requests()}
    assert len(begun) == 2
    assert max(begun) - min(begun) == timedelta(hours=2)
    chat.posted(NoticeKind.RECEIPT, first)
    chat.posted(NoticeKind.RECEIPT, second)


def test_a_root_that_comes_after_its_reply_is_where_the_request_begins(chat: Chat) -> None:
    root = message("orders fail", chat.house.now)
    at = chat.house.now
    chat.house.pass_(minutes=30)
    chat.says("for everybody, nobody can work", thread_ts=root["ts"])
    due = only(chat.house).first_response_due_at
    chat.event(root)
    request = only(chat.house)
    assert request.received_at == at
    assert due is not None
    assert request.first_response_due_at == due - timedelta(minutes=30)
    (timer,) = chat.house.store.read(lambda tx: tx.timers.of(1))
    assert timer.due_at == request.first_response_due_at
    chat.posted(NoticeKind.RECEIPT, root)


def test_slackbots_automatic_reply_opens_nothing(chat: Chat) -> None:
    chat.says(ORDERS, user="USLACKBOT", subtype="slackbot_response")
    assert chat.house.requests() == []


def test_a_person_turns_a_programs_message_into_a_request_but_never_ours(chat: Chat) -> None:
    said = chat.says(ORDERS, user="", subtype="bot_message", bot_id="B0OTHER")
    chat.hears(TAKER.of_shortcut(shortcut(said, PERO, chat.house.now)))
    assert only(chat.house).sender == "slack:B0OTHER"
    chat.posted(NoticeKind.RECEIPT, said)
    ours = message("we look", chat.house.now, US.user, bot_id=US.bot)
    chat.hears(TAKER.of_shortcut(shortcut(ours, PERO, chat.house.now)))
    assert only(chat.house).id == 1


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (f"{ORDERS}, as <@{PERO}> saw", 1),
        (f"hi <@{PERO}>, did you see the new prices?", 0),
        (f"thanks <@{PERO}> :+1:", 0),
    ],
)
def test_a_colleague_named_in_passing_hides_no_matter(chat: Chat, text: str, count: int) -> None:
    said = chat.says(text)
    assert len(chat.house.requests()) == count
    if count:
        chat.posted(NoticeKind.RECEIPT, said)


def test_a_colleagues_reply_to_a_greeting_is_for_us(chat: Chat) -> None:
    greeting = chat.says("Hello!")
    chat.says(ORDERS, PERO, thread_ts=greeting["ts"])
    assert only(chat.house).sender == f"slack:{PERO}"
    chat.posted(NoticeKind.RECEIPT, greeting)


def test_an_answer_deleted_in_its_thread_is_owed_again_and_told(chat: Chat) -> None:
    said = chat.says(ORDERS)
    chat.posted(NoticeKind.RECEIPT, said)
    wrong = chat.says("your invoice is ready", ANA, thread_ts=said["ts"])
    chat.posted(NoticeKind.MARK, said)
    assert only(chat.house).state is State.ANSWERED
    pings = sum(notice.kind is NoticeKind.PING for notice in chat.house.taken())
    chat.event(deleted(wrong, chat.house.now))
    request = only(chat.house)
    assert (request.state, request.first_response_at) == (State.OPEN, None)
    assert sum(notice.kind is NoticeKind.PING for notice in chat.house.taken()) > pings


def test_of_two_answers_the_one_that_is_left_is_the_first_response(chat: Chat) -> None:
    said = chat.says(ORDERS)
    chat.posted(NoticeKind.RECEIPT, said)
    wrong = chat.says("your invoice is ready", ANA, thread_ts=said["ts"])
    at = chat.house.now
    right = chat.says("we are on it", ANA, thread_ts=said["ts"])
    chat.posted(NoticeKind.MARK, said)
    chat.event(deleted(wrong, chat.house.now))
    request = only(chat.house)
    assert (request.state, request.first_response_at) == (State.ANSWERED, at)
    chat.event(deleted(right, chat.house.now))
    assert only(chat.house).state is State.OPEN


def test_what_a_customer_deletes_is_no_answer_that_was(chat: Chat) -> None:
    said = chat.says(ORDERS)
    chat.posted(NoticeKind.RECEIPT, said)
    chat.says("we are on it", ANA, thread_ts=said["ts"])
    chat.posted(NoticeKind.MARK, said)
    chat.event(deleted(said, chat.house.now))
    assert only(chat.house).state is State.ANSWERED


SCREENSHOT = [{"id": "F1", "name": "error.png"}]
"""Which was not to be had: the house fetches nothing."""


def test_a_file_alone_opens_a_request_though_it_was_not_to_be_had(chat: Chat) -> None:
    said = chat.says("", files=SCREENSHOT)
    assert any("error.png is in Slack only" in why for why in only(chat.house).reasons)
    chat.posted(NoticeKind.RECEIPT, said)


def test_our_file_alone_in_the_thread_is_an_answer_though_it_was_not_to_be_had(chat: Chat) -> None:
    said = chat.says(ORDERS)
    chat.posted(NoticeKind.RECEIPT, said)
    chat.says("", ANA, thread_ts=said["ts"], files=SCREENSHOT)
    assert only(chat.house).state is State.ANSWERED
    chat.posted(NoticeKind.MARK, said)


def test_what_was_edited_before_it_came_joins_what_was_said_beside_it(chat: Chat) -> None:
    chat.says("Hi")
    said = message("orders", chat.house.now)
    chat.house.pass_(minutes=30)
    edited = said | {"text": ORDERS, "edited": {"user": MARIA, "ts": stamp(chat.house.now)}}
    chat.hears(TAKER.of_message(edited, ROOM))
    filed = chat.house.store.read(lambda tx: tx.messages.of_request(1))
    assert [each.message.text for each in filed] == ["Hi", ORDERS]
    chat.posted(NoticeKind.RECEIPT, said)


def test_the_end_of_our_answer_is_looked_for_as_that_of_a_customers_word_is(chat: Chat) -> None:
    said = chat.says(ORDERS)
    answer = chat.says("we are on it", ANA, thread_ts=said["ts"])
    place = f"slack:{ROOM}/{said['ts']}"
    found = chat.house.store.read(lambda tx: threads(tx, "slack", lambda: chat.house.now))
    assert found == {place: {place, f"slack:{ROOM}/{answer['ts']}"}}
    chat.house.ignore()


def test_a_receipt_that_comes_after_the_answer_leaves_the_sign_of_the_answer(chat: Chat) -> None:
    slack = chat.house.slack
    slack.failing = DeliveryError(Failure.TEMPORARY, "ratelimited")
    said = chat.says(ORDERS)
    house = chat.house
    house.store.write(lambda tx: house.desk.answer(tx, 1, "ana", "It runs.", "test", house.now))
    slack.failing = None
    house.pass_(minutes=10)
    there = [notice.kind for notice in slack.taken if notice.way.address.endswith(said["ts"])]
    assert there == [NoticeKind.ANSWER, NoticeKind.RECEIPT, NoticeKind.MARK]
    house.ignore()
