"""What a chat shows our own people of a request, to press on."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rules.model.words import Severity


class Move(StrEnum):
    """What one of us may do to a request from where they read of it."""

    ACKNOWLEDGE = "acknowledge"
    ANSWER = "answer"
    SEVERITY = "severity"
    REASSIGN = "reassign"
    SNOOZE = "snooze"
    DISMISS = "not-a-request"
    HISTORY = "history"
    """Look at what became of it; changes nothing."""


@dataclass(frozen=True)
class Fact:
    """Something known, with its label."""

    label: str
    value: str


@dataclass(frozen=True)
class Card:
    """A request as one of us sees it in a chat: all plain text, whoever wrote it."""

    request_id: int
    epoch: int
    """The request's: what is pressed speaks of it."""
    title: str
    severity: Severity
    owed: str = ""
    """What is owed, in words; empty if nothing is."""
    due_at: datetime | None = None
    """By when; None if nothing is owed."""
    countdown: str = ""
    """How far `due_at` was when this was written."""
    facts: tuple[Fact, ...] = ()
    reasons: tuple[str, ...] = ()
    """Of severity, coverage and deadline."""
    words: str = ""
    """The customer's first lines."""
    moves: tuple[Move, ...] = ()
    """What may be done at this moment."""
    snoozes: tuple[int, ...] = ()
    """For how many minutes it may be snoozed."""
    people: tuple[str, ...] = ()
    """To whom it may be given."""


@dataclass(frozen=True)
class Post:
    """Where a chat shows a request's card."""

    place: str
    """The message: `slack:D0123ABC/1700000000.000100`. What is said under it stays inside."""
    request_id: int
    kind: str
    """Of the way that it was sent by."""
    address: str
    """And its address: of a person, or a room."""
    version: int
    """How often it was to be brought up to date; only the newest matters."""
