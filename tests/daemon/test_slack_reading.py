"""What one of us may read in Slack: the history, the home tab, the command."""

from typing import Any

from rules.model import NoticeKind
from tests.daemon.slack_office import IVO, NASTY, Office, acknowledge
from tests.slack_events import ANA


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


def test_by_a_mention_it_is_given_to_who_is_meant_not_to_who_is_called_so(office: Office) -> None:
    office.asks()
    assert office.command("hand 1 to <@U0OTHER|ivo>").startswith("nobody is called")
    assert office.command(f"hand 1 to <@{IVO}|ivica.k>") == "request 1 is with ivo, who is told now"
