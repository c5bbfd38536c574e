"""`/link/TOKEN`: who is to be whom, and a button. Looking changes nothing, since mail scanners
look; only what the page sends links.

There is no session and no cookie: the token is all there is, so it travels in the body of what is
sent, and no other site can send it.
"""

import logging
from http import HTTPStatus
from importlib.resources import files
from typing import Protocol
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from channels.link.content import NoSuchLink, Page
from channels.link.links import PATH
from channels.pages import HEADERS, form, pages_of, unfit
from channels.ticket.problems import Problem
from channels.ticket.texts import language_for

_LOG = logging.getLogger(__name__)
_PAGES = pages_of("channels.link")
_STYLE = files("channels.link").joinpath("templates/link.css").read_text(encoding="utf-8")


class Desk(Protocol):
    """Who knows links; a token may be made up, and then opens none: `NoSuchLink`."""

    async def show(self, token: str) -> Page:
        """The link as it stands; nothing is written."""

    async def confirm(self, token: str) -> Page | None:
        """Use the link, once; what to show if it was not used, else None."""

    def excuse(self, heading: str, language: str) -> Page:
        """Why there is no link to show: `no such link`, `not sent`, `link later`."""


def router(desk: Desk, public_url: str) -> APIRouter:
    """The page and its style; `public_url` is what customers reach them by."""
    routes = APIRouter(include_in_schema=False)
    base = f"{urlsplit(public_url).path}{PATH}"

    @routes.get(f"{PATH}/style.css")
    async def style() -> Response:
        return Response(_STYLE, media_type="text/css", headers={"Cache-Control": "max-age=3600"})

    @routes.api_route(f"{PATH}/{{token}}", methods=["GET", "HEAD"])
    async def show(request: Request, token: str) -> Response:
        try:
            return _shown(await desk.show(token), HTTPStatus.OK, base, token)
        except Exception as error:
            return _failed(desk, request, error, base)

    @routes.post(PATH)
    async def confirm(request: Request) -> Response:
        try:
            token = (await form(request)).get("token", "")
            if not token:
                raise unfit()
            if not_used := await desk.confirm(token):
                return _shown(not_used, HTTPStatus.CONFLICT, base, token)
            # To the link as it stands: to load that again sends nothing again.
            return RedirectResponse(f"{base}/{token}", HTTPStatus.SEE_OTHER, HEADERS)
        except Exception as error:
            return _failed(desk, request, error, base)

    return routes


def _shown(page: Page, status: HTTPStatus, base: str, token: str = "") -> Response:
    html = _PAGES.get_template("link.html").render(page=page, base=base, token=token)
    return HTMLResponse(html, status, {**HEADERS, "Content-Language": page.language})


def _failed(desk: Desk, request: Request, error: Exception, base: str) -> Response:
    language = language_for(request.headers.get("accept-language", ""))
    if isinstance(error, NoSuchLink):
        return _shown(desk.excuse("no such link", language), HTTPStatus.NOT_FOUND, base)
    if isinstance(error, Problem):
        return _shown(desk.excuse("not sent", language), error.status, base)
    # No traceback: it could hold the token.
    _LOG.error("a link's page failed: %s", type(error).__name__)
    return _shown(desk.excuse("link later", language), HTTPStatus.SERVICE_UNAVAILABLE, base)
