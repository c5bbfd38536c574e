"""A daemon of its own for each measurement, and what a process uses."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_CONFIG = """
[store]
url = "sqlite:///{folder}/bench.db"
[http]
listen = "127.0.0.1:{http}"
[accounts.support]
address = "support@b2bee.example"
name = "Support"
[mail]
directory = "{folder}/mail"
[people.demo]
name = "Demo"
addresses = ["demo@b2bee.example"]
ways = ["log"]
[on_call]
people = ["demo"]
starts = "2020-01-06T09:00"
[escalation]
catch_all = ["demo"]
[log]
level = "error"
[smtp]
listen = "127.0.0.1:{smtp}"
{more}
"""


@dataclass(frozen=True)
class Daemon:
    """One that was started, and may not be ready yet."""

    pid: int
    smtp: int
    http: int
    store: Path


@contextmanager
def supportd(more: str = "") -> Iterator[Daemon]:
    """Run it in a folder of its own; `more` goes on in its [smtp], and may begin other sections."""
    with tempfile.TemporaryDirectory() as folder:
        smtp, http = free_port(), free_port()
        config = Path(folder) / "supportd.toml"
        text = _CONFIG.format(folder=folder, smtp=smtp, http=http, more=more)
        config.write_text(text, encoding="utf-8")
        command = [Path(sys.executable).with_name("supportd"), "run", "--demo", "--config", config]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            yield Daemon(process.pid, smtp, http, Path(folder) / "bench.db")
        finally:
            process.kill()
            process.wait()


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def answers(port: int) -> bool:
    """Whether somebody listens."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory_mb(pid: int, most: bool = False) -> float:
    """What a process has resident, or the most that it has had."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:" if most else "VmRSS:")[2].split()[0]) / 1024
