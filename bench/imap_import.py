"""First import of a mailbox, beside mbsync, from one Dovecot in one run; and new mail under IDLE.

    .venv/bin/python bench/imap_import.py [--messages 20000] [--idle 50]

Dovecot (dovecot-imapd) and mbsync (isync) must be installed. mbsync writes files and syncs them;
supportd stores in SQLite (synchronous=FULL), and goes on to read, decide and file every message:
both instants are told, and the highest memory (VmHWM) of the process on the way.
"""

import argparse
import json
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.smtp_intake import CONFIG, corpus, cpu_seconds, free_port
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


def peak_mb(pid: int) -> float:
    """The most memory a process has had."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise LookupError(pid)


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


def supportd(server: Dovecot, messages: int, letters: list[bytes]) -> None:
    """A first connection; then letters one by one, under IDLE."""
    with tempfile.TemporaryDirectory() as path:
        config = Path(path) / "supportd.toml"
        box = MAILBOX.format(port=server.port, password=PASSWORD)
        smtp, http = free_port(), free_port()
        config.write_text(CONFIG.format(path=path, smtp=smtp, http=http) + box)
        command = [Path(sys.executable).with_name("supportd"), "run", "--demo", "--config", config]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            until(lambda: answers(smtp))
            began = time.monotonic()
            database = sqlite3.connect(f"{path}/bench.db", isolation_level=None)

            def count(table: str) -> int:
                return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

            stored = until(lambda: count("inbox") >= messages) - began
            stored_peak = peak_mb(process.pid)
            filed = until(lambda: count("message") >= messages) - began
            tell("supportd, stored", messages, stored, peak_mb=stored_peak)
            cpu = cpu_seconds(process.pid) * 1000 / messages
            tell("supportd, filed", messages, filed, peak_mb=peak_mb(process.pid), cpu_ms=cpu)
            waits = []
            for number, letter in enumerate(letters, messages + 1):
                came = time.monotonic()
                server.deliver("box", letter)
                waits.append(until(lambda n=number: count("inbox") >= n) - came)
                time.sleep(0.1)
            waits.sort()
            told = {"p50_ms": waits[len(waits) // 2] * 1000, "most_ms": waits[-1] * 1000}
            told = {key: round(value) for key, value in told.items()}
            print(
                json.dumps({"what": "delivered to durable, IDLE", "messages": len(waits), **told})
            )
            database.close()
        finally:
            process.kill()
            process.wait()


def answers(port: int) -> bool:
    """Whether somebody listens."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


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
        supportd(server, asked.messages, mails[asked.messages :])
    finally:
        server.remove()


if __name__ == "__main__":
    main()
