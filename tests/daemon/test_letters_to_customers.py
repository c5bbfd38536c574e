"""What customers read: whole letters, in `letters/`, and what holds of every one of them."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.mail.compose import compose
from channels.mail.letter import as_html, as_text
from daemon import letters, parts
from daemon.config import load
from daemon.letters import Letter
from daemon.letters.invented import invented
from daemon.letters.words import LANGUAGES
from daemon.notices import Notices
from rules.languages import zone_for
from rules.model import (
    Clock,
    Entitlement,
    NoticeKind,
    Policy,
    Request,
    Severity,
    Target,
    Uncovered,
)
from tests.daemon.house import House
from tests.daemon.test_letters import message

FOLDER = Path(__file__).parent / "letters"
ZAGREB = ZoneInfo("Europe/Zagreb")
PLAYBOOK = parts.playbook(load(None, {}, demo=True))
POLICY = PLAYBOOK.policy
ACCOUNT = next(iter(PLAYBOOK.accounts.values()))
MIDDAY = datetime(2026, 11, 23, 12, 22, tzinfo=UTC)
"""A Monday."""
CHRISTMAS_EVE = datetime(2026, 12, 24, 21, 10, tzinfo=UTC)
HOSTILE = "<b>Re: nice</b>\r\nBcc: all@example.org\u2028X: y\x00\x0b\u202e$number ${why} {0} %s *x*"


@dataclass(frozen=True)
class Case:
    """A request as it was opened, and what its contract grants it."""

    request: Request
    granted: Entitlement

    def letter(self, folder: Path | None = None) -> Letter:
        return letters.receipt(self.request, self.granted, POLICY, ACCOUNT.display_name, folder)

    def text(self) -> str:
        """The letter's words, wherever its lines end."""
        return " ".join(self.letter().text.split())


def case(
    language: str = "en",
    severity: Severity = Severity.MINOR,
    received_at: datetime = MIDDAY,
    plan: str = "premium",
    uncovered: tuple[Uncovered, ...] = (),
    sender: str = "maria@adria.example",
    subject: str = "orders fail",
    number: int = 12,
) -> Case:
    request, granted = invented(PLAYBOOK, language, severity, plan, received_at, uncovered)
    return Case(replace(request, id=number, sender=sender, subject=subject), granted)


