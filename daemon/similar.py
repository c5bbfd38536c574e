"""Past requests of the same customer that mean much the same."""

from collections.abc import Iterator

from rules.model import Request
from storage.store import Transaction

LOOKED_AT = 500
"""Of the customer's newest requests: 200 KB to read at most."""
_SHOWN = 2
_LIKE = 0.9
"""Cosine; unrelated sentences have 0.8."""


def similar(tx: Transaction, request: Request, vector: bytes) -> Iterator[str]:
    """The likest in words, with who answered and how severe it was in the end."""
    past = tx.assessments.vectors_of(request.customer, LOOKED_AT) if vector else []
    if not request.customer or not past:
        return
    from daemon.triage.embedding import unpacked  # numpy is there wherever a vector is

    likeness = unpacked(b"".join(kept for _, kept in past)) @ unpacked(vector)[0]
    ranked = sorted(zip(likeness.tolist(), (id for id, _ in past), strict=True), reverse=True)
    for like, id in ranked[:_SHOWN]:
        found = tx.requests.get(id) if like >= _LIKE else None
        if found:
            who = f"answered by {found.first_response_by}" if found.first_response_by else ""
            yield f"like #{id}, {who or found.close_reason or found.state}: {found.severity}"
