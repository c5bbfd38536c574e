"""What a deadline costs: reckoned alone, and with its reasons in words.

    PYTHONPATH=. .venv/bin/python bench/deadlines.py [--messages 50000]

Every cell of the shipped policy, messages over two years, each counted once in CPU time. `floor`:
as many conversions of an instant to local time, which no reckoning can do without.
"""

import argparse
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from daemon.config import build_policy, load
from rules import deadlines
from rules.model import Clock, Severity, Target

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
Case = tuple[Target, datetime]


def microseconds(work: Callable[[Case], object], cases: list[Case]) -> float:
    """CPU time of one, on average."""
    begun = time.process_time()
    for case in cases:
        work(case)
    return (time.process_time() - begun) / len(cases) * 1e6


def main() -> None:
    """Print the three."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=50_000)
    number = parser.parse_args().messages
    policy = build_policy(load(None, {}, demo=True), 2024, 2028)
    cells = [plan.targets[severity] for plan in policy.plans.values() for severity in Severity]
    chance = random.Random(1)
    span = 730 * 86_400
    cases = [
        (chance.choice(cells), BEGIN + timedelta(seconds=chance.randrange(span)))
        for _ in range(number)
    ]
    for name, work in {
        "floor": lambda case: case[1].astimezone(case[0].hours.zone),
        "reckoned": lambda case: deadlines.reckon(case[0], Clock.WINDOW, case[1]),
        "with words": lambda case: deadlines.first_response(case[0], Clock.WINDOW, case[1]),
    }.items():
        print(f"{name:12} {microseconds(work, cases):8.2f} µs")


if __name__ == "__main__":
    main()
