"""First import of a mailbox, beside mbsync, from one Dovecot in one run; and new mail under IDLE.

    .venv/bin/python bench/imap_import.py [--messages 20000] [--idle 50]

Dovecot (dovecot-imapd) and mbsync (isync) must be installed. mbsync writes files and syncs them;
supportd stores in SQLite (synchronous=FULL), and goes on to read, decide and file every message:
both instants are told, and the highest memory (VmHWM) of the process on the way.
"""

import argparse
import json
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from process import answers, cpu_seconds, memory_mb, supportd
from smtp_intake import corpus

from tests.dovecot import PASSWORD, Dovecot

MAILBOX = """
[mailboxes.box]
host = "127.0.0.1"
port = {port}
security = "none"
username = "box"
password = "{password}"
account = "support"
"""

MBSYNC = """
FSync {fsync}

IMAPStore far
Host 127.0.0.1
Port {port}
User box
Pass {password}
SSLType None

MaildirStore near
Path {path}/
Inbox {path}/INBOX

Channel box
Far :far:
Near :near:
Patterns INBOX
Sync Pull
Create Near
SyncState *
"""


def until(true: Callable[[], bool]) -> float:
    """When it became true."""
    while not true():
        time.sleep(0.02)
    return time.monotonic()


def mbsync(server: Dovecot, fsync: str) -> None:
    """A first sync into an empty folder."""
    with tempfile.TemporaryDirectory() as path:
        rc = Path(path) / "mbsyncrc"
        rc.write_text(MBSYNC.format(port=server.port, password=PASSWORD, path=path, fsync=fsync))
        began = time.monotonic()
        subprocess.run(["mbsync", "-q", "-c", rc, "box"], check=True)
        took = time.monotonic() - began
        count = len(list((Path(path) / "INBOX").glob("*/*,*")))
    tell(f"mbsync, FSync {fsync}", count, took)


def tell(what: str, count: int, took: float, **more: float) -> None:
    """A line of figures."""
    figures = {"messages": count, "seconds": round(took, 1), "per_s": round(count / took)}
    print(json.dumps({"what": what, **figures, **{k: round(v, 1) for k, v in more.items()}}))


def import_of(server: Dovecot, messages: int, letters: list[bytes]) -> None:
    """A first connection; then letters one by one, under IDLE."""
    box = MAILBOX.format(port=server.port, password=PASSWORD)
    with supportd(box) as daemon:
        until(lambda: answers(daemon.smtp))
        began = time.monotonic()
        database = sqlite3.connect(daemon.store, isolation_level=None)

        def count(table: str) -> int:
            return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

        stored = until(lambda: count("inbox") >= messages) - began
        stored_peak = memory_mb(daemon.pid, most=True)
        filed = until(lambda: count("message") >= messages) - began
        tell("supportd, stored", messages, stored, peak_mb=stored_peak)
        cpu = cpu_seconds(daemon.pid) * 1000 / messages
        peak = memory_mb(daemon.pid, most=True)
        tell("supportd, filed", messages, filed, peak_mb=peak, cpu_ms=cpu)
        waits = []
        for number, letter in enumerate(letters, messages + 1):
            came = time.monotonic()
            server.deliver("box", letter)
            waits.append(until(lambda n=number: count("inbox") >= n) - came)
            time.sleep(0.1)
        waits.sort()
        told = {"p50_ms": waits[len(waits) // 2] * 1000, "most_ms": waits[-1] * 1000}
        told = {key: round(value) for key, value in told.items()}
        print(json.dumps({"what": "delivered to durable, IDLE", "messages": len(waits), **told}))
        database.close()


def main() -> None:
    """Print a line for each."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--messages", type=int, default=20_000)
    arguments.add_argument("--idle", type=int, default=50)
    asked = arguments.parse_args()
    made = corpus("small", asked.messages + asked.idle)
    mails = [mail.removesuffix(b".\r\n") for mail in made]
    server = Dovecot()
    try:
        server.start()
        for mail in mails[: asked.messages]:
            server.deliver("box", mail)
        size = statistics.mean(len(mail) for mail in mails)
        print(json.dumps({"messages": asked.messages, "mean_bytes": round(size)}))
        client = server.client("box")  # Dovecot makes its index once, for nobody's account
        client.select_folder("INBOX", readonly=True)
        client.fetch(client.search()[-1:], ["RFC822.SIZE"])
        client.logout()
        if shutil.which("mbsync"):
            mbsync(server, "no")
            mbsync(server, "yes")
        import_of(server, asked.messages, mails[asked.messages :])
    finally:
        server.remove()


if __name__ == "__main__":
    main()
