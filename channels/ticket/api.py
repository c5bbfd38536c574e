"""`POST /api/tickets`: tickets from customers' systems, each with its contract's key."""

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

from channels.ticket import body, openapi
from channels.ticket.content import reference
from channels.ticket.door import TicketDoor
from channels.ticket.problems import FieldFault, Problem, come_again, unfit

_LOG = logging.getLogger(__name__)

_BEARER = re.compile(r"bearer +([\x21-\x7e]{1,200})", re.IGNORECASE)
_ID = re.compile(r"[\x20-\x7e]{1,255}")
PATH = "/api/tickets"


class Taken(BaseModel):
    """The ticket is stored. Its request's number comes later, in the receipt by e-mail."""

    ticket: str = Field(
        description="A reference of this ticket; the same for the same Idempotency-Key.",
        examples=["5yhp3yijsfrqaubwxxdmqkwn3sdcbkcw"],
    )


class Route(APIRoute):
    """A route whose every failure is a problem, and none a 500."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """As the framework asks for it, once for each route."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await handle(request)
            except Problem as problem:
                return problem.response()
            except ClientDisconnect:
                return Response(status_code=HTTPStatus.BAD_REQUEST)  # which nobody reads
            except Exception as error:
                # No traceback: it could hold what a customer wrote.
                _LOG.error("a ticket was not taken: %s", type(error).__name__)
                return come_again("something failed here; please send it again").response()

        return guarded


def router(door: TicketDoor) -> APIRouter:
    """The interface, with a description of itself at `/api/openapi.json`."""
    routes = APIRouter(route_class=Route)

    @routes.post(PATH, status_code=HTTPStatus.CREATED, **openapi.DESCRIPTION)
    async def create_ticket(request: Request) -> Taken:
        """Hand in a ticket: what is answered 201 is stored, and will be looked at."""
        contract_id = await _contract(request, door)
        key = _idempotency_key(request)
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in openapi.MEDIA_TYPES:
            raise Problem(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                f"send {' or '.join(openapi.MEDIA_TYPES)}",
                headers={"Accept": ", ".join(openapi.MEDIA_TYPES)},
            )
        with door.turn():
            content = await body.read(request, door.bounds)
            ticket = await _ticket(content, request.headers["content-type"], door.bounds)
            id = reference("key", str(contract_id), key)
            await door.take(ticket, id, request, contract_id)
        return Taken(ticket=id)

    description = openapi.describe(routes.routes)

    @routes.get("/api/openapi.json", include_in_schema=False)
    async def openapi_json() -> JSONResponse:
        return JSONResponse(description)

    return routes


async def _contract(request: Request, door: TicketDoor) -> int:
    found = _BEARER.fullmatch(request.headers.get("authorization", "").strip())
    contract_id = await door.contract_of(found[1]) if found else None
    if contract_id is None:
        raise Problem(
            HTTPStatus.UNAUTHORIZED,
            "send a key of your contract: Authorization: Bearer KEY",
            headers={"WWW-Authenticate": 'Bearer realm="tickets"'},
        )
    return contract_id


def _idempotency_key(request: Request) -> str:
    key = request.headers.get("idempotency-key", "").strip()
    if not _ID.fullmatch(key):
        detail = "is needed: 1 to 255 ASCII characters, new for each ticket, kept for its repeats"
        raise unfit([FieldFault(field="Idempotency-Key (header)", detail=detail)])
    return key


async def _ticket(content: bytes, content_type: str, bounds: body.Bounds) -> body.Ticket:
    if content_type.lower().startswith("multipart/"):
        fields = await body.fields_of(content, content_type)
        return await asyncio.to_thread(body.from_fields, fields, bounds)
    return await asyncio.to_thread(body.from_json, content, bounds)  # large ones take long
