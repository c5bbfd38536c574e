"""Slack's windows: an answer, a severity with its reason, the home tab."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels.slack.card import ACTION, Block, moment, options, plain_text
from channels.slack.text import parts
from rules.model import Move, Severity

WORDS, CHOICE = "words", "choice"
"""Blocks in which something is entered, and the elements in them."""

_LONGEST = 3_000
"""Characters that one may enter."""
_LONGEST_PART = 1_400
"""Of what is read: whole even if it is emoji, of which Slack counts each as two."""
_MOST_BLOCKS = 100
"""That Slack takes in a window or a home tab."""


@dataclass(frozen=True)
class Row:
    """A request on the home tab."""

    title: str
    due_at: datetime | None
    below: str


@dataclass(frozen=True)
class Section:
    """A part of what is told of a request; all plain text."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Home:
    """What one of us sees on the home tab; all plain text."""

    mine: tuple[Row, ...]
    others: tuple[Row, ...]
    """That nobody has, or another."""
    on_call: tuple[str, ...]
    """A line for each rotation."""


def answer(meta: Mapping[str, Any], request_id: int, text: str = "", warning: str = "") -> Block:
    """Where an answer to the customer is written."""
    said = warning or "It goes to the customer under your name, by the way the customer came."
    entered: Block = {"type": "plain_text_input", "action_id": WORDS, "multiline": True}
    entered["max_length"] = _LONGEST
    if text:
        entered["initial_value"] = text
    return _modal(
        Move.ANSWER,
        meta,
        f"Answer #{request_id}",
        "Send again" if warning else "Send",
        [
            {"type": "section", "text": plain_text(said, _LONGEST - 100)},
            _input(WORDS, "To the customer", entered),
        ],
    )


def severity(meta: Mapping[str, Any], request_id: int, chosen: Severity) -> Block:
    """Where a severity is said, with why."""
    choices = [(each.value, each.value) for each in Severity]
    menu = {
        "type": "static_select",
        "action_id": CHOICE,
        "options": options(choices),
        "initial_option": next(o for o in options(choices) if o["value"] == chosen),
    }
    why = {"type": "plain_text_input", "action_id": WORDS, "max_length": 500}
    blocks = [_input(CHOICE, "How bad it is", menu), _input(WORDS, "Why", why)]
    return _modal(Move.SEVERITY, meta, f"Severity of #{request_id}", "Say so", blocks)


def history(request_id: int, sections: Sequence[Section]) -> Block:
    """What became of a request, to read; nothing is entered."""
    blocks: list[Block] = []
    for section in sections:
        told = parts("\n".join(section.lines), _LONGEST_PART)
        blocks += [_header(section.title), *map(_line, told)]
    return {
        "type": "modal",
        "title": plain_text(f"History of #{request_id}", 24),
        "close": plain_text("Close", 24),
        "blocks": blocks[:_MOST_BLOCKS],
    }


def home(seen: Home) -> Block:
    """Everything one of us has to know at a glance."""
    blocks: list[Block] = [_header("On call")]
    blocks += [_line(line) for line in seen.on_call] or [_line("nobody")]
    for title, rows in (("Mine", seen.mine), ("Owed, with nobody or another", seen.others)):
        blocks += [_header(title), *(map(_row, rows))] if rows else [_header(title), _line("none")]
    return {"type": "home", "blocks": blocks[:_MOST_BLOCKS]}


def stranger() -> Block:
    """The home tab of somebody who is not one of us."""
    words = "Write to me under Messages: it reaches our support."
    return {"type": "home", "blocks": [_line(words)]}


def _modal(
    move: Move, meta: Mapping[str, Any], title: str, submit: str, blocks: list[Block]
) -> Block:
    return {
        "type": "modal",
        "callback_id": ACTION + move,
        "private_metadata": json.dumps(meta),
        "title": plain_text(title, 24),
        "submit": plain_text(submit, 24),
        "close": plain_text("Cancel", 24),
        "blocks": blocks,
    }


def _input(block: str, label: str, element: Block) -> Block:
    return {"type": "input", "block_id": block, "label": plain_text(label, 150), "element": element}


def _header(text: str) -> Block:
    return {"type": "header", "text": plain_text(text, 150)}


def _line(text: str) -> Block:
    return {"type": "section", "text": plain_text(text, 2_900)}


def _row(row: Row) -> Block:
    due = f"*due* {moment(row.due_at)}" if row.due_at else "nothing is owed"
    # Only the date is markup: what customers wrote stays plain text.
    return {
        "type": "section",
        "text": {"type": "mrkdwn", "text": due},
        "fields": [plain_text(f"{row.title}\n{row.below}", 500)],
    }
