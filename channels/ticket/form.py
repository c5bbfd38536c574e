"""`/ticket`: a plain page on which anybody can write to us, without JavaScript.

There is no session and no cookie, so no other site can do here what it could not do by itself:
who a ticket is from is claimed, as in mail, and proven by nothing.
"""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from channels.pages import add_style, pages_of, shown
from channels.ticket import body
from channels.ticket.api import Route
from channels.ticket.content import reference
from channels.ticket.door import TicketDoor, content_of
from channels.ticket.problems import FieldFault, Problem, come_again, unfit
from channels.ticket.texts import language_for, texts
from rules.model import Severity

PATH = "/ticket"
HONEYPOT = "website"
"""A field that people do not see, and programs fill in."""

_LOOKS, _PAUSE_SECONDS = 10, 0.2
"""At a ticket that was just stored."""

_PAGES = pages_of("channels.ticket")
_KEPT = ("sender_name", "sender_email", "subject", "text", "severity_claim", HONEYPOT)
"""What the page shows again of what was sent."""
_IDS = {"sender.email": "sender_email", "sender.name": "sender_name"}
"""Of fields whose names on the page are not those in the interface."""


def router(door: TicketDoor) -> APIRouter:
    """The page, its style and what it says after a ticket was taken."""
    routes = APIRouter(route_class=Route, include_in_schema=False)
    add_style(routes, PATH)

    @routes.api_route(PATH, methods=["GET", "HEAD"])
    async def show(request: Request) -> Response:
        return _form(request, door, {}, (), HTTPStatus.OK)

    @routes.get(f"{PATH}/taken/{{id}}")
    async def taken(request: Request, id: str) -> Response:
        return await _taken(request, door, id)

    @routes.post(PATH)
    async def hand_in(request: Request) -> Response:
        given: dict[str, str] = {}
        try:
            with door.turn(stranger=True):
                id = await _take(request, door, given)
        except Problem as problem:
            return _refused(request, door, given, problem)
        except Exception:
            return _refused(request, door, given, come_again(""))
        return RedirectResponse(f"{PATH}/taken/{id}", HTTPStatus.SEE_OTHER)

    return routes


async def _take(request: Request, door: TicketDoor, given: dict[str, str]) -> str:
    """Store it and return its external id; `given` fills with what was written."""
    content = await body.read(request, door.bounds)
    fields = await body.fields_of(content, request.headers.get("content-type", ""))
    given.update((name, value) for name, value in fields if isinstance(value, str))
    page = given.pop("page", "")
    if given.get(HONEYPOT):
        # Said, not swallowed: whoever is no program after all can empty it.
        raise unfit([FieldFault(field=HONEYPOT, detail="must be empty")])
    named = [field for field in fields if field[0] not in ("page", HONEYPOT)]
    ticket = await asyncio.to_thread(body.from_fields, named, door.bounds)
    # Sent twice by a double click it is one; changed and sent again it is another.
    id = reference("form", page, await asyncio.to_thread(content_of, ticket))
    await door.take(ticket, id, request)
    return id


async def _taken(request: Request, door: TicketDoor, id: str) -> Response:
    """What became of a ticket, or that it is stored if nothing is decided within two seconds."""
    for _ in range(_LOOKS):
        number = await door.number_of(door.account.name, id)
        if number is None:
            raise Problem(HTTPStatus.NOT_FOUND, "there is no such ticket")
        if number:
            break
        await asyncio.sleep(_PAUSE_SECONDS)
    # No deadline: it would tell a stranger whose address has a contract. The receipt says it.
    return _page(request, "taken.html", HTTPStatus.OK, {"number": number})


def _refused(
    request: Request, door: TicketDoor, given: Mapping[str, str], problem: Problem
) -> Response:
    faults = [_IDS.get(fault.field, fault.field) for fault in problem.faults]
    page = _form(request, door, given, faults or [str(problem.status.value)], problem.status)
    page.headers.update(problem.headers)
    return page


def _form(
    request: Request,
    door: TicketDoor,
    given: Mapping[str, str],
    faults: Sequence[str],
    status: HTTPStatus,
) -> Response:
    """The page; `faults` are ids of fields, or the status of a problem that no field has."""
    named = [("files" if fault.startswith("files") else fault) for fault in faults]
    values = {
        "given": {**dict.fromkeys(_KEPT, ""), **given},
        "faults": list(dict.fromkeys(named)),
        "page": secrets.token_urlsafe(12),
        "severities": list(Severity),
        "honeypot": HONEYPOT,
        "bounds": door.bounds,
        "megabytes": door.bounds.max_file_size / 1_000_000,
    }
    return _page(request, "form.html", status, values)


def _page(
    request: Request, template: str, status: HTTPStatus, values: Mapping[str, Any]
) -> Response:
    language = _language(request)
    page = _PAGES.get_template(template)
    return shown(page, PATH, language, status, t=texts(language), **values)


def _language(request: Request) -> str:
    return language_for(request.headers.get("accept-language", ""))
