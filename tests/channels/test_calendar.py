"""Calendars from elsewhere: whose shift it is and when, and nothing that hurts us."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.calendar.apart import Wanted, read_apart
from channels.calendar.content import Reading, Unreadable
from channels.calendar.read import read
from channels.calendar.write import write
from rules.model import Shift

ZAGREB = ZoneInfo("Europe/Zagreb")
NAMES = {
    "ana": "ana", "ana horvat": "ana", "ana@b2bee.example": "ana",
    "ivo": "ivo", "ivo marić": "ivo", "ivo@b2bee.example": "ivo",
}  # fmt: skip
FROM = datetime(2026, 3, 1, tzinfo=UTC)
UNTIL = datetime(2026, 4, 15, tzinfo=UTC)


def calendar(*events: str) -> bytes:
    lines = "".join(
        f"BEGIN:VEVENT\nUID:{number}\nDTSTAMP:20260101T000000Z\n{event.strip()}\nEND:VEVENT\n"
        for number, event in enumerate(events)
    )
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{lines}END:VCALENDAR\n".encode()


def found(*events: str, zone: str = "Europe/Zagreb") -> list[str]:
    """Shifts as `ana 03-02 09:00 03-09 09:00`, in the zone's local time."""
    reading = read(calendar(*events), ZoneInfo(zone), NAMES, FROM, UNTIL)
    return [
        f"{s.person} {' '.join(f'{at.astimezone(ZoneInfo(zone)):%m-%d %H:%M}' for at in ends)}"
        for s in reading.shifts
        for ends in [(s.from_at, s.until_at)]
    ]


@pytest.mark.parametrize(
    ("event", "shifts"),
    [
        pytest.param(
            "SUMMARY:On call: Ana Horvat\nDTSTART:20260302T080000Z\nDTEND:20260303T080000Z",
            ["ana 03-02 09:00 03-03 09:00"], id="UTC, by full name in the title",
        ),
        pytest.param(
            "SUMMARY:shift\nATTENDEE;CN=x:MAILTO:Ivo@B2Bee.example\nATTENDEE:mailto:a@b.example\n"
            "DTSTART;TZID=America/New_York:20260302T090000\nDURATION:PT1H",
            ["ivo 03-02 15:00 03-02 16:00"], id="a zone, by attendee",
        ),
        pytest.param(
            "SUMMARY:ana\nDTSTART:20260328T220000\nDTEND:20260329T060000",
            ["ana 03-28 22:00 03-29 06:00"], id="no zone is the rotation's",
        ),
        pytest.param(
            "SUMMARY:IVO\nDTSTART;VALUE=DATE:20260309\nDTEND;VALUE=DATE:20260311",
            ["ivo 03-09 00:00 03-11 00:00"], id="whole days",
        ),
        pytest.param(
            "SUMMARY:ivo@b2bee.example\nDTSTART;VALUE=DATE:20260309",
            ["ivo 03-09 00:00 03-10 00:00"], id="one day, without an end",
        ),
        pytest.param(
            "SUMMARY:ana\nDTSTART;TZID=Europe/Zagreb:20260323T090000\nDURATION:PT8H\n"
            "RRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;TZID=Europe/Zagreb:20260330T090000",
            ["ana 03-23 09:00 03-23 17:00", "ana 04-06 09:00 04-06 17:00"],
            id="recurring over a clock change, with an exception",
        ),
        pytest.param(
            "SUMMARY:ana\nDTSTART;VALUE=DATE:20260131\nRRULE:FREQ=MONTHLY;BYMONTHDAY=31;COUNT=2",
            ["ana 03-31 00:00 04-01 00:00"],
            id="the 31st is of months that have one",
        ),
        pytest.param(
            "SUMMARY:ana\nSTATUS:CANCELLED\nDTSTART:20260302T080000Z\nDTEND:20260303T080000Z",
            [], id="cancelled",
        ),
        pytest.param(
            "SUMMARY:banana and ivory\nDTSTART:20260302T080000Z\nDTEND:20260303T080000Z",
            [], id="a name is a whole word",
        ),
        pytest.param(
            "SUMMARY:ana or ivo\nDTSTART:20260302T080000Z\nDTEND:20260303T080000Z",
            [], id="two names are nobody's shift",
        ),
    ],
)  # fmt: skip
def test_an_event_is_somebodys_shift(event: str, shifts: list[str]) -> None:
    assert found(event) == shifts


def test_an_occurrence_that_was_moved_is_where_it_was_moved_to() -> None:
    series = (
        "UID:s\nSUMMARY:ana\nDTSTART:20260302T080000Z\nDTEND:20260302T160000Z\n"
        "RRULE:FREQ=DAILY;COUNT=3"
    )
    moved = (
        "UID:s\nRECURRENCE-ID:20260303T080000Z\nSUMMARY:ivo\nDTSTART:20260303T100000Z\n"
        "DTEND:20260303T120000Z"
    )
    content = calendar(series, moved).replace(b"UID:0\n", b"").replace(b"UID:1\n", b"")
    reading = read(content, ZAGREB, NAMES, FROM, UNTIL)
    assert [(s.person, s.from_at.hour) for s in reading.shifts] == [
        ("ana", 8), ("ivo", 10), ("ana", 8),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Asia/Beirut", "20260329", 23),
        ("America/Santiago", "20260404", 25),
        ("Australia/Lord_Howe", "20260405", 24.5),
    ],
)
def test_a_whole_day_is_as_long_as_it_is_there(zone: str, day: str, hours: float) -> None:
    event = f"SUMMARY:ana\nDTSTART;VALUE=DATE:{day}"
    (shift,) = read(calendar(event), ZoneInfo(zone), NAMES, FROM, UNTIL).shifts
    assert shift.until_at - shift.from_at == timedelta(hours=hours)


