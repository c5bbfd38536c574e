"""A card as Slack's blocks: nothing in it but what we say ourselves is markup."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from rules.model import Card, Move, Severity

Block = dict[str, Any]

ACTION = "supportd:"
"""How the ids of our buttons begin; the move follows."""

_LONGEST_TITLE = 150
_LONGEST_TEXT = 2_900  # Slack takes 3,000
_LONGEST_FACT = 500
_LONGEST_OPTION = 75
_MOST_FACTS = 10
_MOST_OPTIONS = 100
_STAYS = "What is said in this thread stays among us, kept with the request."


def blocks(card: Card) -> list[Block]:
    """What is known, and what may be done."""
    found: list[Block] = [{"type": "header", "text": plain_text(card.title, _LONGEST_TITLE)}]
    if card.due_at:
        owed = f"*{card.owed} due* {moment(card.due_at)} ({card.countdown})"
        found.append({"type": "section", "text": {"type": "mrkdwn", "text": owed}})
    if card.facts:
        facts = [plain_text(f"{f.label}\n{f.value}", _LONGEST_FACT) for f in card.facts]
        found.append({"type": "section", "fields": facts[:_MOST_FACTS]})
    if card.reasons:
        why = "\n".join(["Why so:", *(f"- {reason}" for reason in card.reasons)])
        found.append({"type": "section", "text": plain_text(why, _LONGEST_TEXT)})
    if card.words:
        found.append({"type": "section", "text": plain_text(card.words, _LONGEST_TEXT)})
    found.append({"type": "context", "elements": [plain_text(_STAYS, _LONGEST_TEXT)]})
    if card.moves:
        elements = [_element(card, move) for move in card.moves]
        found.append({"type": "actions", "elements": elements})
    return found


def plain_text(text: str, longest: int) -> Block:
    """Text that Slack shows as it is, cut to so many of its characters; never empty."""
    return {"type": "plain_text", "text": shortened(text, longest) or " ", "emoji": False}


def shortened(text: str, longest: int) -> str:
    """Cut with an ellipsis; Slack counts as UTF-16 does, in which emoji are two."""
    encoded = text.encode("utf-16-le", errors="replace")
    if len(encoded) <= 2 * longest:
        return text
    return encoded[: 2 * (longest - 1)].decode("utf-16-le", errors="ignore") + "…"


def moment(at: datetime) -> str:
    """An instant in markup, in the reader's own time zone."""
    fallback = f"{at:%Y-%m-%d %H:%M} UTC"
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"


def reference(card: Card, choice: str = "") -> str:
    """Of what a button speaks: the request, in which epoch, and what was chosen."""
    return f"{card.request_id}:{card.epoch}:{choice}"


def severities(card: Card) -> list[tuple[str, str]]:
    """What it may be said to be; the first is what it is."""
    others = [each for each in Severity if each is not card.severity]
    right = (reference(card, card.severity), f"{card.severity} is right")
    return [right, *((reference(card, each), str(each)) for each in others)]


def options(choices: Iterable[tuple[str, str]]) -> list[Block]:
    """Of a menu: values and how they read."""
    found = [{"text": plain_text(text, _LONGEST_OPTION), "value": value} for value, text in choices]
    return found[:_MOST_OPTIONS]


def _element(card: Card, move: Move) -> Block:
    if move is Move.SEVERITY:
        return _menu(move, "Severity…", severities(card))
    if move is Move.REASSIGN:
        return _menu(move, "Reassign to…", [(reference(card, name), name) for name in card.people])
    if move is Move.SNOOZE:
        lengths = [(reference(card, str(n)), _length(n)) for n in card.snoozes]
        return _menu(move, "Snooze for…", lengths)
    return button(card, move)


def button(card: Card, move: Move) -> Block:
    """What says one of the moves that need no choice."""
    words: Mapping[Move, str] = {
        Move.ACKNOWLEDGE: "Acknowledge",
        Move.ANSWER: "Answer…",
        Move.DISMISS: "Not a request",
        Move.HISTORY: "History…",
    }
    pressed: Block = {
        "type": "button",
        "action_id": ACTION + move,
        "text": plain_text(words[move], _LONGEST_OPTION),
        "value": reference(card),
    }
    if move is Move.ACKNOWLEDGE:
        pressed["style"] = "primary"
    if move is Move.DISMISS:
        pressed["confirm"] = {
            "title": plain_text("Not a request?", 100),
            "text": plain_text("It is closed, and nobody is owed an answer.", 300),
            "confirm": plain_text("Close it", 30),
            "deny": plain_text("Leave it", 30),
        }
    return pressed


def _menu(move: Move, placeholder: str, choices: Iterable[tuple[str, str]]) -> Block:
    return {
        "type": "static_select",
        "action_id": ACTION + move,
        "placeholder": plain_text(placeholder, 150),
        "options": options(choices),
    }


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest:02} min" if rest else f"{hours} h"
