"""Pressed and entered in Slack: stored before it is acknowledged, refused with a word."""

from typing import Any

import pytest

from rules.model import NoticeKind, Severity, State
from tests.daemon.slack_office import IVO, Office, acknowledge, buttons, texts
from tests.slack_events import ANA, US


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


def test_what_is_no_request_is_closed_and_nothing_is_left_to_press(office: Office) -> None:
    office.asks()
    value = office.value("not-a-request")
    assert [office.click(value, "not-a-request") for _ in range(2)] == [200, 200]
    assert office.house.request().state is State.CLOSED
    assert buttons(office.card()) == ["history"]
    assert office.told() == []


def test_a_stale_press_brings_the_card_up_to_date(office: Office) -> None:
    office.asks()
    stale, old = office.value("acknowledge"), list(office.card()["blocks"])
    acknowledge(office, "ivo")
    office.house.work()
    office.card()["blocks"] = old  # as if Slack had never shown what came since
    office.click(stale, "acknowledge")
    assert any("ivo has request 1" in said for said in office.told())
    assert any("ivo, until" in text for text in texts(office.card(), "plain_text"))


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
