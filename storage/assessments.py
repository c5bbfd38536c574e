"""What was assigned to requests when they opened, before anybody said anything."""

from sqlmodel import Session, col, select

from rules.model import Assessment
from storage.schema import AssessmentRow, RequestRow


class Assessments:
    """Who assigned which severity, and what the message meant to it."""

    def __init__(self, session: Session) -> None:
        """Work in this transaction."""
        self._session = session

    def add(self, request_id: int, assessment: Assessment) -> None:
        """Keep a new request's, unless nothing read its message."""
        if assessment.model:
            names = ("model", "severity", "confidence", "vector")
            kept = {name: getattr(assessment, name) for name in names}
            self._session.add(AssessmentRow(request_id=request_id, **kept))
            self._session.flush()

    def vectors_of(self, customer: str, limit: int) -> list[tuple[int, bytes]]:
        """Return a customer's newest requests with what their first messages mean."""
        query = (
            select(AssessmentRow.request_id, AssessmentRow.vector)
            .join(RequestRow, col(RequestRow.id) == col(AssessmentRow.request_id))
            .where(RequestRow.customer == customer, AssessmentRow.vector != b"")
            .order_by(col(RequestRow.id).desc())
            .limit(limit)
        )
        return list(self._session.exec(query))

    def vector_of(self, request_id: int) -> bytes:
        """Return what a request's first message means; empty if that is not known."""
        query = select(AssessmentRow.vector).where(AssessmentRow.request_id == request_id)
        return self._session.exec(query).first() or b""

    def model_of(self, request_id: int) -> str:
        """Return what assigned a request's severity; empty if that is not known."""
        query = select(AssessmentRow.model).where(AssessmentRow.request_id == request_id)
        return self._session.exec(query).first() or ""
