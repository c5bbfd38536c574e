"""How good the severities are: cross-validated on our examples, and on the development check.

make bench-triage        (or: PYTHONPATH=. .venv/bin/python bench/triage.py [--check FILE])
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from channels.mail.reply_text import said
from daemon.triage import Assessor, embedding, fitting
from daemon.triage.grams import Vocabulary
from daemon.triage.head import softmax
from rules.model import Severity
from rules.severity import assess as by_phrases
from rules.severity.decision import decide
from rules.severity.facts import ORDER
from training import train

CHECK = Path(__file__).parents[2] / "shared" / "triage" / "examples.jsonl"
BINS = 10


@dataclass(frozen=True)
class Outcome:
    """What a message is, and what was said of it."""

    message: dict[str, Any]
    given: Severity
    confidence: float

    @property
    def due(self) -> Severity:
        """The label."""
        return Severity(self.message["severity"])

    @property
    def right(self) -> bool:
        """Whether they agree."""
        return self.given is self.due


def share(some: Sequence[bool]) -> float:
    """How many are true."""
    return sum(some) / len(some) if some else 0.0


def macro_f1(outcomes: Sequence[Outcome]) -> float:
    """The mean of the four severities' F1."""
    both = Counter(o.due for o in outcomes) + Counter(o.given for o in outcomes)
    right = Counter(o.due for o in outcomes if o.right)
    return statistics.mean(2 * right[s] / both[s] if both[s] else 0.0 for s in ORDER)


def calibration_error(outcomes: Sequence[Outcome]) -> float:
    """How far confidence and success are apart, in ten bins."""
    bins: dict[int, float] = {}
    for o in outcomes:
        at = min(int(o.confidence * BINS), BINS - 1)
        bins[at] = bins.get(at, 0.0) + o.right - o.confidence
    return sum(abs(off) for off in bins.values()) / len(outcomes)


def report(title: str, outcomes: Sequence[Outcome]) -> None:
    """Print the figures of one run."""
    critical = [o for o in outcomes if o.due is Severity.CRITICAL]
    others = [o for o in outcomes if o.due is not Severity.CRITICAL]
    missed = share([o.given in (Severity.MINOR, Severity.NONE) for o in critical])
    false = share([o.given is Severity.CRITICAL for o in others])
    say(
        f"{title}: {len(outcomes)} messages, macro-F1 {macro_f1(outcomes):.3f}, "
        f"accuracy {share([o.right for o in outcomes]):.3f}, missed critical {missed:.3f}, "
        f"false critical {false:.3f}, calibration error {calibration_error(outcomes):.3f}"
    )


def report_parts(outcomes: Sequence[Outcome]) -> None:
    """Print accuracy by language, channel and trap."""
    for field in ("language", "channel", "trap"):
        parts: dict[str, list[bool]] = {}
        for o in outcomes:
            parts.setdefault(o.message[field] or "-", []).append(o.right)
        told = sorted(parts.items(), key=lambda part: -len(part[1]))
        say(f"  {field}: " + ", ".join(f"{n} {share(r):.2f} ({len(r)})" for n, r in told))


def cross_validated(told: Sequence[dict[str, Any]]) -> list[Outcome]:
    """Our own examples, each by a head that saw nothing of its group."""
    cleaned = [train.example(each) for each in told]
    vectors = train.vectors(cleaned, embedding.load())
    vocabulary = Vocabulary.of([each.heard for each in cleaned])
    severity, _ = fitting.lessons(cleaned, fitting.Rows.of(cleaned, vectors, vocabulary))
    logits, _ = fitting.out_of_fold(severity)
    outcomes = []
    for message, each, likely in zip(told, cleaned, softmax(logits).tolist(), strict=True):
        found = decide(likely, each.told)
        outcomes.append(Outcome(message, found.severity, found.likelihood))
    return outcomes


def checked(messages: Sequence[dict[str, Any]], assess: Callable[..., Any]) -> list[Outcome]:
    """Messages as the daemon assesses them, with the time it takes."""
    outcomes, times = [], []
    for message in messages:
        began = time.thread_time()
        found = assess(message["subject"], said(message["subject"], message["body"]))
        times.append((time.thread_time() - began) * 1000)
        outcomes.append(Outcome(message, found.severity, found.confidence))
    p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    say(f"CPU ms a message: p50 {p50:.0f}, p95 {p95:.0f} at load {os.getloadavg()[0]:.1f}")
    return outcomes


def say(line: str) -> None:
    """To standard output, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Print all figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", type=Path, default=CHECK)
    asked = arguments.parse_args()
    if asked.check.exists():
        lines = asked.check.read_text(encoding="utf-8").splitlines()
        messages = [json.loads(line) for line in lines if line.strip()]
        report("phrases alone, development check", checked(messages, by_phrases))
        outcomes = checked(messages, Assessor())
        report("model, development check", outcomes)
        report_parts(outcomes)
    outcomes = cross_validated(train.examples())
    report("model, cross-validated by groups", outcomes)
    report_parts(outcomes)


if __name__ == "__main__":
    main()