def test_events_of_nobody_are_told_by_their_time_alone() -> None:
    event = "SUMMARY:<script>Eva</script>\nDTSTART:20260302T080000Z\nDTEND:20260303T080000Z"
    assert read(calendar(event), ZAGREB, NAMES, FROM, UNTIL) == Reading(
        (), (datetime(2026, 3, 2, 8, tzinfo=UTC),)
    )


@pytest.mark.parametrize(
    "content",
    [
        b"", b"<html>log in</html>", b"\xff\xfe\0", calendar("DTSTART:garbage\nSUMMARY:ana"),
        calendar("SUMMARY:ana\nDTSTART:20260302T080000Z")[:-20],
        b"BEGIN:VEVENT\nUID:1\nDTSTART:20260302\nEND:VEVENT\n",
    ],
)  # fmt: skip
def test_what_is_no_calendar_is_said_so_and_not_shown(content: bytes) -> None:
    with pytest.raises(Unreadable, match="no calendar that can be read"):
        read(content, ZAGREB, NAMES, FROM, UNTIL)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.sampled_from(["ana", "ivo", None]), st.integers(1, 200)), max_size=8))
def test_what_we_write_reads_as_the_same_shifts(spans: list[tuple[str | None, int]]) -> None:
    shifts, at = [], FROM
    for person, hours in spans:
        shifts.append(Shift(person, at, at + timedelta(hours=hours)))
        at += timedelta(hours=hours)
    content = write({"on_call": shifts}, {"ana": "Ana Horvat", "ivo": "Ivo Marić"}, FROM)
    reading = read(content, ZAGREB, NAMES, FROM, at + timedelta(days=1))
    assert list(reading.shifts) == [shift for shift in shifts if shift.person]


# ---- fetched and read apart ----

WANTED = Wanted(ZAGREB, NAMES, FROM, UNTIL)
ONE = calendar("SUMMARY:ana\nDTSTART:20260302T080000Z\nDTEND:20260303T080000Z")


class _Server(BaseHTTPRequestHandler):
    def __init__(self, stop: threading.Event, *args: object) -> None:
        self.stop = stop
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        match self.path:
            case "/ana.ics":
                self._answer(200, ONE)
            case "/moved":
                self._answer(302, b"", Location="/ana.ics")
            case "/file":
                self._answer(302, b"", Location="file:///etc/passwd")
            case "/large":
                self._answer(200, b"x" * (6 * 1024 * 1024))
            case "/slow":
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"BEGIN")
                self.stop.wait(30)
            case _:
                self._answer(404, b"")

    def _answer(self, code: int, content: bytes, **headers: str) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    stop = threading.Event()
    http = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Server, stop))
    http.daemon_threads = True
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}"
    stop.set()
    http.shutdown()
    http.server_close()


@pytest.mark.parametrize("path", ["/ana.ics", "/moved"])
def test_a_calendar_comes_by_http(server: str, path: str) -> None:
    reading, content = read_apart(WANTED, server + path)
    assert [shift.person for shift in reading.shifts] == ["ana"]
    assert content == ONE


def test_a_calendar_comes_from_a_file_and_is_read_again_from_its_content(tmp_path: Path) -> None:
    path = tmp_path / "on-call.ics"
    path.write_bytes(ONE)
    reading, content = read_apart(WANTED, str(path))
    assert [shift.person for shift in reading.shifts] == ["ana"]
    assert read_apart(WANTED, content=content) == (reading, ONE)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/secret-token", "the server answers 404"),
        ("/file", "the server answers 302"),
        ("/large", "it is larger than 5 MB"),
        ("/slow", "it takes longer than 3 s"),
    ],
)
def test_a_server_that_does_not_give_one_is_not_waited_for(
    server: str, path: str, why: str
) -> None:
    with pytest.raises(Unreadable) as refused:
        read_apart(WANTED, server + path, seconds=3)
    assert why in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_rule_without_an_end_is_not_computed_to_it() -> None:
    bomb = calendar("SUMMARY:ana\nDTSTART:20200101T000000Z\nRRULE:FREQ=SECONDLY")
    with pytest.raises(Unreadable, match=r"takes longer than 3 s|more memory"):
        read_apart(WANTED, content=bomb, seconds=3)


def test_nobody_there_is_said_so(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(Unreadable, match="the server is not reached"):
        read_apart(WANTED, f"http://127.0.0.1:{port}/x")
    with pytest.raises(Unreadable, match="No such file"):
        read_apart(WANTED, str(tmp_path / "none.ics"))
