"""On call in Slack: a card is posted, pressed on, brought up to date, and stays among us."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from channels.slack.web import Lost, Refused
from rules.model import NoticeKind, Severity, State
from tests.daemon.conftest import House
from tests.daemon.slack_office import IVO, Office
from tests.slack_events import ANA, US


@pytest.fixture
def office(house: House) -> Iterator[Office]:
    office = Office(house)
    yield office
    house.ignore()  # cards, lines below them and copies are looked at where they stand


def texts(card: dict[str, Any], kind: str) -> list[str]:
    """Everything a card shows, of one kind of text."""

    def walk(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            if value.get("type") == kind and isinstance(value.get("text"), str):
                yield value["text"]
            for each in value.values():
                yield from walk(each)
        elif isinstance(value, list):
            for each in value:
                yield from walk(each)

    return list(walk(card["blocks"]))


def buttons(card: dict[str, Any]) -> list[str]:
    actions = [b for b in card["blocks"] if b["type"] == "actions"]
    elements = actions[0]["elements"] if actions else []
    return [element["action_id"].removeprefix("supportd:") for element in elements]


def acknowledge(office: Office, person: str) -> None:
    """By command, past Slack."""
    house = office.house
    house.store.write(lambda tx: house.desk.acknowledge(tx, 1, person, house.now))


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


def test_acknowledged_by_a_button_it_is_stored_and_the_card_says_so(office: Office) -> None:
    office.asks()
    assert office.press("acknowledge") == 200
    request = office.house.request()
    assert request.owner == "ana"
    assert any("Acknowledged\nana, until" in text for text in texts(office.card(), "plain_text"))
    assert any("ana: acknowledged" in line for line in office.thread())
    assert office.told() == []


def test_pressed_twice_it_is_done_once(office: Office) -> None:
    office.asks()
    value = office.value("acknowledge")
    assert [office.click(value, "acknowledge") for _ in range(2)] == [200, 200]
    assert office.house.history().count("acknowledged") == 1
    assert office.told() == []


def test_a_stale_button_says_who_has_it(office: Office) -> None:
    office.asks()
    stale = office.value("acknowledge")
    office.press("acknowledge", by=IVO)
    assert office.click(stale, "acknowledge") == 200
    assert office.house.request().owner == "ivo"
    assert any("ivo has request 1 since that ping" in said for said in office.told())


@pytest.mark.parametrize(
    ("user", "team"),
    [("U0STRANGER", US.team), (ANA, "T0OTHER"), ("U0MARIA", "T0OTHER")],
)
def test_nobody_but_us_is_obeyed(office: Office, user: str, team: str) -> None:
    office.asks()
    before = office.house.history()
    for move, choice in (("acknowledge", ""), ("reassign", "ivo"), ("not-a-request", "")):
        office.press(move, choice, user, team)
    assert office.house.history() == before
    assert len(office.told()) == 3
    office.press("answer", by=user, team=team)
    assert office.web.calls("views.open") == []


def test_what_cannot_be_stored_is_not_acknowledged(office: Office) -> None:
    office.asks()

    async def broken(work: Any) -> Any:
        raise OSError("no space left on device")

    office.house.thread.write, write = broken, office.house.thread.write  # type: ignore[method-assign]
    body = office.value("acknowledge")
    card = office.card()
    status, _ = office.post(
        {
            "type": "block_actions",
            "user": {"id": ANA, "team_id": US.team},
            "channel": {"id": card["channel"]},
            "actions": [{"action_id": "supportd:acknowledge", "block_id": "b", **body}],
        }
    )
    office.house.thread.write = write  # type: ignore[method-assign]
    assert status >= 400
    assert office.house.request().owner == ""


def test_an_answer_goes_by_the_way_the_customer_came_and_is_the_first_response(
    office: Office,
) -> None:
    office.asks()
    office.press("answer")
    assert office.house.request().state is State.OPEN
    assert office.enter("It works again.") is None
    answer = office.house.answer("s@standard.example")
    assert answer.text == "It works again."
    assert answer.sender_name == "Ana Anić (B2Bee Support)"
    request = office.house.request()
    assert (request.state, request.first_response_by) == (State.ANSWERED, "ana")
    assert buttons(office.card()) == ["answer", "history"]
    assert "State\nanswered by ana" in texts(office.card(), "plain_text")


def test_an_answer_said_twice_by_slack_goes_out_once(office: Office) -> None:
    office.asks()
    office.press("answer")
    assert [office.enter("It works again.") for _ in range(2)] == [None, None]
    office.house.answer("s@standard.example")


def test_who_answers_while_another_writes_hears_of_it_and_may_send_all_the_same(
    office: Office,
) -> None:
    office.asks()
    office.press("answer")
    slow = office.window()
    office.house.pass_(seconds=30)
    office.press("answer", by=IVO)
    office.enter("Restarted, it works.", by=IVO, key="V2")
    office.house.answer("s@standard.example")
    said = office.enter("Try again, please.", view=slow)
    assert said["response_action"] == "update"
    assert "ivo answered at" in str(said["view"]["blocks"])
    assert "Try again, please." in str(said["view"]["blocks"])
    office.house.pass_(seconds=30)
    assert office.enter("Try again, please.", view=said["view"]) is None
    assert office.house.answer("s@standard.example").text == "Try again, please."


def test_an_empty_answer_keeps_the_window_open(office: Office) -> None:
    office.asks()
    office.press("answer")
    assert office.enter("  ")["errors"]["words"].startswith("the answer is empty")
    assert office.house.request().state is State.OPEN


def test_a_severity_is_said_with_its_reason(office: Office) -> None:
    office.asks()
    office.press("severity", "minor")
    assert office.window()["blocks"][0]["element"]["initial_option"]["value"] == "minor"
    assert office.enter("one printer only", "minor") is None
    request = office.house.request()
    assert (request.severity, request.severity_by) == (Severity.MINOR, "ana")
    assert office.enter("one printer only", "minor") is None
    assert [w for w in office.house.history() if w.startswith("severity")] == [
        "severity critical -> minor"
    ]


def test_a_severity_of_something_that_moved_meanwhile_is_refused(office: Office) -> None:
    office.asks()
    office.press("severity", "minor")
    office.press("acknowledge", by=IVO)
    said = office.enter("one printer only", "minor")
    assert "ivo: acknowledged" in said["errors"]["words"]
    assert office.house.request().severity is Severity.CRITICAL


def test_given_to_another_the_other_is_told_at_once(office: Office) -> None:
    office.asks()
    value = office.value("reassign", "ivo")
    assert [office.click(value, "reassign") for _ in range(2)] == [200, 200]
    assert office.house.request().owner == "ivo"
    assert office.house.ping("ivo").request_id == 1
    assert office.told() == []


def test_only_legal_snoozes_are_offered_and_late_ones_say_so(office: Office) -> None:
    office.asks()
    offered = [
        option["value"].rpartition(":")[2]
        for block in office.card()["blocks"]
        for element in block.get("elements", [])
        if element.get("action_id") == "supportd:snooze"
        for option in element["options"]
    ]
    longest = office.value("snooze", offered[-1])
    due = office.house.request().first_response_due_at
    assert all(60 * int(n) < (due - office.house.now).total_seconds() for n in offered)
    office.house.now = due - (due - office.house.now) / 10
    office.click(longest, "snooze")
    assert any("cannot wait" in said or "since that ping" in said for said in office.told())


def shown(view: dict[str, Any]) -> str:
    """All that a window says, each text within what Slack takes, none of it markup."""
    assert len(view["blocks"]) <= 100
    for block in view["blocks"]:
        text = block["text"]
        assert (text["type"], text["emoji"]) == ("plain_text", False)
        longest = 3000 if block["type"] == "section" else 150
        assert len(text["text"].encode("utf-16-le")) // 2 <= longest
    return "\n".join(block["text"]["text"] for block in view["blocks"])


def test_the_history_tells_what_was_said_and_done_and_what_the_customer_asked_before(
    office: Office,
) -> None:
    office.house.mail("s@standard.example", "Price list", "Where is the price list?")
    office.house.work()
    office.asks()
    office.web.messages = {p: m for p, m in office.web.messages.items() if "#2" in m["text"]}
    office.says_below("the printer again")
    office.press("answer")
    office.enter("It works again.")
    before = office.house.history(2)
    office.press("history", by=IVO)
    told = shown(office.window())
    assert office.window()["title"]["text"] == "History of #2"
    assert "submit" not in office.window()
    assert "Orders fail for all our sales reps" in told
    assert "ana (a note among us):\nthe printer again" in told
    assert "answer by ana:\nIt works again." in told
    assert "customer: opened" in told
    assert told.index("Before, of Standard") < told.index("#1 Standard d.o.o.: Price list")
    assert "Nothing is owed." in told
    assert office.house.history(2) == before


def test_a_history_shows_how_it_stands_now_whatever_the_button_is_of(office: Office) -> None:
    office.asks()
    stale = office.value("history")
    acknowledge(office, "ivo")
    office.click(stale, "history")
    assert "ivo has it until" in shown(office.window())


def test_an_answer_by_mail_stands_in_the_history_once(office: Office) -> None:
    office.asks()
    copy = next(n for n in office.slack.taken if n.kind is NoticeKind.COPY)
    office.house.mail("ana@b2bee.example", "Re: Orders", "It works again.", to=copy.reply_to)
    office.press("history")
    told = shown(office.window())
    assert "answer by ana:\nIt works again." in told
    assert told.count("It works again.") == 1


def test_the_history_is_shown_to_us_alone(office: Office) -> None:
    office.asks()
    office.press("history", by="U0STRANGER")
    office.press("history", by=ANA, team="T0OTHER")
    assert office.web.calls("views.open") == []
    assert len(office.told()) == 2


def test_a_history_of_what_is_not_there_says_so(office: Office) -> None:
    office.asks()
    office.click({"type": "button", "value": "77:0:"}, "history")
    assert "there is no request 77" in office.told()[0]


def test_what_is_no_request_is_closed_and_nothing_is_left_to_press(office: Office) -> None:
    office.asks()
    value = office.value("not-a-request")
    assert [office.click(value, "not-a-request") for _ in range(2)] == [200, 200]
    assert office.house.request().state is State.CLOSED
    assert buttons(office.card()) == ["history"]
    assert office.told() == []


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


def test_a_card_outlives_a_day_without_slack(office: Office) -> None:
    office.asks()
    office.web.failing["chat.update"] = Refused("internal_error")
    office.press("acknowledge")
    office.house.pass_(hours=20)
    office.web.failing.clear()
    office.house.pass_(minutes=6)
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


NASTY = [
    "<!channel> <@U0ANA> <http://evil.example|click> *bold* :x:",
    "\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe \N{ARABIC LETTER ALEF}",
    "\N{PILE OF POO}" * 4000,
    "&lt;!here&gt; ```code``` ~no~\n" * 300,
]


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


def test_a_long_history_is_whole_where_it_matters_and_within_slacks_bounds(
    office: Office,
) -> None:
    office.asks("Orders fail for everybody. " + NASTY[2])
    for number in range(20):
        office.says_below(f"{number} {NASTY[2]}")
    for number in range(70):
        change = f"change {number} {'x' * 400}"
        office.house.store.write(
            lambda tx, change=change: office.house.desk.note(
                tx, 1, office.house.now, "ana", change, NASTY[0]
            )
        )
    office.press("history")
    told = shown(office.window())
    assert "[9 earlier ones]\n" in told
    assert "change 69" in told
    assert "change 1 " not in told


def test_what_is_said_under_a_card_stays_inside_and_is_kept(office: Office) -> None:
    office.asks()
    to_customer = len(office.house.post.taken)
    for text in ("customer is wrong, ignore", "[#1] we fixed it", f"<@{US.user}> answer: yes"):
        office.says_below(text)
    office.says_below("I am a colleague of no roster", "U0COLLEAGUE")
    request = office.house.request()
    assert request.state is State.OPEN
    assert [n for n in office.house.post.taken[to_customer:] if "standard" in n.way.address] == []
    filed = office.house.store.read(lambda tx: tx.messages.of_request(1))
    assert [(f.author, f.is_customers) for f in filed[1:]] == [
        *[("ana", False)] * 3,
        ("supportd", False),
    ]
    assert filed[1].message.text == "customer is wrong, ignore"
    assert len(office.house.requests()) == 1


def notes(office: Office) -> list[str]:
    filed = office.house.store.read(lambda tx: tx.messages.of_request(1))
    return [f.message.text for f in filed if not f.is_customers]


def test_what_was_written_under_a_card_while_nobody_listened_is_a_note_once(
    office: Office,
) -> None:
    office.asks()
    to_customer = [n for n in office.house.post.taken if "standard" in n.way.address]
    office.says_below("heard")
    office.writes_below_unheard("it is the database again")
    office.writes_below_unheard("I am a colleague of no roster", "U0COLLEAGUE")
    for _ in range(2):
        office.looks_back()
    assert notes(office) == [
        *("heard", "it is the database again", "I am a colleague of no roster"),
    ]
    assert [n for n in office.house.post.taken if "standard" in n.way.address] == to_customer
    assert office.house.request().state is State.OPEN


def test_threads_of_cards_are_read_until_a_week_after_the_answer(office: Office) -> None:
    office.asks()
    office.press("answer")
    office.enter("It works again.")
    office.house.pass_(days=6)
    office.writes_below_unheard("it was the database")
    office.looks_back()
    office.house.pass_(days=2)
    office.writes_below_unheard("long over")
    office.looks_back()
    assert notes(office) == ["it was the database"]


def copied(office: Office) -> dict[str, Any]:
    """A copy of a customer's message that stands under no card."""
    office.house.mail("s@standard.example", "Price list", "One price list prints badly, no hurry")
    office.house.work()
    [copy] = [m for m in office.web.messages.values() if m["text"].startswith("From Standard")]
    return copy


