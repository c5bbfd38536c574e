"""`supportd import`: mail from files, beside a daemon or before one."""

import json
import mailbox
import os
import sqlite3
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest


def mail(n: int, body: str = "Nothing works.") -> EmailMessage:
    made = EmailMessage()
    made["Received"] = f"from a by b; Thu, 1 Jan 2026 10:00:{n:02} +0100"
    made["From"] = "Maria <maria@always.example>"
    made["To"] = "support@b2bee.example"
    made["Subject"] = f"Old {n}"
    made["Message-ID"] = f"<old{n}@always.example>"
    made.set_content(body)
    return made


@pytest.fixture
def old_mail(tmp_path: Path) -> Path:
    """Seven messages: three in an mbox, two in a Maildir, two in files."""
    path = tmp_path / "old"
    path.mkdir()
    box = mailbox.mbox(path / "box.mbox", create=True)
    for n in range(3):
        box.add(mail(n, "Hello,\n\nFrom here on nothing works.\nFrom there, too.\n"))
    box.close()
    maildir = mailbox.Maildir(path / "maildir", create=True)
    for n in range(3, 5):
        maildir.add(mailbox.MaildirMessage(mail(n)))
    (path / "files" / "below").mkdir(parents=True)
    (path / "files" / "5.eml").write_bytes(mail(5).as_bytes())
    (path / "files" / "below" / "6.EML").write_bytes(mail(6).as_bytes())
    (path / "files" / "notes.txt").write_text("no mail")
    return path


def all_of(path: Path) -> list[str]:
    return [str(path / "box.mbox"), str(path / "maildir"), str(path / "files")]


def rows(daemon: Any, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(daemon.path / "supportd.db") as database:
        found = database.execute(query).fetchall()
    database.close()
    return found


def test_imported_mail_is_history_once_however_often_it_is_imported(
    daemon: Any, relay: Any, old_mail: Path, wait_until: Any
) -> None:
    said = daemon.call("import", *all_of(old_mail))
    assert said == "7 of 7 messages taken as history, 0 were here already\n"
    said = daemon.call("import", *all_of(old_mail))
    assert said == "0 of 7 messages taken as history, 7 were here already\n"
    dates = rows(daemon, "SELECT received_at FROM inbox ORDER BY received_at")
    assert [str(date)[:19] for (date,) in dates] == [f"2026-01-01 09:00:{n:02}" for n in range(7)]
    daemon.start()
    wait_until(lambda: rows(daemon, "SELECT count(*) FROM message") == [(7,)], 20, "not read")
    assert daemon.stop() == 0
    assert rows(daemon, "SELECT DISTINCT fate, note FROM inbox") == [("noted", "history")]
    assert daemon.requests() == []
    assert relay.taken == []


def test_imported_live_it_opens_requests_even_after_it_was_history(
    daemon: Any, old_mail: Path, wait_until: Any
) -> None:
    daemon.call("import", str(old_mail / "files"))
    daemon.start()
    wait_until(lambda: rows(daemon, "SELECT count(*) FROM message") == [(2,)], 20, "not read")
    said = daemon.call("import", "--live", str(old_mail / "files"))
    assert said == "2 of 2 messages taken as live, 0 were here already\n"
    wait_until(lambda: len(daemon.requests()) == 2, 20, "nothing was opened")
    assert daemon.stop() == 0


def test_a_letters_own_from_lines_are_no_messages_and_come_back_as_written(
    daemon: Any, old_mail: Path
) -> None:
    text = (old_mail / "box.mbox").read_text().replace(">From", "From")
    (old_mail / "unquoted.mbox").write_text(text)
    assert daemon.call("import", str(old_mail / "box.mbox")).startswith("3 of 3")
    assert daemon.call("import", str(old_mail / "unquoted.mbox")).startswith("0 of 3")


def test_what_cannot_be_read_is_told_and_the_rest_taken(daemon: Any, old_mail: Path) -> None:
    missing = daemon.call("import", str(old_mail / "none.eml"), code=1)
    assert missing == f"refused: {old_mail / 'none.eml'}: No such file or directory\n"
    unknown = daemon.call("import", "--account", "sales", str(old_mail / "files"), code=1)
    assert unknown == "refused: --account sales; known here: support\n"
    os.rename(old_mail / "files" / "notes.txt", old_mail / "files" / "empty.eml")
    daemon.call("import", str(old_mail / "files"))
    assert json.loads(rows(daemon, "SELECT recipients FROM inbox")[0][0]) == [
        "support@b2bee.example"
    ]
