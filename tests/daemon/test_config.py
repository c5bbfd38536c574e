"""Every kind of mistake in a configuration has its line."""

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.config import ConfigError, load
from daemon.config.load import check
from daemon.config.problems import written
from daemon.config.values import parse_way
from daemon.config.way_checks import not_there
from tests.daemon.whole_config import (
    MINOR,
    PLAN,
    SECRET,
    WHOLE,
    Written,
    changed,
    problems,
    written_in,
)

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def config(tmp_path: Path) -> Written:
    return written_in(tmp_path)


def test_a_whole_configuration_has_no_problems(config: Written) -> None:
    settings = load(config(WHOLE), {}, demo=False)
    assert settings.mail.relay is not None
    assert settings.mail.relay.port == 587
    assert settings.smtp.listen == ("127.0.0.1", 8025)
    assert settings.smtp.max_size == 25_000_000
    assert settings.on_call.starts == datetime(2026, 1, 5, 9)  # noqa: DTZ001 (local by design)
    assert settings.store.url.get_secret_value() == "sqlite:///var/supportd.db"


MISTAKES = tomllib.loads(
    Path(__file__).with_name("config_mistakes.toml").read_text(encoding="utf-8")
)


def told(mistake: dict[str, str]) -> str:
    return mistake["told"]


@pytest.mark.parametrize("mistake", MISTAKES["cell"], ids=told)
def test_a_mistake_in_a_cell_is_told_with_what_would_be_right(
    config: Written, mistake: dict[str, str]
) -> None:
    cell = changed((mistake["old"], mistake["new"]), text=MINOR)
    found = problems(config(WHOLE + changed((MINOR, cell), text=PLAN)))
    assert mistake["told"] in found


@pytest.mark.parametrize("mistake", MISTAKES["whole"], ids=told)
def test_a_mistake_is_told_with_its_place_and_what_would_be_right(
    config: Written, mistake: dict[str, str]
) -> None:
    if "add" in mistake:
        text = f"{mistake['add']}\n{WHOLE}"
    else:
        text = changed((mistake["old"], mistake["new"]))
    assert mistake["told"] in problems(config(text))


def test_a_way_into_a_room_where_customers_write_is_refused(config: Written) -> None:
    ours = changed(('"mail:ana@b2bee.example"', '"slack:C0ADRIA"'))
    slack = '[slack]\nbot_token = "xoxb-1"\napp_token = "xapp-1"'
    room = '[slack.channels.adria]\nid = "C0ADRIA"\nopens = "mention"'
    (line,) = problems(config(f"{ours}\n{slack}\n{room}"))
    assert line.startswith("people.ana.ways: leads to slack.channels.adria, where customers write")


def test_a_room_in_matrix_is_a_way_that_leaves_this_machine(config: Written) -> None:
    by_matrix = changed(('"mail:ana@b2bee.example"', '"matrix:@ana:b2bee.example"'))
    matrix = """
[matrix]
homeserver = "https://matrix.b2bee.example"
user = "@support:b2bee.example"
token = "x"
"""
    load(config(by_matrix + matrix), {}, demo=False)


def test_a_faulty_rotation_is_still_one_that_steps_may_ask(config: Written) -> None:
    faulty = """
[rotations.nights]
people = []
[[escalation.policies]]
name = "x"
steps = [{ at = "50%", tell = ["on-call:nights"] }]
"""
    (line,) = problems(config(WHOLE + faulty))
    assert line.startswith("rotations.nights: people is missing or empty")


def test_a_program_or_a_calendar_that_is_not_there_is_told_and_keeps_nobody_from_starting(
    config: Written, tmp_path: Path
) -> None:
    program, plain = tmp_path / "page", tmp_path / "plain"
    program.touch(0o700)
    plain.touch(0o600)
    ways = f'"mail:ana@b2bee.example", "command:{program} -q", "command:{plain}", "command:/none"'
    calendars = """
[rotations.nights]
ical = "none.ics"
layers = [{ ical = "https://calendar.example/x.ics" }]
[[escalation.policies]]
name = "x"
steps = [{ at = "50%", tell = ["on-call:nights"] }]
"""
    text = changed(('"mail:ana@b2bee.example"', ways))
    found = not_there(load(config(text + calendars), {}, demo=False))
    assert [(written(place), words) for place, words in found] == [
        ("people.ana.ways[3]", f'"{plain}" is no program that can be run here'),
        ("people.ana.ways[4]", '"/none" is no program that can be run here'),
        ("rotations.nights", 'the calendar "none.ics" cannot be read here'),
    ]


