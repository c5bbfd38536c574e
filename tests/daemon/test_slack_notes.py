"""What is written under what we post in Slack stays among us."""

from typing import Any

from rules.model import State
from tests.daemon.slack_office import Office
from tests.slack_events import ANA, US


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


def test_what_was_said_under_a_card_leads_nobody_to_its_request(office: Office) -> None:
    office.asks()
    office.says_below("internal")
    place = f"slack:D{ANA}/{office.card()['ts']}"
    assert office.house.store.read(lambda tx: tx.messages.threads([place])) == []