def test_what_is_written_under_a_copy_is_a_note_as_the_copy_says(office: Office) -> None:
    copy = copied(office)
    assert "what is written in this thread stays among us, kept with request #1" in copy["text"]
    office.says_below("I know this one, it is the driver", under=copy)
    assert notes(office) == ["I know this one, it is the driver"]
    assert office.house.request().state is State.OPEN
    assert len(office.house.requests()) == 1
    assert [m for m in office.web.messages.values() if m.get("thread_ts")] == []


def test_who_writes_where_nobody_reads_is_told_so_once_a_thread(office: Office) -> None:
    office.asks()
    office.house.store.write(
        lambda tx: tx.outbox.post(
            office.house.courier.notices.alarms("x", "disk full", "now", office.house.now, ["ana"]),
            office.house.now,
        )
    )
    office.house.work()
    [alarm] = [m for m in office.web.messages.values() if "disk full" in m["text"]]
    for text in ("I look after it", "done"):
        office.says_below(text, under=alarm)
    [told] = [m for m in office.web.messages.values() if m.get("thread_ts") == alarm["ts"]]
    assert told["text"].startswith("Nobody reads this.")
    office.says("ack")  # to the bot alone, beside the card
    assert [m["text"][:18] for m in office.web.messages.values()].count("Nobody reads this.") == 2
    assert office.house.request().owner == ""
    assert notes(office) == []