def test_a_missing_cell_is_told(config: Written) -> None:
    found = problems(config(WHOLE + changed(("minor = ", "mino = "), text=PLAN)))
    assert "plans.basic.first_response.minor: is missing (like minor = { within" in found[0]
    assert found[1] == "plans.basic.first_response.mino: unknown key; did you mean minor?"


@pytest.mark.parametrize("url", ["mysql://root@db/x", "supportd.db", "oracle"])
def test_a_store_of_another_kind_is_refused_and_not_shown(config: Written, url: str) -> None:
    (line,) = problems(config(WHOLE), {"SUPPORTD_STORE__URL": url})
    assert line.startswith('store.url (SUPPORTD_STORE__URL): is neither "sqlite:///FILE"')
    assert url not in line


def test_an_empty_configuration_lacks_everything_at_once(config: Written) -> None:
    found = problems(config(""))
    assert [line.split(":")[0] for line in found] == [
        "mail", "on_call", "escalation", "accounts", "people",
    ]  # fmt: skip


def test_many_mistakes_are_all_told_at_once(config: Written) -> None:
    text = changed(
        ("\n", '\nlangage = "en"\n[smtp]\nlisten = "25"\n'),
        ('"Ana Horvat"', "5"),
        ('["ana", "ivo"]', '["ana", "eva"]'),
        ('starts = "2026-01-05T09:00"', 'starts = "never"'),
        ('["ivo@b2bee.example"]', '["help@b2bee.example"]'),
        ('"mail:ivo@b2bee.example", ', ""),
    )
    found = problems(config(text), {"SUPPORTD_HTTP__PORT": "80", "SUPPORTD_STORE__URL": "x://"})
    assert {line.split(":")[0] for line in found} == {
        "langage",
        "smtp.listen",
        "people.ana.name",
        "on_call.people[2]",
        "on_call.starts",
        "people.ivo.addresses[1]",
        "http.port (SUPPORTD_HTTP__PORT)",
        "store.url (SUPPORTD_STORE__URL)",
    }


