"""Many pings at once in Slack: one message, each request acknowledged on its line."""

from typing import Any

from channels.slack.web import Refused
from rules.model import State
from tests.daemon.slack_office import IVO, Office
from tests.slack_events import ANA, US

OUTAGE = "Nothing works: the whole company cannot send orders since 8 o'clock."


def outages(office: Office, count: int, begin: int = 0) -> None:
    """So many come before anybody looks."""
    for n in range(begin, begin + count):
        mail = f"From: p@premium.example\nSubject: Shop {n} <!here> fails\nMessage-ID: <{n}@x>\n\n"
        office.house.take((mail + OUTAGE).encode(), "p@premium.example")
    for _ in range(8):  # a message a second is what Slack takes
        office.house.pass_(seconds=2)


def gathered(office: Office) -> dict[str, Any]:
    """The newest message that tells of several."""
    return [m for m in office.web.messages.values() if lines(m)][-1]


def lines(message: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """By request, in order."""
    return {
        int(block["block_id"].removeprefix("supportd:")): block
        for block in message.get("blocks") or []
        if block.get("block_id", "").startswith("supportd:")
    }


def said(line: dict[str, Any]) -> str:
    return "\n".join([line["text"]["text"], *(field["text"] for field in line["fields"])])


def press(office: Office, number: int, by: str = ANA, message: Any = None) -> int:
    """Acknowledge on a line of the gathered message, as Slack says it."""
    message = message or gathered(office)
    button = lines(message)[number]["accessory"]
    status, _ = office.post(
        {
            "type": "block_actions",
            "user": {"id": by, "team_id": US.team},
            "container": {"type": "message", "message_ts": message["ts"]},
            "channel": {"id": message["channel"]},
            "message": {k: message[k] for k in ("ts", "text", "blocks")},
            "actions": [{"action_id": button["action_id"], "value": button["value"]}],
        }
    )
    office.house.work()
    return status


def card_of(office: Office, number: int) -> list[dict[str, Any]]:
    return [
        m
        for m in office.web.messages.values()
        if m.get("blocks") and not lines(m) and f"#{number} " in m["text"]
    ]


def test_more_than_three_at_once_are_one_message_with_a_button_on_each_line(
    office: Office,
) -> None:
    outages(office, 7)
    assert [len(card_of(office, n)) for n in (1, 2, 3, 4)] == [1, 1, 1, 0]
    message = gathered(office)
    assert list(lines(message)) == [4, 5, 6, 7]
    assert "4 requests are owed" in str(message["blocks"][0])
    line = lines(message)[5]
    assert said(line).splitlines()[1].startswith("critical #5 Premium d.o.o.: Shop 4 <!here>")
    assert line["text"]["text"].startswith("*Answer due* <!date^")
    assert all(field["type"] == "plain_text" for field in line["fields"])
    assert "<!" not in message["text"]


def test_what_is_acknowledged_on_a_line_is_kept_shown_there_and_comes_as_a_card(
    office: Office,
) -> None:
    outages(office, 6)
    assert press(office, 5) == 200
    assert [office.house.request(n).owner for n in (4, 5, 6)] == ["", "ana", ""]
    assert "Acknowledged ana, until" in said(lines(gathered(office))[5])
    assert "Acknowledged" not in said(lines(gathered(office))[4])
    (card,) = card_of(office, 5)
    assert "Acknowledged\\nana, until" in str(card["blocks"])
    assert office.told() == []


def test_pressed_twice_there_is_one_card(office: Office) -> None:
    outages(office, 5)
    message = dict(gathered(office))
    assert [press(office, 4, message=message) for _ in range(2)] == [200, 200]
    assert office.house.history(4).count("acknowledged") == 1
    assert len(card_of(office, 4)) == 1
    assert office.told() == []


def test_a_card_that_stood_before_is_brought_up_to_date_and_stays_the_only_one(
    office: Office,
) -> None:
    house = office.house
    house.mail("s@standard.example", "Printing", "One price list prints badly, not urgent")
    for _ in range(2):  # it is told for the first time, and is to be for the second
        house.work()
        house.now = house.store.read(lambda tx: tx.timers.next_at())
    outages(office, 4)  # due sooner, so that it is the fifth
    assert list(lines(gathered(office)))[-1] == 1
    press(office, 1)
    (card,) = card_of(office, 1)
    assert "Acknowledged\\nana, until" in str(card["blocks"])


def test_a_line_that_is_overtaken_says_who_has_it_and_the_message_shows_it(
    office: Office,
) -> None:
    outages(office, 5)
    stale = dict(gathered(office))
    press(office, 4, by=IVO)
    press(office, 4, message=stale)
    assert office.house.request(4).owner == "ivo"
    assert any("ivo has request 4 since that ping" in words for words in office.told())
    assert "Acknowledged ivo, until" in said(lines(gathered(office))[4])


def test_what_was_answered_meanwhile_has_no_button_any_more(office: Office) -> None:
    outages(office, 5)
    house = office.house
    house.store.write(lambda tx: house.desk.answer(tx, 4, "ivo", "It works.", "x", house.now))
    house.work()
    assert house.request(4).state is State.ANSWERED
    press(office, 5)
    line = lines(gathered(office))[4]
    assert "State answered by ivo" in said(line)
    assert "accessory" not in line


def test_a_stranger_acknowledges_nothing_on_a_line(office: Office) -> None:
    outages(office, 5)
    press(office, 4, by="U0STRANGER")
    assert office.house.request(4).owner == ""
    assert len(office.told()) == 1
    assert office.web.calls("chat.update") == []


def test_where_the_message_cannot_be_changed_who_pressed_hears_that_it_is_kept(
    office: Office,
) -> None:
    outages(office, 5)
    office.web.failing["chat.update"] = Refused("internal_error")
    press(office, 4)
    assert office.house.request(4).owner == "ana"
    assert any("is kept" in words for words in office.told())


def test_what_has_no_room_in_the_message_is_named(office: Office) -> None:
    outages(office, 55)
    message = gathered(office)
    assert len(message["blocks"]) <= 50
    rest = str(message["blocks"][-2])
    named = [n for n in range(1, 56) if f"#{n} " in rest.replace(".", " ")]
    assert "And 7 more: " in rest
    assert (len(lines(message)), len(named)) == (45, 7)
    alone = [n for n in range(1, 56) if card_of(office, n)]
    assert sorted([*lines(message), *named, *alone]) == list(range(1, 56))