def test_a_stale_press_brings_the_card_up_to_date(office: Office) -> None:
    office.asks()
    stale, old = office.value("acknowledge"), list(office.card()["blocks"])
    acknowledge(office, "ivo")
    office.house.work()
    office.card()["blocks"] = old  # as if Slack had never shown what came since
    office.click(stale, "acknowledge")
    assert any("ivo has request 1" in said for said in office.told())
    assert any("ivo, until" in text for text in texts(office.card(), "plain_text"))


def test_a_card_is_brought_up_to_date_after_a_week_without_slack(office: Office) -> None:
    office.asks()
    office.web.failing["chat.update"] = Refused("internal_error")
    office.press("not-a-request")
    office.house.pass_(days=7)
    office.web.failing.clear()
    office.house.pass_(minutes=6)
    assert buttons(office.card()) == ["history"]


def test_what_was_said_under_a_card_leads_nobody_to_its_request(office: Office) -> None:
    office.asks()
    office.says_below("internal")
    place = f"slack:D{ANA}/{office.card()['ts']}"
    assert office.house.store.read(lambda tx: tx.messages.threads([place])) == []


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


def test_the_home_tab_shows_mine_by_deadline_and_who_is_on_call(office: Office) -> None:
    office.asks()
    office.press("acknowledge")
    view = office.goes_home()
    shown = str(view["blocks"])
    assert "on call: ana, from" in shown
    assert "#1 Standard d.o.o.: Orders" in shown
    assert "<!date^" in shown


