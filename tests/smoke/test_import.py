"""`supportd import`: mail from files, beside a daemon or before one."""

import json
import mailbox
import os
import signal
import sqlite3
import subprocess
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import wait_until


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
    daemon: Any, relay: Any, old_mail: Path
) -> None:
    said = daemon.call("import", *all_of(old_mail))
    assert said == "7 of 7 messages taken as history, 0 were here already\n"
    said = daemon.call("import", *all_of(old_mail))
    assert said == "0 of 7 messages taken as history, 7 were here already\n"
    dates = rows(daemon, "SELECT received_at FROM inbox ORDER BY received_at")
    assert [str(date)[:19] for (date,) in dates] == [f"2026-01-01 09:00:{n:02}" for n in range(7)]
    daemon.start()
    wait_until(lambda: rows(daemon, "SELECT count(*) FROM message") == [(7,)], "not read")
    assert daemon.stop() == 0
    assert rows(daemon, "SELECT DISTINCT fate, note FROM inbox") == [("noted", "history")]
    assert daemon.requests() == []
    assert relay.taken == []


def test_imported_live_it_opens_requests_even_after_it_was_history(
    daemon: Any, old_mail: Path
) -> None:
    daemon.call("import", str(old_mail / "files"))
    daemon.start()
    wait_until(lambda: rows(daemon, "SELECT count(*) FROM message") == [(2,)], "not read")
    said = daemon.call("import", "--live", str(old_mail / "files"))
    assert said == "2 of 2 messages taken as live, 0 were here already\n"
    wait_until(lambda: len(daemon.requests()) == 2, "nothing was opened")
    assert daemon.stop() == 0


def test_a_letters_own_from_lines_are_no_messages_and_come_back_as_written(
    daemon: Any, old_mail: Path
) -> None:
    text = (old_mail / "box.mbox").read_text().replace(">From", "From")
    (old_mail / "unquoted.mbox").write_text(text)
    assert daemon.call("import", str(old_mail / "box.mbox")).startswith("3 of 3")
    assert daemon.call("import", str(old_mail / "unquoted.mbox")).startswith("0 of 3")


@pytest.mark.parametrize("before", [b"\n\r\n", b"\xef\xbb\xbf"])
def test_an_mbox_is_known_by_its_first_line_though_something_stands_before_it(
    daemon: Any, old_mail: Path, before: bytes
) -> None:
    (old_mail / "odd.mbox").write_bytes(before + (old_mail / "box.mbox").read_bytes())
    assert daemon.call("import", str(old_mail / "odd.mbox")).startswith("3 of 3")


def test_what_is_there_and_cannot_be_reached_is_told_and_the_rest_taken(
    daemon: Any, old_mail: Path
) -> None:
    files, cur = old_mail / "files", old_mail / "maildir" / "cur"
    (files / "gone.eml").symlink_to(old_mail / "nowhere")
    (files / "again").symlink_to(files)  # not followed: it has no end
    (cur / "gone:2,S").symlink_to(old_mail / "nowhere")
    (old_mail / "maildir" / "tmp" / "half").write_text("Subject: being delivered")
    deep = too_deep(files)
    said = daemon.call("import", *all_of(old_mail), code=1)
    assert said.startswith("7 of 7")
    assert f"{files}/gone.eml: No such file or directory\n" in said
    assert f"{cur}/gone:2,S: No such file or directory\n" in said
    assert f"{deep}: File name too long\n" in said


def too_deep(path: Path) -> Path:
    """A folder in it whose path is longer than any that can be opened."""
    name = "d" * 250
    at = os.open(path, os.O_RDONLY)
    while len(str(path)) < 4096:
        os.mkdir(name, dir_fd=at)
        above, at = at, os.open(name, os.O_RDONLY, dir_fd=at)
        os.close(above)
        path /= name
    os.close(at)
    return path


def test_a_folder_without_mail_is_told(daemon: Any, old_mail: Path) -> None:
    (old_mail / "files" / "empty").mkdir()
    said = daemon.call("import", str(old_mail / "files" / "empty"), code=1)
    assert f"{old_mail / 'files' / 'empty'}: neither a Maildir nor a folder with .eml" in said


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_an_import_that_was_cut_short_is_made_whole_by_repeating_it(
    daemon: Any, tmp_path: Path, ending: signal.Signals
) -> None:
    total = 6000
    letters = (f"From a@b Thu Jan  1 10:00:00 2026\nSubject: {n}\n\nx\n\n" for n in range(total))
    (tmp_path / "many.mbox").write_text("".join(letters))
    command = ["import", "--config", str(daemon.config), str(tmp_path / "many.mbox")]
    heeding = ["env", "--default-signal=INT"]  # who starts us may have us ignore it
    process = subprocess.Popen([*heeding, daemon.command, *command], stderr=subprocess.DEVNULL)
    wait_until(lambda: rows(daemon, "SELECT count(*) FROM inbox") > [(0,)], "not begun")
    process.send_signal(ending)
    assert process.wait(60) != 0
    (before,) = rows(daemon, "SELECT count(*) FROM inbox")[0]
    assert 0 < before < total
    said = daemon.call("import", str(tmp_path / "many.mbox"))
    assert said.startswith(f"{total - before} of {total} messages taken")


def test_what_cannot_be_read_is_told_and_the_rest_taken(daemon: Any, old_mail: Path) -> None:
    missing = daemon.call("import", str(old_mail / "none.eml"), code=1)
    assert missing == f"refused: {old_mail / 'none.eml'}: No such file or directory"
    unknown = daemon.call("import", "--account", "sales", str(old_mail / "files"), code=1)
    assert unknown == "refused: --account sales; known here: support"
    os.rename(old_mail / "files" / "notes.txt", old_mail / "files" / "empty.eml")
    daemon.call("import", str(old_mail / "files"))
    assert json.loads(rows(daemon, "SELECT recipients FROM inbox")[0][0]) == [
        "support@b2bee.example"
    ]
