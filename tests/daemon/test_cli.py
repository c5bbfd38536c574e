"""Commands: what a person types, sees, and gets as an exit code."""

import io
import json
import logging
import sqlite3
import unicodedata
from datetime import date, timedelta
from typing import Any

import pytest

from channels.mail.letter import as_text
from channels.smtp import is_password_hash
from daemon import logs
from daemon.cli.common import computing
from rules.model import NoticeKind
from rules.requests import Refused
from tests.daemon.command import Command
from tests.daemon.house import House

MOMENT = ["--plan", "premium", "--severity", "critical", "--received", "2026-03-06T16:40"]


# --- Wrong usage and refusals, never a traceback ---


@pytest.mark.parametrize("id", ["0", "-1", str(2**63), "9" * 5000, "one"])
@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["show"], []),
        (["ack", "--as", "demo"], []),
        (["answer", "--as", "demo"], ["-"]),
        (["severity", "--as", "demo", "--why", "x"], ["minor"]),
        (["close", "--as", "demo", "--why", "duplicate"], []),
        (["release", "--as", "demo"], []),
    ],
    ids=lambda words: " ".join(words[:1]),
)
def test_what_is_no_requests_number_is_wrong_usage(
    supportd: Command, command: list[str], words: list[str], id: str
) -> None:
    done = supportd(*command, "--", id, *words)
    assert done.code == 2, done.said


def test_the_greatest_number_there_can_be_is_only_unknown(supportd: Command) -> None:
    done = supportd("show", str(2**63 - 1))
    assert (done.code, "there is no request 9223372036854775807" in done.said) == (1, True)


@pytest.mark.parametrize("at", ["0001-01-01T00:00+14:00", "1899-12-31", "2201-01-01", "9999-12-31"])
@pytest.mark.parametrize("command", ["oncall", "due", "simulate"])
def test_a_time_outside_of_all_reason_is_refused(supportd: Command, command: str, at: str) -> None:
    asked = ["--at", at] if command == "oncall" else [*MOMENT[:-1], at]
    done = supportd(command, *asked)
    assert done.code == 1
    assert done.said == f"refused: {at}: the year must be between 1900 and 2200"


@pytest.mark.parametrize("at", ["1900-01-01", "2200-12-31T23:59-23:59"])
def test_the_first_and_the_last_time_that_is_taken_computes(supportd: Command, at: str) -> None:
    assert supportd("oncall", "--at", at).code == 0
    assert supportd("simulate", *MOMENT[:-1], at, "--repeats", "1000").said.count("\n") == 0


@pytest.mark.parametrize("repeats", ["-1", "1001"])
def test_simulate_has_bounds(supportd: Command, repeats: str) -> None:
    assert supportd("simulate", *MOMENT, "--repeats", repeats).code == 2


def test_what_lies_beyond_all_dates_is_refused() -> None:
    with pytest.raises(Refused, match="beyond the year 9999"), computing():
        _ = date.max + timedelta(days=1)


@pytest.mark.parametrize(
    "command", [["classify"], ["classify", "--jsonl"], ["due", "--jsonl"], ["parse", "-"],
                ["answer", "1", "-", "--as", "demo"], ["contracts", "import", "-"]],
    ids=" ".join,
)  # fmt: skip
def test_closed_standard_input_is_refused(supportd: Command, command: list[str]) -> None:
    done = supportd(*command, stdin=None)
    assert (done.code, "standard input is closed" in done.said) == (1, True)


def test_a_file_that_cannot_be_read_is_refused(supportd: Command) -> None:
    assert supportd("parse", "/nowhere").said == "refused: /nowhere: No such file or directory"


# --- Lines of JSON ---