def test_a_stranger_sees_nothing_on_the_home_tab(office: Office) -> None:
    office.asks()
    assert "Standard" not in str(office.goes_home("U0STRANGER"))


def test_the_command_shows_finds_hands_over_and_says_who_is_on_call(office: Office) -> None:
    office.asks()
    assert office.command("standard").startswith("#1 Standard d.o.o.: Orders (critical, open")
    assert "opened" in office.command("1")
    assert office.command("oncall").startswith("on call: ana, from")
    assert office.command("hand 1 to ivo") == "request 1 is with ivo, who is told now"
    assert office.house.ping("ivo").request_id == 1
    assert office.house.request().owner == "ivo"
    assert office.command("100% of nothing").startswith("nothing is found")
    assert office.command("hand 1 to nobody").startswith("nobody is called 'nobody'")
    assert office.command("99").startswith("there is no request 99")
    assert "shows request 12" in office.command("")


def test_the_command_is_for_us_alone(office: Office) -> None:
    office.asks()
    assert "not one" in office.command("1", "U0STRANGER")


def test_a_severity_confirmed_in_words_that_its_reasons_hold_is_confirmed(office: Office) -> None:
    office.asks()
    (*_, reason) = [r for r in office.house.request().reasons if " " in r]
    office.press("severity", "critical")
    assert office.enter(reason.split()[0], "critical") is None
    assert office.house.request().severity_by == "ana"
    assert office.enter(reason.split()[0], "critical") is None
    assert office.house.history().count("severity confirmed") == 1


def test_who_answers_past_us_while_another_writes_is_named_as_well(office: Office) -> None:
    office.asks()
    office.press("answer")
    house = office.house
    house.pass_(seconds=30)
    house.store.write(
        lambda tx: house.desk.answered_by_phone(tx, 1, "ivo", "it runs again", house.now)
    )
    said = office.enter("Try again, please.")
    assert "ivo answered at" in str(said["view"]["blocks"])
    assert house.post.taken[-1].kind is not NoticeKind.ANSWER


def test_an_answer_in_the_window_holds_no_reply_address_of_ours(office: Office) -> None:
    office.asks()
    office.press("answer")
    pasted = office.house.ping("boss").reply_to
    said = office.enter(f"As we said: {pasted}")
    assert "reply addresses" in said["errors"]["words"]
    assert office.house.request().state is State.OPEN


def test_by_a_mention_it_is_given_to_who_is_meant_not_to_who_is_called_so(office: Office) -> None:
    office.asks()
    assert office.command("hand 1 to <@U0OTHER|ivo>").startswith("nobody is called")
    assert office.command(f"hand 1 to <@{IVO}|ivica.k>") == "request 1 is with ivo, who is told now"
