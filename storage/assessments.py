"""What was assigned to requests when they opened, before anybody said anything."""

from sqlmodel import Session, select

from rules.model import Assessment
from storage.schema import AssessmentRow


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

    def model_of(self, request_id: int) -> str:
        """Return what assigned a request's severity; empty if that is not known."""
        query = select(AssessmentRow.model).where(AssessmentRow.request_id == request_id)
        return self._session.exec(query).first() or ""
