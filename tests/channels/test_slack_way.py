"""What goes out by Slack: once, harmless, whole; and what its refusals mean."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from channels.base import Absent, DeliveryError, Failure, Sent
from channels.slack.pace import Pace
from channels.slack.way import SlackWay
from channels.slack.web import Web
from rules.model import Attachment, Notice, NoticeKind, Way
from tests.slack_peer import BOT, Fault, SlackPeer

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def notice(address: str, text: str = "It works again.", **more: Any) -> Notice:
    usual = {
        "id": f"answer-1-{address}",
        "kind": NoticeKind.ANSWER,
        "way": Way("slack", address),
        "subject": "Re: [#1] orders",
        "text": text,
        "priority_at": NOW,
        "useful_until": NOW,
    }
    return Notice(**(usual | more))


def by_slack(slack: SlackPeer, work: Callable[[SlackWay], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        web = Web(BOT, f"{slack.url}/", Pace(1000, 0))
        try:
            return await work(SlackWay(web))
        finally:
            await web.close()

    return asyncio.run(run())


def asked(slack: SlackPeer) -> tuple[str, str]:
    ts = slack.say("maria", "orders fail")
    return f"{slack.rooms['standard']}/{ts}", ts


def test_an_answer_stands_in_the_thread_and_the_message_bears_a_sign(slack: SlackPeer) -> None:
    place, ts = asked(slack)
    sent = by_slack(slack, lambda way: way.send(notice(place, sender_name="Ana (Support)")))
    (answer,) = slack.thread(ts)
    assert answer["text"] == "Ana (Support):\nIt works again."
    assert sent == Sent(f"{slack.rooms['standard']}/{answer['ts']}")
    (sign,) = slack.ask("reactions.get", channel=slack.rooms["standard"], timestamp=ts)["message"][
        "reactions"
    ]
    assert sign["name"] == "white_check_mark"


def test_where_one_of_us_answered_in_the_thread_the_sign_alone_changes(slack: SlackPeer) -> None:
    place, ts = asked(slack)
    receipt = notice(place, id="receipt-1", kind=NoticeKind.RECEIPT)
    mark = notice(place, "", id="mark-1-0", kind=NoticeKind.MARK)
    for each in (receipt, mark, mark):
        by_slack(slack, lambda way, each=each: way.send(each))
    assert by_slack(slack, lambda way: way.find(mark)) == Absent()
    assert len(slack.thread(ts)) == 1
    there = slack.ask("reactions.get", channel=slack.rooms["standard"], timestamp=ts)["message"]
    assert [sign["name"] for sign in there["reactions"]] == ["white_check_mark"]


def test_what_people_write_mentions_nobody_and_links_nothing(slack: SlackPeer) -> None:
    place, ts = asked(slack)
    text = "<!channel> & <@U0MARIA> <https://bank.example|our bank>"
    by_slack(slack, lambda way: way.send(notice(place, text)))
    assert slack.thread(ts)[0]["text"] == (
        "&lt;!channel&gt; &amp; &lt;@U0MARIA&gt; &lt;https://bank.example|our bank&gt;"
    )
    posted = slack.called("chat.postMessage")[-1]
    assert (posted["parse"], posted["link_names"], posted["mrkdwn"]) == ("none", "false", "false")


def test_a_long_answer_comes_whole_in_order(slack: SlackPeer) -> None:
    place, ts = asked(slack)
    text = "\n".join(f"line {number}" for number in range(2000))
    by_slack(slack, lambda way: way.send(notice(place, text)))
    parts = slack.thread(ts)
    assert len(parts) > 3
    assert "\n".join(part["text"] for part in parts) == text


def test_of_a_long_answer_that_broke_off_only_the_rest_is_sent(slack: SlackPeer) -> None:
    place, ts = asked(slack)
    long = notice(place, "\n".join(f"line {number}" for number in range(1000)))

    async def story(way: SlackWay) -> None:
        slack.faults += [Fault("chat.postMessage", times=1, delay=0.01, done=True, status=500)]
        with pytest.raises(DeliveryError) as lost:
            await way.send(long)
        assert lost.value.failure is Failure.UNKNOWN
        assert await way.find(long) == Absent()
        await way.send(long)

    by_slack(slack, story)
    assert "\n".join(part["text"] for part in slack.thread(ts)) == long.text


def test_what_was_taken_though_the_answer_was_lost_is_found(slack: SlackPeer) -> None:
    place, ts = asked(slack)
    slack.faults.append(Fault("chat.postMessage", done=True, status=502))

    async def story(way: SlackWay) -> Sent:
        with pytest.raises(DeliveryError) as lost:
            await way.send(notice(place))
        assert lost.value.failure is Failure.UNKNOWN
        found = await way.find(notice(place))
        assert isinstance(found, Sent)
        return found

    found = by_slack(slack, story)
    (answer,) = slack.thread(ts)
    assert found.reference.endswith(answer["ts"])


def test_an_answers_files_come_with_it(slack: SlackPeer) -> None:
    place, ts = asked(slack)
    file = Attachment("fix.sql", "text/plain", b"UPDATE orders;")
    by_slack(slack, lambda way: way.send(notice(place, attachments=(file,))))
    shared, answer = slack.thread(ts)
    assert shared["files"][0]["name"] == "fix.sql"
    assert answer["text"] == "It works again."


def test_files_are_shared_once_though_the_words_after_them_are_refused_at_first(
    slack: SlackPeer,
) -> None:
    place, ts = asked(slack)
    file = Attachment("fix.sql", "text/plain", b"UPDATE orders;")
    answer = notice(place, attachments=(file,))
    slack.faults.append(Fault("chat.postMessage", status=429, retry_after=1))

    async def story(way: SlackWay) -> None:
        with pytest.raises(DeliveryError):
            await way.send(answer)
        await way.send(answer)

    by_slack(slack, story)
    assert len(slack.thread(ts)) == 2


def test_whether_a_room_is_shared_is_not_asked_before_each_of_many_messages(
    slack: SlackPeer,
) -> None:
    place, _ = asked(slack)
    lines = [notice(place, id=f"log-{n}", kind=NoticeKind.LOG) for n in range(3)]

    async def story(way: SlackWay) -> None:
        for line in lines:
            await way.send(line)

    by_slack(slack, story)
    assert len(slack.called("conversations.info")) == 1


def test_the_word_that_something_is_over_begins_no_waiting(slack: SlackPeer) -> None:
    place, _ = asked(slack)
    over = notice(place, id="turned-away-1-2", kind=NoticeKind.RECEIPT)
    by_slack(slack, lambda way: way.send(over))
    assert slack.called("reactions.add") == []


def test_a_sign_that_slack_refuses_for_now_is_set_later(slack: SlackPeer) -> None:
    place, _ = asked(slack)
    mark = notice(place, "", id="mark-1-0", kind=NoticeKind.MARK)
    slack.faults.append(Fault("reactions.add", status=429, retry_after=30))

    async def story(way: SlackWay) -> None:
        with pytest.raises(DeliveryError) as refused:
            await way.send(mark)
        assert refused.value.failure is Failure.TEMPORARY

    by_slack(slack, story)


@pytest.mark.parametrize("kind", [NoticeKind.RECEIPT, NoticeKind.LOG])
def test_what_nobody_is_told_in_the_stead_of_waits_for_a_token(
    slack: SlackPeer, kind: NoticeKind
) -> None:
    place, _ = asked(slack)
    slack.faults.append(Fault("chat.postMessage", error="token_revoked"))

    async def story(way: SlackWay) -> None:
        with pytest.raises(DeliveryError) as refused:
            await way.send(notice(place, kind=kind))
        assert refused.value.failure is Failure.TEMPORARY

    by_slack(slack, story)


def test_a_file_that_slack_does_not_take_is_named(slack: SlackPeer) -> None:
    place, ts = asked(slack)
    slack.faults.append(Fault("files.completeUploadExternal", error="internal_error"))
    file = Attachment("fix.sql", "text/plain", b"UPDATE orders;")
    by_slack(slack, lambda way: way.send(notice(place, attachments=(file,))))
    assert slack.thread(ts)[0]["text"] == "It works again.\n[fix.sql: not taken by Slack]"


def test_what_never_arrived_is_absent(slack: SlackPeer) -> None:
    place, _ = asked(slack)
    assert by_slack(slack, lambda way: way.find(notice(place))) == Absent()


def test_a_person_gets_a_message_of_their_own_and_it_is_found_there(slack: SlackPeer) -> None:
    ping = notice(slack.users["ana"], "due in an hour", kind=NoticeKind.PING)

    async def story(way: SlackWay) -> None:
        sent = await way.send(ping)
        assert sent.reference.startswith("D")
        assert await way.find(ping) == sent

    by_slack(slack, story)


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (Fault("chat.postMessage", status=429, retry_after=30), Failure.TEMPORARY),
        (Fault("chat.postMessage", error="internal_error"), Failure.TEMPORARY),
        (Fault("chat.postMessage", error="is_archived"), Failure.PERMANENT),
        (Fault("chat.postMessage", error="missing_scope"), Failure.PERMANENT),
        (Fault("chat.postMessage", error="token_revoked"), Failure.PERMANENT),
        (Fault("chat.postMessage", error="unknown_method"), Failure.PERMANENT),
        (Fault("chat.postMessage", status=503), Failure.UNKNOWN),
    ],
)
def test_a_refusal_says_whether_trying_again_helps(
    slack: SlackPeer, fault: Fault, failure: Failure
) -> None:
    place, ts = asked(slack)
    fault.times = 1
    slack.faults.append(fault)

    async def story(way: SlackWay) -> None:
        with pytest.raises(DeliveryError) as refused:
            await way.send(notice(place))
        assert refused.value.failure is failure
        assert refused.value.retry_after == (fault.retry_after or 0)

    by_slack(slack, story)
    assert slack.thread(ts) == []


def test_a_room_that_is_not_there_is_no_reason_to_try_again(slack: SlackPeer) -> None:
    async def story(way: SlackWay) -> None:
        with pytest.raises(DeliveryError) as refused:
            await way.send(notice("C0NOWHERE/1700000000.000100"))
        assert refused.value.failure is Failure.PERMANENT

    by_slack(slack, story)
