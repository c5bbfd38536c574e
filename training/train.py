"""Make the weights that are shipped from the labelled examples beside this file.

make train        (or: .venv/bin/python training/train.py [--to FILE])
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from channels.mail.reply_text import new_text
from daemon.triage import embedding, fitting
from daemon.triage.embedding import WIDTH, Embed
from daemon.triage.head import Matrix, features
from daemon.triage.weights import KINDS, SHIPPED, Example, Weights, save
from rules.model import Severity
from rules.severity.facts import ORDER
from rules.severity.findings import findings, read
from rules.severity.spoken import spoken

EXAMPLES = Path(__file__).with_name("examples")
SEVERITY_L2 = 0.003
KIND_L2 = 0.003


@dataclass(frozen=True)
class Lesson:
    """The examples as the head sees them."""

    rows: Matrix
    severities: fitting.Labels
    kinds: fitting.Labels
    groups: Sequence[str]


def examples(folder: Path = EXAMPLES) -> list[dict[str, Any]]:
    """Every labelled message, file by file in the order of their names."""
    return [
        json.loads(line)
        for file in sorted(folder.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]


def row(example: dict[str, Any], embed: Embed) -> Matrix:
    """One message's features, cleaned as the daemon does."""
    text = new_text(example["body"]) or example["body"]
    facts = findings(read(example["subject"], text))
    return features(embed(spoken(example["subject"], text)), facts.keys())


def lesson(told: Iterable[dict[str, Any]], embed: Embed) -> Lesson:
    """All of them."""
    told = list(told)
    return Lesson(
        rows=np.array([row(example, embed) for example in told]),
        severities=np.array([ORDER.index(Severity(e["severity"])) for e in told]),
        kinds=np.array([KINDS.index(e["kind"]) for e in told]),
        groups=[e["group"] for e in told],
    )


def train(told: Sequence[dict[str, Any]], embed: Embed) -> Weights:
    """What the examples teach."""
    learned = lesson(told, embed)
    rows, groups = learned.rows, learned.groups
    return Weights(
        severity=fitting.fit(rows, learned.severities, len(ORDER), groups, SEVERITY_L2),
        kind=fitting.fit(rows, learned.kinds, len(KINDS), groups, KIND_L2),
        examples=[Example(e["id"], e["severity"], e["why"]) for e in told],
        vectors=rows[:, :WIDTH].astype("f4"),
    )


def main() -> None:
    """Write the weights."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--to", type=Path, default=SHIPPED)
    asked = arguments.parse_args()
    told = examples()
    save(train(told, embedding.load()), asked.to)
    sys.stdout.write(f"{len(told)} examples, {asked.to.stat().st_size} bytes in {asked.to}\n")


if __name__ == "__main__":
    main()