GOOD = b'{"plan": "basic", "severity": "minor", "received": "2026-03-06T16:40"}\n'


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{", "no JSON (Expecting property name"),
        (b"5", "not a JSON object"),
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b"9" * 5_000, "no JSON (Exceeds the limit"),
        (b'{"plan": "basic"}', "severity, received missing"),
        (GOOD.replace(b"basic", b"gold"), "no plan is called 'gold'"),
        (GOOD.replace(b"minor", b"x\\ud800"), "no severity is called 'x\\ud800'"),
        (GOOD.replace(b'"2026-03-06T16:40"', b"null"), "'None' is no time"),
        (GOOD.replace(b"2026-", b"3026-"), "3026-03-06T16:40: the year must be between"),
        (GOOD.replace(b"2026-", b"1950-"), "the public holidays of 1950 are not known"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_bad_line_is_refused_by_its_number(supportd: Command, line: bytes, says: str) -> None:
    done = supportd("due", "--jsonl", stdin=GOOD + b"\n" + line)
    assert done.code == 1
    assert done.said.startswith(f"refused: line 3: {says}"), done.said
    assert json.loads(done.out)["due"] == "2026-03-11T16:40:00+01:00"


@pytest.mark.parametrize("id", ["žuto \N{PILE OF POO}", "\ud800 alone", "\x00\x9b"])
def test_text_comes_out_as_it_went_in_whatever_the_locale(supportd: Command, id: str) -> None:
    for ascii_only in (True, False):
        line = json.dumps({"id": id, "body": id}, ensure_ascii=ascii_only)
        done = supportd("classify", "--jsonl", stdin=line.encode("utf-8", "backslashreplace"))
        assert json.loads(done.out)["id"] == id


def test_text_that_is_not_utf_8_is_read_as_far_as_it_goes(supportd: Command) -> None:
    assert supportd("classify", stdin=b"everything is down \xff").code == 0


# --- Files ---


def test_a_deeply_nested_configuration_is_told_with_its_file(supportd: Command) -> None:
    (supportd.path / "supportd.toml").write_text("x = " + "[" * 100_000)
    for command in ("check-config", "run"):
        done = supportd(command)
        assert (done.code, done.said) == (1, "supportd.toml: nested too deeply")


def test_contracts_that_are_none_are_refused_with_their_file(supportd: Command) -> None:
    (supportd.path / "c.toml").write_text("")
    done = supportd("contracts", "import", "c.toml")
    assert (done.code, done.said) == (
        1,
        "refused: c.toml: nothing was imported\n  has no [[contracts]]",
    )


@pytest.mark.parametrize("command", [["requests"], ["show", "1"], ["ack", "1", "--as", "demo"]])
def test_a_database_of_another_schema_gets_one_line(supportd: Command, command: list[str]) -> None:
    supportd("requests")
    [database] = supportd.path.rglob("*.db")
    with sqlite3.connect(database) as connection:
        connection.execute("ALTER TABLE request RENAME TO wish")
    connection.close()
    done = supportd(*command)
    assert done.code == 1
    assert done.said == f"refused: {database}: no such table: request"


def test_what_the_system_refuses_is_one_line(supportd: Command) -> None:
    supportd.path.rmdir()
    done = supportd("requests")
    assert done.code == 1
    assert "\n" not in done.said
    assert "No such file or directory" in done.said


def test_ctrl_c_is_130(supportd: Command) -> None:
    class Interrupted(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            raise KeyboardInterrupt

    done = supportd("parse", "-", stdin=Interrupted())
    assert (done.code, done.said) == (130, "")


# --- What is shown ---


def test_simulate_prints_whole_lines_in_local_time(supportd: Command) -> None:
    done = supportd("simulate", *MOMENT)
    due, heading, *lines = done.out.splitlines()
    assert due == "due Fri 2026-03-06 17:40; steps: shipped, critical"
    assert heading.split() == ["at", "(Europe/Zagreb)", "step", "to", "by", "why"]
    told = [json.loads(line) for line in supportd("simulate", *MOMENT, "--json").out.splitlines()]
    assert len(lines) == len(told) > 6
    for line, ping in zip(lines, told, strict=True):
        assert line[heading.index("step") :].startswith(ping["step"])
        assert line[heading.index("to  ") :].startswith(ping["to"])
        assert line[heading.index("why") :] == ping["why"]
        assert line.startswith("Fri 2026-03-06 " + ping["at"][11:16])
        assert (ping["due"][:16], ping["policy"]) == ("2026-03-06T17:40", "shipped, critical")
    mistaken = supportd("simulate", *MOMENT, "--customer", "Adria doo")
    assert "'Adria doo' has no contract" in mistaken.said
    assert mistaken.out == done.out


def test_customers_words_are_harmless_on_a_terminal(
    house: House, supportd: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    house.at("2026-03-02T09:00")
    house.mail(
        "maja@adria.example",
        "Pay \N{RIGHT-TO-LEFT OVERRIDE}moc.live\x1b[2J [bold]now",
        "one\x1b]0;owned\x07\ntwo \N{RIGHT-TO-LEFT OVERRIDE}three [red]\x9b1m",
    )
    house.ignore()
    config = ("--config", str(supportd.path / "supportd.toml"))  # the house's, same folder
    for command in (["requests"], ["show", "1"]):
        shown = supportd(*command, *config).out
        assert [c for c in shown if unicodedata.category(c) in ("Cc", "Cf") and c != "\n"] == []
        assert "Pay moc" in shown
    assert "\none" in shown
    assert "\ntwo three" in shown


def test_a_letter_is_shown_on_an_invented_request(supportd: Command) -> None:
    given = ("--severity", "critical", "--plan", "premium", "--received", "2026-03-06T16:40")
    shown = supportd("letter", "--language", "hr", *given)
    assert shown.out.startswith("Subject: Re: [#4711] Orders do not go through\n\nPoštovani,\n")
    assert "petak, 6. ožujka 2026. u 17:40" in " ".join(shown.out.split())
    assert "stalno dostupne" in shown.out
    page = supportd("letter", "--language", "sr-Cyrl", "--html", *given).out
    assert page.startswith("<!DOCTYPE html>")
    assert "<p>Поштовани,</p>" in page


def test_a_letter_says_what_is_not_covered(supportd: Command) -> None:
    reasons = ("--uncovered", "credits", "--uncovered", "unknown_sender")
    shown = " ".join(supportd("letter", *reasons).out.split())
    assert "The plan includes 1 support credit a month" in shown
    assert "We could not match your address" in shown
    assert "one of us will look at the request" in shown


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--language", "it"), "no letter is in 'it'; there are: hr, bs, sr, sr-Cyrl, sl, de, en"),
        (("--uncovered", "weather"), "no reason is called 'weather'; there are: unreg"),
        (("--severity", "bad"), "no severity is called 'bad'"),
        (("--plan", "gold"), "no plan is called 'gold'"),
        (("7",), "there is no request 7"),
    ],
)
def test_a_letter_of_nothing_is_refused(
    house: House, supportd: Command, given: tuple[str, ...], told: str
) -> None:
    done = supportd("letter", *given, "--config", str(supportd.path / "supportd.toml"))
    assert (done.code, told in done.said) == (1, True)


def test_the_letter_of_a_request_is_its_receipt(house: House, supportd: Command) -> None:
    house.at("2026-12-23T22:30")
    for subject in ("Izvoz", "Uvoz"):  # the second is beyond the month's credits
        house.mail("b@basic.example", subject, "Poštovani, nema dva stupca. Hvala.")
    sent = [n for n in house.post.taken if n.kind is NoticeKind.RECEIPT]
    house.ignore()
    for request, receipt in enumerate(sent, start=1):
        config = ("--config", str(supportd.path / "supportd.toml"))
        shown = supportd("letter", str(request), *config).out
        assert shown == f"Subject: {receipt.subject}\n\n{as_text(receipt.text)}"
    assert "Plan obuhvaća 1 kredit" in sent[1].text
    assert "Plan obuhvaća" not in sent[0].text
    assert supportd("letter", "1", "--language", "de", *config).out.count("Guten Tag") == 1


def test_a_broken_letter_is_told_by_the_check_with_its_line(
    house: House, supportd: Command
) -> None:
    (supportd.path / "receipt.hr.txt").write_text("## heard\n#$nmber\n", encoding="utf-8")
    config = supportd.path / "supportd.toml"
    with config.open("a", encoding="utf-8") as file:
        file.write(f'[letters]\nfolder = "{supportd.path}"\n')
    done = supportd("check-config", "--config", str(config))
    place = f"letters.folder: {supportd.path}/receipt.hr.txt, line"
    assert done.code == 1
    assert done.said.splitlines() == [
        f"{place} 1: $number is missing; customers need it",
        f"{place} 2: unknown variable $nmber; known here: $number",
    ]


@pytest.mark.parametrize("why", ["", " \t ", "\N{ZERO WIDTH SPACE}"])
def test_a_severity_needs_a_reason(supportd: Command, why: str) -> None:
    done = supportd("severity", "1", "minor", "--why", why, "--as", "demo")
    assert (done.code, "--why is empty" in done.said) == (1, True)


def test_a_password_piped_in_comes_out_as_a_hash_for_the_configuration(supportd: Command) -> None:
    done = supportd("smtp-password", stdin=b"cheese\nmore\n")
    assert done.code == 0
    assert is_password_hash(done.out.strip())
    assert "cheese" not in done.out
    assert supportd("smtp-password", stdin=b"\n").code != 0


def test_a_peers_words_are_not_logged_by_the_smtp_library() -> None:
    library = logging.getLogger("mail.log")
    stream = io.StringIO()
    logs.configure("json", stream=stream)
    library.warning("unrecognised: %s", "a customer's words")
    assert stream.getvalue() == ""
    library.error("broken")
    assert "broken" in stream.getvalue()


# --- Who is on call ---


def test_who_is_on_call_is_said_changed_and_taken_back(supportd: Command) -> None:
    at = ("--at", "2190-06-01T12:00")
    assert supportd("oncall", *at).out == "on call: demo, until -\ncatch-all: backup\n"
    span = ("--from", "2190-06-01T12:00", "--to", "2190-06-02", "--as", "demo")
    done = supportd("oncall", "override", "backup", *span)
    assert done.out == (
        "change 1: backup is on call from Tue 2190-06-01 12:00 to Thu 2190-06-03 00:00\n"
    ), done.said
    said = supportd("oncall", *at).out
    assert "on call: backup, until Thu 2190-06-03 00:00\n" in said
    assert "  Thu 2190-06-03 00:00  demo\n" in said
    assert "change 1: backup is on call from" in said
    found = json.loads(supportd("oncall", "--json", *at).out)
    assert (found["on_call"], found["until"]) == ("backup", "2190-06-03T00:00:00+02:00")
    assert [shift["person"] for shift in found["shifts"]] == ["backup", "demo"]
    assert supportd("simulate", *MOMENT[:-1], "2190-06-01T13:00").code == 0
    assert supportd("oncall", "absent", "backup", *span).code == 0
    assert supportd("oncall", "swap", "demo", "backup", *span).code == 0
    for number in ("1", "2", "3"):
        assert f"undone: change {number}" in supportd("oncall", "undo", number, "--as", "demo").out
    assert supportd("oncall", *at).out == "on call: demo, until -\ncatch-all: backup\n"
    refused = supportd("oncall", "undo", "1", "--as", "demo")
    assert (refused.code, refused.said) == (1, "refused: demo has undone change 1 before")


def test_who_is_on_call_is_written_as_a_calendar(supportd: Command) -> None:
    everybody = supportd("oncall", "export", "--days", "7").out
    assert everybody.startswith("BEGIN:VCALENDAR\r\n")
    assert "SUMMARY:Demo Engineer (on_call)\r\n" in everybody
    assert "VEVENT" not in supportd("oncall", "export", "--person", "backup").out
    for option in ("--person", "--rotation"):
        assert "'eva'" in supportd("oncall", "export", option, "eva").said
