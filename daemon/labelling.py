"""A person's word on a severity, kept beside the provisional one: triage learns from both."""

from datetime import datetime

from rules.model import Label, LabelSource, Request, Severity
from storage.store import Transaction


def label(
    tx: Transaction,
    before: Request,
    severity: Severity,
    source: LabelSource,
    person: str,
    now: datetime,
) -> None:
    """Keep what somebody said of a request, which `before` was as they found it."""
    given = tx.labels.of_request(before.id)
    unknown = 0.0 if before.severity_by else before.confidence
    tx.labels.add(
        Label(
            request_id=before.id,
            at=now,
            who=person,
            model=tx.assessments.model_of(before.id),
            assigned=before.provisional_severity or before.severity,
            confidence=given[-1].confidence if given else unknown,
            severity=severity,
            source=source,
        )
    )
