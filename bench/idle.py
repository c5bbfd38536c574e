"""What the daemon costs when nobody writes: time to ready, CPU, memory, time to stop.

.venv/bin/python bench/idle.py [--runs 3] [--seconds 20]
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from process import cpu_seconds, memory_mb


def is_ready() -> bool:
    """Whether the demonstration answers that it is."""
    try:
        with urllib.request.urlopen("http://127.0.0.1:8080/readyz", timeout=1) as page:
            return bool(page.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def measure(seconds: float) -> dict[str, float]:
    """Start the demonstration in an empty folder, leave it alone, stop it."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        command = [str(Path(sys.executable).with_name("supportd")), "run", "--demo"]
        daemon = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
        while not is_ready():
            time.sleep(0.01)
        ready = time.perf_counter() - began
        time.sleep(3)
        before = cpu_seconds(daemon.pid)
        time.sleep(seconds)
        cpu = (cpu_seconds(daemon.pid) - before) / seconds * 100
        resident = memory_mb(daemon.pid)
        began = time.perf_counter()
        daemon.send_signal(signal.SIGTERM)
        daemon.wait()
        return {
            "ready_s": round(ready, 2),
            "idle_cpu_percent": round(cpu, 2),
            "rss_mb": round(resident),
            "stop_s": round(time.perf_counter() - began, 2),
        }


def main() -> None:
    """Print a line a run."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--seconds", type=float, default=20)
    asked = arguments.parse_args()
    for _ in range(asked.runs):
        print(json.dumps(measure(asked.seconds)))


if __name__ == "__main__":
    main()
