"""Cards in Slack: one a request and place, as it stands, in rooms of our own."""

from dataclasses import replace
from typing import Any

import pytest

from channels.slack.web import Lost, Refused
from rules.model import NoticeKind
from tests.daemon.slack_office import NASTY, Office, acknowledge, buttons, texts
from tests.slack_events import ANA


def test_a_ping_is_one_card_with_all_that_is_known(office: Office) -> None:
    office.asks()
    card = office.card()
    shown = "\n".join(texts(card, "plain_text"))
    assert "Standard d.o.o." in shown
    assert "provisional" in shown
    assert "Orders fail for all our sales reps" in shown
    (due,) = texts(card, "mrkdwn")
    stamp = int(office.house.request().first_response_due_at.timestamp())
    assert f"<!date^{stamp}^" in due
    assert "(in " in due
    assert buttons(card)[:5] == ["acknowledge", "answer", "severity", "reassign", "snooze"]
    assert buttons(card)[5:] == ["not-a-request", "history"]
    assert "#1" in card["text"]


def test_a_ping_again_is_heard_under_the_same_card(office: Office) -> None:
    office.asks()
    first = office.card()["ts"]
    office.house.pass_(minutes=45)
    assert office.card()["ts"] == first
    again = [m for m in office.web.messages.values() if m.get("reply_broadcast")]
    assert again
    assert all(m["thread_ts"] == first for m in again)


def test_only_the_newest_version_of_a_card_is_sent(office: Office) -> None:
    office.asks()
    office.web.failing["chat.update"] = Refused("ratelimited")
    office.press("acknowledge")
    acknowledge(office, "ivo")
    office.web.failing.clear()
    updates = len(office.web.calls("chat.update"))
    office.house.now = office.house.now.replace(second=59)
    office.house.pass_(seconds=20)
    assert len(office.web.calls("chat.update")) == updates + 1
    assert any("ivo, until" in text for text in texts(office.card(), "plain_text"))


def test_a_card_whose_answer_was_lost_stands_once(office: Office) -> None:
    office.web.failing["chat.postMessage"] = Lost("TimeoutError")
    office.asks()
    office.web.failing.clear()
    office.house.pass_(seconds=20)
    office.card()
    office.press("acknowledge")
    assert any("ana: acknowledged" in line for line in office.thread())


def test_a_ping_whose_answer_was_lost_is_found_though_another_card_stands_since(
    office: Office,
) -> None:
    web, house = office.web, office.house
    web.failing["chat.postMessage"] = Lost("TimeoutError")
    web.meanwhile = lambda: web.failing.pop("chat.postMessage")  # the first alone
    web.failing["conversations.history"] = Refused("internal_error")
    house.mail("s@standard.example", "Orders", "Orders fail, nobody can work")
    house.pass_(minutes=95)
    cards = [m for m in web.messages.values() if m.get("blocks")]
    assert len(cards) == 2  # of the first step, which nobody knows of, and of the second
    web.failing.clear()
    house.pass_(minutes=6)
    posted = [m["metadata"]["event_payload"]["id"] for m in web.calls("chat.postMessage")]
    assert sorted(posted) == sorted(set(posted))


def test_what_changed_while_the_card_was_on_its_way_is_shown(office: Office) -> None:
    office.web.meanwhile = lambda: acknowledge(office, "ivo")
    office.house.mail("s@standard.example", "Orders", "Orders fail, nobody can work")
    office.house.work()
    assert any("ivo, until" in text for text in texts(office.card(), "plain_text"))


def pressed_while_slack_fails(office: Office, button: str, **lasts: float) -> None:
    """The card of a request cannot be changed for so long, and then can."""
    office.asks()
    office.web.failing["chat.update"] = Refused("internal_error")
    office.press(button)
    office.house.pass_(**lasts)
    office.web.failing.clear()
    office.house.pass_(minutes=6)


def test_a_card_outlives_a_day_without_slack(office: Office) -> None:
    pressed_while_slack_fails(office, "acknowledge", hours=20)
    assert office.house.store.read(lambda tx: len(tx.posts.of(1))) == 1
    assert any("ana: acknowledged" in line for line in office.thread())


def test_a_card_deleted_in_slack_is_posted_anew_with_the_next_ping(office: Office) -> None:
    office.asks()
    old = office.card()["ts"]
    office.web.failing["chat.update"] = Refused("message_not_found")
    office.press("acknowledge")
    office.web.failing.clear()
    del office.web.messages[f"D{ANA}/{old}"]
    office.web.messages = {
        p: m for p, m in office.web.messages.items() if m.get("thread_ts") != old
    }
    office.house.pass_(hours=1)
    assert office.card()["ts"] != old


@pytest.mark.parametrize("text", NASTY, ids=["mentions", "rtl", "emoji", "long"])
def test_what_customers_write_is_never_markup_and_never_too_long(office: Office, text: str) -> None:
    office.asks(f"Orders fail for everybody, nobody can work. {text}")
    card = office.card()
    assert all("evil" not in t and "U0ANA" not in t for t in texts(card, "mrkdwn"))
    for block in card["blocks"]:
        if block["type"] == "section" and "text" in block:
            assert len(block["text"]["text"].encode("utf-16-le")) // 2 <= 3000
            assert block["text"]["type"] == "mrkdwn" or block["text"]["emoji"] is False
    assert "<!" not in card["text"]
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in str(texts(card, "plain_text"))
    assert len(card["text"]) < 4000


def test_a_card_is_brought_up_to_date_after_a_week_without_slack(office: Office) -> None:
    pressed_while_slack_fails(office, "not-a-request", days=7)
    assert buttons(office.card()) == ["history"]


def test_nothing_of_ours_goes_into_a_customers_room(office: Office) -> None:
    def bind(tx: Any) -> None:
        (standard,) = [c for c in tx.contracts.all() if c.customer == "Standard d.o.o."]
        tx.contracts.put([replace(standard, chats=frozenset({f"slack:D{ANA}", f"slack:{ANA}"}))])

    office.house.store.write(bind)
    office.asks()
    assert office.web.calls("chat.postMessage") == []
    assert any(n.kind is NoticeKind.ALARM for n in office.house.post.taken)


def test_a_room_shared_with_another_organisation_gets_nothing_of_ours(office: Office) -> None:
    from rules.model import Way

    room = Way("slack", "C0SHARED")
    office.web.shared.add("C0SHARED")
    people = office.house.playbook.people
    office.under(people={**people, "ana": replace(people["ana"], ways=(room,))})
    office.asks()
    assert office.web.calls("chat.postMessage") == []
    assert any("shared with another" in n.text for n in office.house.post.taken)
