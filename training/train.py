"""Make the weights that are shipped from the labelled examples beside this file.

make train        (or: .venv/bin/python training/train.py [--to FILE])
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from channels.mail.reply_text import said
from daemon.triage import embedding
from daemon.triage.embedding import Embed, packed, unpacked
from daemon.triage.fitting import fit
from daemon.triage.weights import SHIPPED, Example, Weights, save
from rules.severity.findings import findings, read
from rules.severity.spoken import spoken

EXAMPLES = Path(__file__).with_name("examples")


def examples(folder: Path = EXAMPLES) -> list[dict[str, Any]]:
    """Every labelled message, file by file in the order of their names."""
    return [
        json.loads(line)
        for file in sorted(folder.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]


def example(told: dict[str, Any]) -> Example:
    """One message, cleaned as the daemon does."""
    text = said(told["subject"], told["body"])
    return Example(
        id=told["id"],
        group=told["group"],
        severity=told["severity"],
        kind=told["kind"],
        why=told["why"],
        heard=spoken(told["subject"], text),
        facts=[fact.name for fact in findings(read(told["subject"], text))],
    )


def vectors(told: Sequence[Example], embed: Embed) -> NDArray[np.float32]:
    """What the language model makes of each, as precisely as it is kept."""
    return unpacked(packed(np.array([embed(example.heard) for example in told])))


def train(told: Sequence[dict[str, Any]], embed: Embed) -> Weights:
    """What the examples teach."""
    cleaned = [example(each) for each in told]
    return fit(cleaned, vectors(cleaned, embed))


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
