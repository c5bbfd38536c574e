"""What commands share: application, configuration, store, and the time as people write it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from daemon.cli.streams import standard_input
from rules.business_hours import NeverOpen, UnknownYear
from rules.requests import Refused

if TYPE_CHECKING:
    from daemon.config import Settings
    from daemon.desk import Desk
    from daemon.notices import Notices
    from rules.model import Arrival, Message, Playbook
    from storage.store import Store

app = typer.Typer(
    name="supportd",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Turns customers' messages into requests with a deadline, and tells a person before it.",
)

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="Else SUPPORTD_CONFIG, ./supportd.toml, /etc/supportd/config.toml.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Id = Annotated[
    int,
    typer.Argument(min=1, max=2**63 - 1, help="The request's number.", show_default=False),
]
AsPerson = Annotated[str, typer.Option("--as", help="Your name in the configuration's people.")]


def settings_of(config: Path | None, demo: bool = False) -> "Settings":
    """The checked settings; the embedded defaults, which are a demo, where no file is found."""
    from daemon.config import find_config

    path = find_config(config, os.environ)
    return load_settings(path, demo=demo or path is None)


def load_settings(path: Path | None, demo: bool) -> "Settings":
    """What a found file says; raises ConfigError with every problem."""
    from daemon.config import load

    return load(path, os.environ, demo=demo)


def playbook_of(config: Path | None) -> "Playbook":
    """The configured playbook."""
    from daemon import parts

    return parts.playbook(settings_of(config, demo=True))


FIRST_YEAR, LAST_YEAR = 1900, 2200
"""Of times that people give: what is outside is a typing mistake, and no arithmetic overflows."""


@dataclass(frozen=True)
class Office:
    """Everything a command beside the daemon works with."""

    playbook: "Playbook"
    store: "Store"
    desk: "Desk"
    notices: "Notices"
    read: "Callable[[Arrival], Message]"
    """Understands a mail."""
    settings: "Settings"
    now: datetime


@contextmanager
def office(config: Path | None) -> Iterator[Office]:
    """Open the store beside a running daemon, and close it after."""
    from daemon import parts
    from daemon.desk import Desk

    settings = settings_of(config, demo=True)
    playbook = parts.playbook(settings)
    store = parts.open_store(settings)
    try:
        notices = parts.notices(store, playbook, settings)
        key = parts.signing_key(store)

        def read(arrival: "Arrival") -> "Message":
            from channels.mail.understand import understand

            return understand(arrival, playbook.accounts, key)

        desk = Desk(playbook, notices)
        yield Office(playbook, store, desk, notices, read, settings, parts.now())
    finally:
        store.close()


def instant(text: str, zone: ZoneInfo) -> datetime:
    """A time as people write it, aware UTC: without an offset it is the policy's local time.

    Raises Refused for what is no time, for one before 1900 or after 2200, and for a local time that
    the clock change skips or repeats.
    """
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"{text!r} is no time (like 2026-03-06T16:40 or ...T16:40+01:00)") from None
    if not FIRST_YEAR <= given.year <= LAST_YEAR:
        raise Refused(f"{text}: the year must be between {FIRST_YEAR} and {LAST_YEAR}")
    if given.tzinfo is not None:
        return given.astimezone(UTC)
    first, second = (given.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        # A skipped time does not come back from UTC as it went in; a repeated one does.
        skipped = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != given
        what = "does not exist" if skipped else "happens twice"
        raise Refused(f"{text} {what} in {zone}: the clock changes; give it with an offset")
    return first.astimezone(UTC)


@contextmanager
def computing() -> Iterator[None]:
    """Raise Refused where an instant cannot be computed, or lies beyond all dates."""
    try:
        yield
    except (UnknownYear, NeverOpen) as error:
        raise Refused(str(error)) from None
    except OverflowError:
        raise Refused("that leads beyond the year 9999; nothing can be computed there") from None


def local(at: datetime | None, zone: ZoneInfo) -> str:
    """An instant for people."""
    return f"{at.astimezone(zone):%a %Y-%m-%d %H:%M}" if at else "-"


def iso(at: datetime | None, zone: ZoneInfo) -> str | None:
    """An instant for machines: ISO 8601 with offset."""
    return at.astimezone(zone).isoformat() if at else None


def read_bytes(path: str) -> bytes:
    """A file's content, or standard input for `-`; raises Refused if it cannot be read."""
    try:
        return standard_input().buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise Refused(f"{path}: {error.strerror or error}") from None