CREDITS = (Uncovered.UNREGISTERED_PERSON, Uncovered.CHANNEL, Uncovered.CREDITS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_read_as_their_files_say(language: str) -> None:
    cases = [
        case(language, Severity.CRITICAL),
        case(language, Severity.NONE, CHRISTMAS_EVE, "standard", CREDITS),
        case(language, Severity.SIGNIFICANT, uncovered=(Uncovered.UNKNOWN_SENDER,), subject=""),
    ]
    found = [f"Subject: {x.subject}\n\n{as_text(x.text)}" for x in (c.letter() for c in cases)]

    expected = (FOLDER / f"{language}.txt").read_text(encoding="utf-8")
    assert "\n----\n\n".join(found) == expected


def test_a_letter_in_html_says_the_same() -> None:
    letter = case("de", Severity.NONE, CHRISTMAS_EVE, "standard", CREDITS).letter()

    page = as_html(letter.text, letter.subject)

    assert page == (FOLDER / "de.html").read_text(encoding="utf-8")
    assert words_of(page) == re.sub(r"[\s*]|- ", "", letter.text)


def words_of(page: str) -> str:
    found: list[str] = []
    parser = HTMLParser()
    parser.handle_data = found.append  # type: ignore[method-assign]  # all that is asked of it
    parser.feed(page.partition("<body")[2].join(("<body", "")))
    return "".join("".join(found).split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_is_whole(language: str) -> None:
    reasons = [(), *((reason,) for reason in Uncovered), tuple(Uncovered)]
    for severity, uncovered, plan, received_at in product(
        Severity, reasons, ("basic", "premium"), (MIDDAY, CHRISTMAS_EVE)
    ):
        is_whole(case(language, severity, received_at, plan, uncovered))


@given(
    language=st.sampled_from(LANGUAGES),
    severity=st.sampled_from(Severity),
    hour=st.integers(0, 14 * 365 * 24),
    minute=st.integers(0, 59),
    plan=st.sampled_from(sorted(POLICY.plans)),
    uncovered=st.sets(st.sampled_from(Uncovered)).map(tuple),
    country=st.sampled_from(["hr", "si", "uk", "bg", "tr", "com"]),
    number=st.integers(1, 2**63 - 1),
)
@settings(deadline=None)
def test_any_letter_is_whole(
    language: str,
    severity: Severity,
    hour: int,
    minute: int,
    plan: str,
    uncovered: tuple[Uncovered, ...],
    country: str,
    number: int,
) -> None:
    received_at = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=hour, minutes=minute)
    sender = f"maria@adria.{country}"
    is_whole(case(language, severity, received_at, plan, uncovered, sender, "x", number))


def is_whole(told: Case) -> None:
    """Nothing is missing, and number and instants are right."""
    request, letter = told.request, told.letter()
    assert not letter.faults
    assert letter.subject.startswith(f"Re: [#{request.id}] ")
    assert f"#{request.id}" in letter.text
    assert not re.search(r"\$|None|Uncovered|\{", letter.text)
    assert not re.search(r"\(\)|  |: \.|, \.|\n\n\n", letter.text)
    instants = [request.first_response_due_at]
    if instants[0] and request.clock_starts_at > request.received_at:
        instants.append(request.clock_starts_at)
    zone = zone_for(request.sender, POLICY.zone)
    told_of = re.findall(r"(\d+)\.?[^\d*(]*(20\d\d)\D{1,6}(\d\d:\d\d)\D{0,5}\(", told.text())
    local = [at.astimezone(zone) for at in instants if at]
    assert [tuple(found) for found in told_of] == [
        (str(at.day), str(at.year), f"{at:%H:%M}") for at in local
    ]


def test_a_covered_request_in_open_hours_is_told_no_more_than_it_needs() -> None:
    text = case().text()

    assert "hours" not in text
    assert "holiday" not in text
    assert "contract" not in text
    assert "reachable" not in text


def test_a_later_start_is_told_with_its_reason() -> None:
    text = case("hr", Severity.MINOR, CHRISTMAS_EVE).text()

    assert "(radnim danima od ponedjeljka do petka, 08:00–20:00)" in text
    assert "počinje teći kasnije: ponedjeljak, 28. prosinca 2026. u 08:00 (CET)." in text
    assert "Naš blagdan u tom razdoblju ne računa se u rok: 25. prosinca." in text


def test_holidays_in_between_are_told_even_if_the_clock_runs_at_once() -> None:
    new_year = datetime(2026, 12, 31, 14, 0, tzinfo=UTC)
    text = case("en", Severity.NONE, new_year, "basic").text()

    assert "outside the hours" not in text
    assert "Our public holidays in between do not count: 1 January and 6 January." in text


def closed_on(policy: Policy, *days: date) -> Policy:
    """The policy with these days of our own on which we are closed."""

    def closed(target: Target) -> Target:
        calendar = replace(target.hours.calendar, closed_days=frozenset(days))
        return replace(target, hours=replace(target.hours, calendar=calendar))

    plans = {
        name: replace(plan, targets={s: closed(t) for s, t in plan.targets.items()})
        for name, plan in policy.plans.items()
    }
    return replace(policy, plans=plans)


@pytest.mark.parametrize(
    ("language", "days", "said"),
    [
        ("en", (4, 5), "The days in between on which we are closed do not count: 4 January and"),
        ("en", (4,), "The day in between on which we are closed does not count: 4 January."),
        ("hr", (4, 5), "Dani kada u tom razdoblju ne radimo ne računaju se u rok: 4. siječnja i"),
        ("sl", (4, 5), "Dneva, ko v tem obdobju ne delamo, se ne štejeta v rok: 4. januar in"),
        ("sr-Cyrl", (4,), "Дан када у том периоду не радимо не рачуна се у рок: 4. јануар."),
        ("de", (4,), "Der Tag in diesem Zeitraum, an dem wir geschlossen haben, zählt nicht mit:"),
    ],
)
def test_our_own_closed_days_are_told_beside_the_holidays(
    language: str, days: tuple[int, ...], said: str
) -> None:
    new_year = datetime(2026, 12, 31, 14, 0, tzinfo=UTC)
    told = case(language, Severity.NONE, new_year, "basic")
    policy = closed_on(POLICY, *(date(2027, 1, day) for day in days))

    letter = letters.receipt(told.request, told.granted, policy, ACCOUNT.display_name)

    assert said in " ".join(letter.text.split())
    assert said not in told.text()


def test_holidays_count_where_all_hours_do() -> None:
    new_year = datetime(2026, 12, 31, 14, 0, tzinfo=UTC)
    told = case("en", Severity.NONE, new_year, "basic")
    elapsed = replace(POLICY, clock=Clock.ELAPSED)

    letter = letters.receipt(told.request, told.granted, elapsed, ACCOUNT.display_name)

    assert "holiday" not in letter.text


def test_times_are_those_of_the_customers_country() -> None:
    text = case("en", Severity.CRITICAL, MIDDAY, sender="joe@shop.co.uk").text()

    assert "by *Monday, 23 November 2026 at 13:22 (GMT)*" in text


def test_hours_of_another_zone_than_the_customers_say_so() -> None:
    night = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    london = case("en", Severity.CRITICAL, night, sender="joe@shop.co.uk").text()
    belgrade = case("en", Severity.CRITICAL, night, sender="joe@prodaja.rs").text()

    assert "(every day, 08:00–24:00 CET)" in london
    assert "later: Monday, 23 November 2026 at 07:00 (GMT)." in london
    assert "(every day, 08:00–24:00)" in belgrade


def test_serbian_in_latin_letters_has_no_cyrillic_ones_and_the_reverse() -> None:
    latin, cyrillic = (case(each, Severity.CRITICAL).letter() for each in ("sr", "sr-Cyrl"))
    own = cyrillic.text.replace(ACCOUNT.display_name, "").replace("CET", "")

    assert not re.search("[Ѐ-ӿ]", latin.text)
    assert not re.search("[A-Za-zčćžšđ]", own)


@pytest.mark.parametrize(
    ("language", "greeting"), [("it", "Hello,"), ("sr-Latn", "Poštovani,"), ("", "Hello,")]
)
def test_a_language_we_lack_is_english(language: str, greeting: str) -> None:
    assert case(language).letter().text.startswith(greeting)


def test_a_held_receipt_promises_a_look_and_no_time() -> None:
    text = case("en", Severity.CRITICAL, uncovered=(Uncovered.CONTRACT_LAPSED,)).text()

    assert "one of us will look at the request" in text
    assert "2026" not in text
    assert "charged" not in text


def test_a_receipt_repeats_nothing_of_a_stranger_but_the_subject() -> None:
    spam = case(sender="buy@pills.example", subject="Buy pills")
    stranger = replace(spam.request, sender_name="Buy pills", customer="Buy pills")

    assert "pills" not in Case(stranger, spam.granted).text()


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("", "Re: [#12] Your message"),
        ("Re: RE: Odg: help", "Re: [#12] help"),
        ("Re: [#99] AW: help", "Re: [#12] help"),
        ("More: and more", "Re: [#12] More: and more"),
        ("a\r\nBcc: b@example.org", "Re: [#12] a Bcc: b@example.org"),
        ("x" * 500, "Re: [#12] " + "x" * 99 + "…"),
    ],
)
def test_a_receipts_subject_is_one_line_with_our_number_alone(subject: str, expected: str) -> None:
    assert case(subject=subject).letter().subject == expected