def keys_of(table: dict[str, Any], at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in table.items():
        yield (*at, key)
        if isinstance(value, dict):
            yield from keys_of(value, (*at, key))


SOUND = tomllib.loads(WHOLE + PLAN)
VALUES = st.recursive(
    st.text() | st.integers() | st.booleans() | st.floats() | st.dates() | st.datetimes(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3),
    max_leaves=5,
)


# No deadline, here and below: on a busy machine one example takes longer than any bound on it.
@settings(deadline=None)
@given(st.sampled_from(list(keys_of(SOUND))), st.text() | st.none(), VALUES)
def test_whatever_is_written_there_is_a_line_for_it_and_no_crash(
    at: tuple[str, ...], other_key: str | None, value: object
) -> None:
    table = given_table = deepcopy(SOUND)
    for key in at[:-1]:
        table = table[key]
    table[at[-1] if other_key is None else other_key] = value
    assert all(line.isprintable() and ": " in line for line in told_of(given_table))


def told_of(table: dict[str, Any]) -> list[str]:
    try:
        check(table, {}, demo=False)
    except ConfigError as error:
        return error.problems
    return []


def test_a_syntax_error_is_told_with_file_line_and_column(config: Written) -> None:
    path = config("[smtp]\nlisten\n")
    assert problems(path) == [
        f"{path}: line 2, column 7: Expected '=' after a key in a key/value pair"
    ]


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "supportd.toml"
    path.write_bytes(b"\xff\xfe")
    assert problems(path) == [f"{path}: is not UTF-8 text"]
    assert problems(tmp_path) == [f"{tmp_path}: cannot be read: Is a directory"]


def test_the_shipped_plans_stay_beside_a_plan_of_ones_own(config: Written) -> None:
    settings = load(config(WHOLE + PLAN.replace("basic", "seasonal")), {}, demo=False)
    assert list(settings.plans) == ["basic", "standard", "premium", "seasonal"]


def test_a_plan_of_a_shipped_name_stands_in_its_place(config: Written) -> None:
    text = PLAN.replace("credits_per_month = 1", "credits_per_month = 9")
    settings = load(config(WHOLE + text), {}, demo=False)
    assert settings.plans["basic"].credits_per_month == 9
    assert settings.plans["premium"].credits_per_month == 10


def test_other_policy_keys_replace_the_shipped_ones_singly(config: Written) -> None:
    text = 'timezone = "Europe/Ljubljana"\n' + WHOLE + '[uncovered]\ncredits = "hold"\n'
    settings = load(config(text), {}, demo=False)
    assert settings.timezone.key == "Europe/Ljubljana"
    assert settings.holidays == "HR"
    assert settings.uncovered.credits == "hold"
    assert settings.uncovered.unknown_sender == "hold"
    assert settings.uncovered.channel == "serve"


def test_hours_may_be_several_windows_a_day(config: Written) -> None:
    text = changed(
        ('from = "09:00", to = "17:00"', 'windows = [["08:00", "12:00"], ["12:00", "26:00"]]'),
        text=PLAN,
    )
    cell = load(config(WHOLE + text), {}, demo=False).plans["basic"].first_response.minor
    assert cell.spans == (
        (timedelta(hours=8), timedelta(hours=12)),
        (timedelta(hours=12), timedelta(hours=26)),
    )


# ---- apprise ----


def test_a_url_that_apprise_does_not_know_is_told_by_its_scheme_alone(config: Written) -> None:
    text = changed(('"mail:ana@b2bee.example"', f'"pigeon://{SECRET}"'))
    step = f'{{ at = "50%", tell = ["on-call", "pigeon://{SECRET}"] }}'
    text += f'[[escalation.policies]]\nname = "x"\nsteps = [{step}]'
    words = 'pigeon://… is no URL that apprise knows (like "ntfy://topic")'
    assert problems(config(text)) == [
        f"people.ana.ways[1]: {words}",
        f"escalation.policies[1].steps[1].tell[2]: {words}",
    ]


def test_an_apprise_url_reaches_people_without_any_mail(config: Written) -> None:
    text = changed(
        ('[mail.relay]\nhost = "smtp.b2bee.example"', '[mail]\ndirectory = "var/mail"'),
        ('"mail:ana@b2bee.example"', '"ntfy://ana-of-b2bee"'),
        ('"mail:ivo@b2bee.example"', '"ntfy://ivo-of-b2bee"'),
    )
    assert load(config(text), {}, demo=False).people["ana"].all_ways[0].kind == "apprise"


def test_a_plain_configuration_imports_neither_apprise_nor_holidays(config: Written) -> None:
    program = (
        "import sys, pathlib, daemon.config\n"
        "daemon.config.load(pathlib.Path(sys.argv[1]), {}, demo=False)\n"
        "print([name for name in ('apprise', 'holidays') if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(config(WHOLE))],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "[]\n"


# ---- the demonstration ----


def test_the_embedded_demonstration_loads_as_such() -> None:
    settings = load(None, {}, demo=True)
    assert settings.accounts["support"].address == "support@b2bee.example"
    assert settings.people["demo"].all_ways == (parse_way("log"),)
    assert settings.escalation.catch_all == ("backup",)
    assert settings.mail.directory == Path("var/mail")


def test_the_embedded_demonstration_is_no_real_installation() -> None:
    assert [line.split(":")[0] for line in problems(None)] == [
        "people.demo.ways", "escalation.catch_all",
    ]  # fmt: skip


def test_a_demonstration_allows_a_log_but_nothing_else_wrong(config: Written) -> None:
    text = changed(("mail:ana@b2bee.example", "log"), ('catch_all = ["ivo"]', "catch_all = []"))
    found = problems(config(text), demo=True)
    assert [line.split(":")[0] for line in found] == ["escalation.catch_all"]


def test_a_certificate_that_is_none_is_told_before_anything_starts(
    config: Written, tmp_path: Path
) -> None:
    files = tmp_path / "certificate.pem", tmp_path / "key.pem"
    for file in files:
        file.write_text("none")
    certificate, key = files
    written = f'[smtp]\ntls_certificate = "{certificate}"\ntls_key = "{key}"\n{WHOLE}'
    (told,) = problems(config(written))
    assert told.startswith(
        f'smtp.tls_certificate: "{certificate}" does not go with tls_key "{key}"'
    )


def test_a_calendar_may_put_anybody_on_call_who_can_be_reached(config: Written) -> None:
    by_calendar = ('people = ["ana", "ivo"]\nstarts = "2026-01-05T09:00"', 'ical = "a.ics"')
    assert load(config(changed(by_calendar)), {}, demo=False).has_calendar
    mute = changed(
        by_calendar,
        ('"mail:ivo@b2bee.example", ', ""),
        ('catch_all = ["ivo"]', 'catch_all = ["ana"]'),
    )
    assert any("reaches nobody, and ivo is on call" in line for line in problems(config(mute)))
