"""What stories begin with: a house, commands beside it, people of ours in Slack, a customer's room.

Whatever the house sends and the story does not ask about fails the test.
"""

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from rules.model import NoticeKind
from tests.daemon.chat_room import Chat
from tests.daemon.command import Command, beside
from tests.daemon.house import House
from tests.daemon.slack_office import Office


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Logging is the process's own: leave it as it was found."""
    loggers = logging.getLogger(), logging.getLogger("mail.log")
    handlers, levels = loggers[0].handlers, [each.level for each in loggers]
    yield
    loggers[0].handlers = handlers
    for each, level in zip(loggers, levels, strict=True):
        each.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def store_url(request: pytest.FixtureRequest, scratch: Path) -> Iterator[str]:
    """Where the house remembers: SQLite, unless the story is parametrised with the other."""
    if getattr(request, "param", "sqlite") == "sqlite":
        path = scratch / "house.db"
        shutil.copyfile(request.getfixturevalue("migrated"), path)
        yield f"sqlite:///{path}"
        return
    cluster = request.getfixturevalue("postgresql")
    name = cluster.create(cluster.migrated())
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def house(tmp_path: Path, store_url: str) -> Iterator[House]:
    """A house with Ana on call, Ivo next, and Boss as the catch-all."""
    house = House(tmp_path, store_url)
    yield house
    house.close()
    house.loop.close()
    assert house.unasked() == [], "the house sent what nobody asked about"


@pytest.fixture
def supportd(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Command:
    """In an empty folder, on the embedded defaults; the terminal is a narrow one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "30")
    for name in ("SUPPORTD_CONFIG", "FORCE_COLOR", "TERMINAL_WIDTH"):
        monkeypatch.delenv(name, raising=False)
    return Command(monkeypatch, tmp_path)


@pytest.fixture
def run(house: House, monkeypatch: pytest.MonkeyPatch) -> Command:
    """A command beside the house, at the house's time; the house stays."""
    return beside(house, monkeypatch)


@pytest.fixture
def office(house: House) -> Iterator[Office]:
    """People of ours in Slack."""
    yield Office(house)
    house.ignore()  # cards, lines below them and copies are looked at where they stand


@pytest.fixture
def chat(house: House) -> Iterator[Chat]:
    """A customer's room, where Maria is at home."""
    chat = Chat(house)
    chat.at_home()
    yield chat
    for notice in house.taken():
        if notice.kind in (NoticeKind.COPY, NoticeKind.PING):
            house.asked.append(notice)  # how people of ours hear is another story
