"""Logs tell what was done, in a form machines read, without secrets and customers' words."""

import io
import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog

from daemon import logs
from rules.model import Notice, NoticeKind, Way

STYLES: tuple[logs.Style, ...] = ("json", "console")


@pytest.fixture
def stream() -> io.StringIO:
    """Where lines go, configured for machines."""
    stream = io.StringIO()
    logs.configure("json", stream=stream)
    return stream


def line(stream: io.StringIO) -> dict[str, Any]:
    (only,) = stream.getvalue().splitlines()
    return json.loads(only)


def test_a_line_has_event_level_and_an_utc_time(stream: io.StringIO) -> None:
    structlog.get_logger().info("arrived", channel="smtp")

    told = line(stream)
    assert (told["event"], told["level"], told["channel"]) == ("arrived", "info", "smtp")
    assert datetime.fromisoformat(told["timestamp"]).utcoffset() == timedelta(0)


@pytest.mark.parametrize("key", ["password", "token", "url", "api_key", "Client_Secret"])
def test_secrets_are_redacted(stream: io.StringIO, key: str) -> None:
    structlog.get_logger().info("connecting", **{key: "hunter2", "way": {key: "hunter2"}})

    assert "hunter2" not in stream.getvalue()
    assert line(stream)[key] == "[redacted]"


@pytest.mark.parametrize("key", ["text", "body", "content", "subject", "new_text"])
def test_customers_words_are_dropped(stream: io.StringIO, key: str) -> None:
    structlog.get_logger().info("decided", **{key: "private", "of": {key: "private"}})

    assert "private" not in stream.getvalue()
    assert key not in line(stream)


def test_other_libraries_are_heard_from_warning_on_in_the_same_form(stream: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").info("not told")
    logging.getLogger("apscheduler").warning("late by %s s", 3)

    told = line(stream)
    assert (told["event"], told["level"], told["logger"]) == (
        "late by 3 s",
        "warning",
        "apscheduler",
    )


def test_an_exception_is_told_without_local_variables() -> None:
    for style in STYLES:
        stream = io.StringIO()
        logs.configure(style, stream=stream)
        try:
            customers = "private " + "words"
            raise ValueError(len(customers))
        except ValueError:
            structlog.get_logger().exception("failed")

        assert "ValueError: 13" in stream.getvalue()
        assert "private words" not in stream.getvalue()


def test_a_terminal_gets_lines_for_people_and_a_pipe_for_machines() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for stream, is_json in ((Terminal(), False), (io.StringIO(), True)):
        logs.configure(stream=stream)
        structlog.get_logger().info("arrived")
        assert stream.getvalue().startswith("{") is is_json


@pytest.mark.parametrize(("level", "told"), [("debug", 4), ("info", 3), ("error", 1)])
def test_our_own_lines_are_told_from_the_level_on(level: logs.Level, told: int) -> None:
    stream = io.StringIO()
    logs.configure("json", level, stream)

    log = structlog.get_logger()
    for tell in (log.debug, log.info, log.warning, log.error):
        tell("something")

    assert len(stream.getvalue().splitlines()) == told


def test_a_notice_is_logged_without_its_words(stream: io.StringIO) -> None:
    at = datetime(2026, 11, 23, 13, 5, tzinfo=UTC)
    notice = Notice(
        id="ping-12-1",
        kind=NoticeKind.PING,
        way=Way("log", ""),
        subject="private words",
        text="private words",
        priority_at=at,
        useful_until=at,
        request_id=12,
        person="ana",
    )

    logs.write_notice(notice)

    told = line(stream)
    assert "private" not in stream.getvalue()
    assert (told["notice"], told["request"], told["person"]) == ("ping-12-1", 12, "ana")
    assert datetime.fromisoformat(told["due"]) == at