def test_a_receipt_is_sent_as_text_and_as_html_that_takes_nothing_for_markup() -> None:
    told = case("hr", Severity.CRITICAL, subject=HOSTILE)
    [notice] = Notices(PLAYBOOK, b"key").receipt(
        told.request, message(told.request), told.granted, MIDDAY
    )

    mail = message_from_bytes(compose(notice, MIDDAY).content, policy=default)

    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert mail.get_content_type() == "multipart/alternative"
    assert text is not None
    assert html is not None
    assert text.get_content().replace("\r\n", "\n") == as_text(told.letter().text)
    page = html.get_content()
    assert "&lt;b&gt;Re: nice&lt;/b&gt;" in page
    assert "<b>" not in page
    assert not re.search("src=|href=|<img|<script|url\\(", page)
    assert mail["Bcc"] is None
    assert mail["Subject"].strip().startswith("Re: [#12] <b>Re: nice</b> Bcc: all@example.org")
    assert all(len(line) < 998 for line in mail.as_bytes().splitlines())


def test_words_of_an_operator_stand_in_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / "receipt.sr.txt").write_text(
        "## signature\nVaša podrška\n$account\n## closing\n", encoding="utf-8"
    )

    latin = case("sr").letter(tmp_path).text
    cyrillic = case("sr-Cyrl").letter(tmp_path).text

    assert latin.endswith(f"\n\nVaša podrška\n{ACCOUNT.display_name}\n")
    assert "Svaki odgovor" not in latin
    assert "\n\n\n" not in latin
    assert cyrillic.endswith(f"\n\nВаша подршка\n{ACCOUNT.display_name}\n")
    assert case("hr").letter(tmp_path) == case("hr").letter()


def test_no_receipt_is_lost_because_of_a_template(tmp_path: Path) -> None:
    broken = tmp_path / "receipt.hr.txt"
    broken.write_text("## greeting\nBok $name,\n", encoding="utf-8")
    told = case("hr")

    receipt, *alarms = Notices(PLAYBOOK, b"key", tmp_path).receipt(
        told.request, message(told.request), told.granted, MIDDAY
    )

    assert receipt.text == told.letter().text
    assert {alarm.kind for alarm in alarms} == {NoticeKind.ALARM}
    assert f"{broken}, line 2: unknown variable $name; none here" in alarms[0].text
    gone = Notices(PLAYBOOK, b"key", tmp_path / "gone").receipt(
        told.request, message(told.request), told.granted, MIDDAY
    )
    assert gone[0].text == told.letter().text
    assert f"{tmp_path}/gone is no folder" in gone[1].text
    later = MIDDAY + timedelta(hours=3)
    again = Notices(PLAYBOOK, b"key", tmp_path).receipt(
        told.request, message(told.request), told.granted, later
    )
    assert [alarm.id for alarm in again[1:]] == [alarm.id for alarm in alarms]


def test_a_receipt_is_in_the_language_of_the_senders_country(house: House) -> None:
    house.mail("amra@firma.ba", "Pitanje", "Poštovani, kako se dodaje ruta? Hvala.")

    text = house.receipt("amra@firma.ba").text

    assert text.startswith("Poštovani,\n\nprimili smo Vašu poruku")
    assert "bez uticaja na poslovanje" in text
    house.ignore()
