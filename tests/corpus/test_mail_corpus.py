"""Our reading of mail against the results that other programs' test suites state."""

import importlib.util
import json
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from channels.mail.facts import facts

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpora"
FLOOR = 0.97
"""Share of rows of which everything is read right; raise it when reading gets better."""
ORDINARY = {"forward", "message-id", "reply", "reply-html", "sender", "signature", "threading"}
"""Kinds of rows that people wrote."""
LONGEST = 1.0
"""Seconds for one message."""

pytestmark = pytest.mark.skipif(
    not (CORPUS / "mail" / "manifest.jsonl").is_file(),
    reason="the mail corpora are not beside the project",
)


def rows() -> list[dict[str, Any]]:
    with (CORPUS / "mail" / "manifest.jsonl").open(encoding="utf-8") as manifest:
        return [json.loads(line) for line in manifest if line.strip()]


def scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_mail", CORPUS / "score_mail.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def is_right(score: ModuleType, row: dict[str, Any], read: dict[str, object]) -> bool:
    wanted = {f: w for f, w in row["expect"].items() if f not in row.get("dubious", ())}
    verdicts = {field: score.check(field, want, read) for field, want in wanted.items()}
    return all(
        verdict is None or (verdict is score.ABSENT and field in score.OPTIONAL)
        for field, verdict in verdicts.items()
    )


def test_the_corpus_is_read_without_fail_in_time_and_mostly_right() -> None:
    score, right, slow = scorer(), 0, []
    for row in rows():
        content = (CORPUS / "mail" / row["file"]).read_bytes()
        started = time.monotonic()
        read = json.loads(json.dumps(facts(content)))
        if time.monotonic() - started > LONGEST:
            slow.append(row["id"])
        right += is_right(score, row, read)
    assert slow == []
    assert right / len(rows()) >= FLOOR


def test_nothing_that_a_person_wrote_passes_for_a_machines() -> None:
    taken = []
    for row in rows():
        if row["kind"] in ORDINARY:
            read = facts((CORPUS / "mail" / row["file"]).read_bytes())
            if read["is_bounce"] or read["is_auto_reply"] or read["is_feedback_report"]:
                taken.append(row["id"])
    assert taken == []
