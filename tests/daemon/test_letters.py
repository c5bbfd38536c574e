"""What engineers read."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon import letters
from daemon.letters.moments import countdown, for_engineer
from daemon.letters.overrides import LANGUAGES_OF_FILES, LETTERS, file_of
from daemon.letters.plain import bare_subject
from rules.model import (
    Acknowledgement,
    Attachment,
    Channel,
    Envelope,
    MailKind,
    Message,
    Person,
    Purpose,
    Request,
    Severity,
    Timer,
)
from tests.storage.nouns import a_request

ZAGREB = ZoneInfo("Europe/Zagreb")
NOW = datetime(2026, 11, 23, 12, 22, 30, tzinfo=UTC)
DUE = datetime(2026, 11, 23, 13, 5, tzinfo=UTC)

REQUEST = a_request(
    id=12,
    received_at=NOW,
    sender="maria@adria.example",
    sender_name="Maria Horvat",
    subject="orders fail",
    contract_id=1,
    customer="Adria Trade",
    plan="premium",
    severity=Severity.CRITICAL,
    confidence=0.8,
    needs_review=True,
    covered=True,
    reasons=('"orders fail": a main function is lost', "premium: 1 h"),
    clock_starts_at=NOW,
    first_response_due_at=DUE,
)
ANA = Person(
    name="ana",
    full_name="Ana Anić",
    zone=ZAGREB,
    addresses=frozenset({"ana@b2bee.example"}),
    ways=(),
)
TIMER = Timer(
    request_id=12,
    purpose=Purpose.FIRST_RESPONSE,
    plan="premium",
    severity=Severity.CRITICAL,
    clock_starts_at=NOW,
    due_at=DUE,
    next_at=DUE,
)
HOSTILE = "Re: nice\r\nBcc: all@example.org\u2028X: y\x00\x0b\u202e$number ${why} {0} %s"


def ping(
    request: Request = REQUEST,
    timer: Timer = TIMER,
    now: datetime = NOW,
    text: str = "orders fail",
    reader: Person = ANA,
    way: str = "mail",
) -> tuple[str, str]:
    return letters.ping(
        request,
        timer,
        "You are on call.",
        "start",
        reader,
        now,
        text,
        "support+12.sig=n@b2bee.example",
        "support+ack12@b2bee.example",
        way=way,
    )


def test_engineers_read_local_time_with_day_and_zone() -> None:
    at = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

    assert for_engineer(at, ZAGREB) == "Mon 2026-11-23 09:00 CET"


@pytest.mark.parametrize(
    ("after", "read"),
    [
        (timedelta(minutes=42, seconds=30), "in 42 min"),
        (timedelta(hours=3, minutes=5), "in 3 h 05 min"),
        (timedelta(hours=47, minutes=59), "in 47 h 59 min"),
        (timedelta(hours=52), "in 2 d 4 h"),
        (timedelta(seconds=59), "in 59 s"),
        (timedelta(0), "now"),
        (timedelta(minutes=-12, seconds=-59), "12 min ago"),
        (timedelta(hours=-1), "1 h 00 min ago"),
    ],
)
def test_a_countdown_says_how_long(after: timedelta, read: str) -> None:
    assert countdown(NOW + after, NOW) == read


def test_a_pings_subject_says_what_is_due_when() -> None:
    assert ping()[0] == ("[critical] #12 Adria Trade: orders fail - answer due 14:05 (in 42 min)")


@pytest.mark.parametrize(
    ("way", "told"),
    [
        ("mail", 'To say "I have it", reply to this mail, write to the first address, or run:'),
        ("matrix", '"I have it", put a \N{THUMBS UP SIGN} on this or answer "ack", write to the'),
        ("apprise", 'To say "I have it", write to the first address, or run:'),
    ],
)
def test_a_ping_says_how_to_have_it_where_it_is_read(way: str, told: str) -> None:
    assert told in ping(way=way)[1]


def test_a_late_ping_says_since_when() -> None:
    assert ping(now=DUE + timedelta(minutes=12))[0].endswith("answer was due 14:05 (12 min ago)")


def test_a_ping_speaks_in_the_readers_zone() -> None:
    subject, text = ping(reader=replace(ANA, zone=ZoneInfo("Asia/Tokyo")))

    assert "due 22:05" in subject
    assert "Mon 2026-11-23 22:05 JST (in 42 min)" in text


def test_a_deadline_on_another_day_is_told_with_its_day() -> None:
    tomorrow = replace(TIMER, due_at=DUE + timedelta(days=1))

    assert "due Tue 2026-11-24 14:05 CET (in 24 h 42 min)" in ping(timer=tomorrow)[0]


@pytest.mark.parametrize(
    "told",
    [
        "You are on call.",
        "Adria Trade, plan premium",
        "Maria Horvat <maria@adria.example>, by email",
        "critical, provisional (high confidence), please check it",
        '- "orders fail": a main function is lost',
        "- premium: 1 h",
        "| nothing goes through",
        "supportd ack 12 --as ana",
    ],
)
def test_a_ping_holds_what_an_engineer_needs(told: str) -> None:
    assert told in ping(text="nothing goes through")[1]


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (replace(REQUEST, severity_by="ana"), "critical, set by ana"),
        (replace(REQUEST, covered=False), "not covered by the contract"),
        (replace(REQUEST, covered=None), "a person has to decide"),
        (replace(REQUEST, customer="", subject=""), "maria@adria.example"),
    ],
)
def test_a_ping_tells_what_is_particular(request_: Request, told: str) -> None:
    assert told in ping(request_)[1]
    assert told not in ping(REQUEST)[1].replace("<maria@adria.example>", "")


def test_a_ping_names_who_has_it() -> None:
    taken = replace(TIMER, acknowledgement=Acknowledgement("ivo", DUE))

    assert "ivo, until Mon 2026-11-23 14:05 CET" in ping(timer=taken)[1]


@pytest.mark.parametrize(
    ("purpose", "owed"),
    [(Purpose.REVIEW, "review due"), (Purpose.FOLLOW_UP, "answer to a follow-up due")],
)
def test_a_ping_says_what_is_owed(purpose: Purpose, owed: str) -> None:
    assert owed in ping(timer=replace(TIMER, purpose=purpose))[0]


def test_the_links_in_a_ping_lead_to_the_addresses_whole() -> None:
    text = ping(replace(REQUEST, subject="50 % & more?body=x"))[1]
    acknowledge, answer = (urlsplit(link) for link in re.findall(r"mailto:\S+", text))

    assert acknowledge.path == "support%2Back12@b2bee.example"
    assert answer.path == "support%2B12.sig%3Dn@b2bee.example"
    assert parse_qs(answer.query) == {"subject": ["Re: [#12] 50 % & more?body=x"]}


def test_a_long_message_is_cut_and_says_so() -> None:
    text = ping(text="x" * 2000)[1]

    assert "| " + "x" * 1500 + "\n[500 more characters]" in text


def test_every_line_of_the_customers_text_is_marked_as_such() -> None:
    lines = ping(text="one\r\ntwo\u2028To answer the customer, write to:\x0bfour")[1].splitlines()

    assert [line for line in lines if line.startswith("|")] == [
        "| one",
        "| two",
        "| To answer the customer, write to:",
        "| four",
    ]


@pytest.mark.parametrize(
    "hostile",
    [
        replace(REQUEST, subject=HOSTILE),
        replace(REQUEST, customer=HOSTILE),
        replace(REQUEST, sender_name=HOSTILE, sender=HOSTILE, customer=""),
        replace(REQUEST, reasons=(HOSTILE,)),
    ],
)
def test_no_value_makes_a_line_of_its_own_or_is_read_as_a_template(hostile: Request) -> None:
    letters_ = [
        ping(hostile),
        letters.digest([hostile], ZAGREB),
        letters.alarm(HOSTILE, "detail"),
        letters.copy(hostile, message(hostile), "a@b2bee.example"),
    ]

    for subject, text in letters_:
        assert len(subject.splitlines()) == 1
        assert not any(line.startswith(("Bcc:", "X: y")) for line in text.splitlines())
        assert not set("\x00\x0b\u2028\u202e") & set(subject + text)
    assert "$number" in letters_[-2][0]


def message(request: Request, text: str = "It fails since 9.") -> Message:
    return Message(
        envelope=Envelope(
            channel=Channel.EMAIL,
            account="support",
            external_id="1",
            sender=request.sender,
            recipients=(),
            received_at=NOW,
        ),
        key="k",
        kind=MailKind.ORDINARY,
        message_id="m@adria.example",
        references=(),
        sender=request.sender,
        sender_name=request.sender_name,
        subject=request.subject,
        text=text + "\n> old",
        new_text=text,
    )


def test_a_copy_opens_with_what_a_reply_to_it_does() -> None:
    subject, text = letters.copy(REQUEST, message(REQUEST), "support+12@b2bee.example")

    first, _, words = text.partition("\n\n")
    assert subject == "[#12] orders fail"
    assert "replying to this mail answers the customer" in first
    for way, said in (
        ("slack", "what is written in this thread stays among us, kept with request #12;"),
        ("apprise", "to answer the customer, write to support+12@b2bee.example"),
    ):
        _, elsewhere = letters.copy(REQUEST, message(REQUEST), "support+12@b2bee.example", way)
        assert said in elsewhere
        assert "this mail" not in elsewhere
    assert words == "It fails since 9."


def test_a_copy_names_what_is_not_in_its_text() -> None:
    full = replace(
        message(REQUEST),
        attachments=(Attachment("log\n.txt", "text/plain", b""),),
        problems=("the part was cut",),
    )

    text = letters.copy(REQUEST, full, "a@b2bee.example")[1]

    assert text.endswith("[attachments: log .txt]\n\n[not read: the part was cut]")


def test_a_copy_of_nothing_new_holds_the_whole_text() -> None:
    quoted_only = replace(message(REQUEST), new_text="")

    assert letters.copy(REQUEST, quoted_only, "a@b2bee.example")[1].endswith("\n> old")


def test_an_alarm_says_what_and_why() -> None:
    assert letters.alarm("imap failed", "refused\nagain") == (
        "[supportd] imap failed",
        "imap failed\n\nrefused\nagain",
    )


def test_a_digest_has_a_line_for_each_request() -> None:
    calm = replace(REQUEST, severity=Severity.NONE)

    subject, text = letters.digest([calm, replace(calm, id=13)], ZAGREB)

    assert subject == "[supportd] requests held for a look: 2"
    assert (
        "#12  none, Mon 2026-11-23 13:22 CET, Maria Horvat <maria@adria.example>: orders fail\n#13"
    ) in text


@given(st.text(), st.integers(min_value=1, max_value=200))
def test_any_subject_is_bare_short_and_one_line(subject: str, longest: int) -> None:
    bare = bare_subject(subject, longest)

    assert len(bare) <= longest
    assert len(bare.splitlines()) <= 1
    bare.encode()


def test_every_template_is_a_letter_we_send() -> None:
    folder = Path(letters.__file__).parent
    known = {file_of(language, letter) for language in LANGUAGES_OF_FILES for letter in LETTERS}
    ours = {"ping", "pings", "copy", "alarm", "digest", "decided", "handoff"}

    assert {p.stem for p in folder.glob("*.txt")} == known | ours
