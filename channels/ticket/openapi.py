"""How the interface for tickets describes itself (OpenAPI 3.1)."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from channels.ticket.body import Ticket
from channels.ticket.problems import MEDIA_TYPE, ProblemDetails
from rules.model import Severity

MEDIA_TYPES = ("application/json", "multipart/form-data")
_REF = "#/components/schemas/{model}"

_PROBLEMS = {
    HTTPStatus.BAD_REQUEST: "The body cannot be read.",
    HTTPStatus.UNAUTHORIZED: "No key, or one that is not known (any more).",
    HTTPStatus.REQUEST_TIMEOUT: "The body came too slowly.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body or a file is too large, or files are too many.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "Neither JSON nor multipart/form-data.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "Fields that do not fit are named in `errors`; or another"
    " ticket came with this Idempotency-Key before.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not stored: send it again, with the same Idempotency-Key,"
    " after the seconds in Retry-After.",
}

_FIELDS = {
    "type": "object",
    "required": ["subject", "text", "sender_email"],
    "properties": {
        "subject": {"type": "string", "minLength": 1, "maxLength": 300},
        "text": {"type": "string", "minLength": 1},
        "sender_name": {"type": "string", "maxLength": 200},
        "sender_email": {"type": "string", "maxLength": 254},
        "severity_claim": {"type": "string", "enum": ["", *Severity]},
        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
    },
}

DESCRIPTION: dict[str, Any] = {
    "responses": {
        status.value: {
            "description": words,
            "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="ProblemDetails")}}},
        }
        for status, words in _PROBLEMS.items()
    },
    "openapi_extra": {
        "security": [{"key": []}],
        "parameters": [
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": True,
                "description": "New for each ticket; the same when it is sent again, which then"
                " changes nothing and gets the same answer.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255},
            }
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": _REF.format(model="Ticket")}},
                "multipart/form-data": {"schema": _FIELDS},
            },
        },
    },
}


def describe(routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """The whole description of these routes."""
    described = get_openapi(title="supportd tickets", version="1", routes=routes)
    components = described.setdefault("components", {})
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    for model in (Ticket, ProblemDetails):
        schema = model.model_json_schema(ref_template=_REF)
        components.setdefault("schemas", {}).update(schema.pop("$defs", {}))
        components["schemas"][model.__name__] = schema
    return described
