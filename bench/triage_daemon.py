"""What severities cost the whole daemon: time to ready, memory before and after the first message.

make bench-triage        (or: PYTHONPATH=. .venv/bin/python bench/triage_daemon.py)

Ports 8025 and 8080 must be free: it runs the demonstration.
"""

import os
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from idle import is_ready
from process import memory_mb

ROOT = Path(__file__).parents[1]
MESSAGE = ROOT / "examples" / "outage.eml"
LONGEST = 120
"""Seconds for what should come about."""


def until(what: Callable[[], bool]) -> float:
    """Seconds that it took; raises SystemExit where it does not come about."""
    began = time.perf_counter()
    while not what():
        if time.perf_counter() - began > LONGEST:
            raise SystemExit(f"not within {LONGEST} s")
        time.sleep(0.02)
    return time.perf_counter() - began


def main() -> None:
    """Print one line."""
    with tempfile.TemporaryDirectory() as folder:
        daemon = subprocess.Popen(
            [sys.executable, "-c", "from daemon.cli import main; main()", "run", "--demo"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
        )
        try:
            ready = until(is_ready)
            before = memory_mb(daemon.pid)
            with smtplib.SMTP("127.0.0.1", 8025) as line:
                sender, to = "maria@demo-trade.example", ["support@b2bee.example"]
                line.sendmail(sender, to, MESSAGE.read_bytes())
            first = until(lambda: any(Path(folder).glob("var/mail/receipt*")))
            after = memory_mb(daemon.pid)
        finally:
            daemon.terminate()
            daemon.wait()
    sys.stdout.write(
        f"the whole daemon: ready in {ready:.1f} s, receipt of the first message after "
        f"{first:.1f} s; {before:.0f} MB before it, {after:.0f} MB after; "
        f"load {os.getloadavg()[0]:.1f}\n"
    )


if __name__ == "__main__":
    main()
