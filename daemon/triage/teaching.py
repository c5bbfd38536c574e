"""What people's labels teach: gathered from the store, as plain values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from rules.model import Label, LabelSource, Refit
from storage.store import Transaction

MOST = 2000
"""Labels that are learned from, the newest."""
_AT_ONCE = 25
"""Requests read in one transaction: nobody is to wait for the store meanwhile."""


@dataclass(frozen=True)
class Taught:
    """A message as it was assessed, and what one of us said of it."""

    request_id: int
    group: str
    """Whose it is: a customer's messages never stand on both sides of a measurement."""
    severity: str
    is_request: bool
    who: str
    subject: str
    text: str
    vector: bytes
    """What the language model made of it; empty if it was not there."""
    is_new: bool
    """Given since the model that serves was made."""


@dataclass(frozen=True)
class Learned:
    """What came of it."""

    content: bytes
    """Of the weights; empty if they are not to serve."""
    report: tuple[str, ...]
    labels: int
    """That it learned from."""


@dataclass(frozen=True)
class Beginning:
    """What there is to learn from, and what serves so far."""

    labels: Sequence[Label]
    serving: str
    """Its name; empty for what was shipped."""
    content: bytes
    seen: int
    """The newest label that it knows."""

    def in_parts(self) -> Iterator[Sequence[Label]]:
        """The labels, as many at once as nobody waits for."""
        for first in range(0, len(self.labels), _AT_ONCE):
            yield self.labels[first : first + _AT_ONCE]

    def ended(self, found: Learned, base: str, who: str, now: datetime) -> Refit:
        """What is remembered of it."""
        last = max((label.id for label in self.labels), default=0)
        return Refit(now, who, base, found.labels, last, found.report, bool(found.content))


def beginning(tx: Transaction, base: str) -> Beginning:
    """Where learning starts from, on these shipped weights."""
    id = tx.refits.serving(base)
    serving = next((each for each in tx.refits.all() if each.id == id), None)
    return Beginning(
        tx.labels.newest(MOST),
        serving.name if serving else "",
        tx.refits.content(serving.id) if serving else b"",
        serving.last_label if serving else 0,
    )


def new_labels(tx: Transaction, base: str) -> int:
    """How many there are that no refit on these shipped weights has seen."""
    seen = (each.last_label for each in tx.refits.all() if each.base == base)
    return tx.labels.count_after(max(seen, default=0))


def taught(tx: Transaction, labels: Sequence[Label], seen: int) -> list[Taught]:
    """What these labels teach; `seen` is the newest that the serving model knows.

    A label is on all that the customer had said: only where that was one message does it teach
    what that message means. What nobody could read teaches nothing.
    """
    return [each for label in labels if (each := _taught(tx, label, seen)) is not None]


def _taught(tx: Transaction, label: Label, seen: int) -> Taught | None:
    said = [
        filed.message
        for filed in tx.messages.of_request(label.request_id)
        if filed.is_customers and filed.message.envelope.received_at <= label.at
    ]
    request = tx.requests.get(label.request_id)
    if request is None or len(said) != 1 or not (said[0].subject or said[0].text).strip():
        return None
    return Taught(
        request_id=label.request_id,
        group=f"~{request.customer or request.sender}",  # after ours: the folds of those stay
        severity=label.severity,
        is_request=label.source is not LabelSource.NOT_A_REQUEST,
        who=label.who,
        subject=said[0].subject,
        text=said[0].new_text or said[0].text,
        vector=tx.assessments.vector_of(label.request_id),
        is_new=label.id > seen,
    )
