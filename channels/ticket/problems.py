"""What is wrong with a ticket, told as RFC 9457 says (`application/problem+json`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

MEDIA_TYPE = "application/problem+json"


class FieldFault(BaseModel):
    """One thing wrong with one field."""

    field: str = Field(examples=["sender.email"])
    detail: str = Field(examples=["is no e-mail address (like maria@adria.example)"])


class ProblemDetails(BaseModel):
    """A problem, as RFC 9457 tells it."""

    type: str = "about:blank"
    title: str = Field(examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["some fields do not fit"])
    errors: list[FieldFault] | None = None


@dataclass
class Problem(Exception):
    """Why a ticket is not taken; nothing in it repeats what the sender wrote."""

    status: HTTPStatus
    detail: str
    faults: Sequence[FieldFault] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> JSONResponse:
        """As the peer reads it."""
        told = ProblemDetails(
            title=self.status.phrase,
            status=self.status,
            detail=self.detail,
            errors=list(self.faults) or None,
        )
        return JSONResponse(
            told.model_dump(exclude_none=True),
            status_code=self.status,
            media_type=MEDIA_TYPE,
            headers={"Cache-Control": "no-store", **self.headers},
        )


def come_again(detail: str, seconds: int = 10) -> Problem:
    """Nothing is wrong with the ticket: it was not stored, and may be sent again."""
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, headers={"Retry-After": str(seconds)})


def too_large(detail: str, faults: Sequence[FieldFault] = ()) -> Problem:
    """More than we take."""
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, detail, faults)


def unfit(faults: Sequence[FieldFault]) -> Problem:
    """It was read, and does not fit."""
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "some fields do not fit", faults)
