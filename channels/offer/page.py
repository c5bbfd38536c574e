"""`/offer/TOKEN`: what is offered, and two buttons. Looking changes nothing, since mail scanners
look; only what the page sends decides.

There is no session and no cookie: the token is all there is, so it travels in the body of what is
sent, and no other site can send it.
"""

import logging
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from typing import Protocol
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from channels.offer.content import LONGEST_TEXT, NoSuchOffer, Page, Sent
from channels.offer.links import PATH
from channels.pages import HEADERS, form, pages_of, unfit
from channels.ticket.problems import Problem
from channels.ticket.texts import language_for

_LOG = logging.getLogger(__name__)

_PAGES = pages_of("channels.offer")
_STYLE = files("channels.offer").joinpath("templates/offer.css").read_text(encoding="utf-8")


class Desk(Protocol):
    """Who knows offers; a token may be made up, and then opens none: `NoSuchOffer`."""

    async def show(self, token: str) -> Page:
        """The offer as it stands."""

    async def decide(self, sent: Sent) -> Page | None:
        """Take an answer, once; what to show if it was not taken, else None."""

    def excuse(self, heading: str, language: str) -> Page:
        """Why there is no offer to show: `no such link`, `not understood`, `later`."""


def router(desk: Desk, public_url: str) -> APIRouter:
    """The page and its style; `public_url` is what customers reach them by."""
    routes = APIRouter(include_in_schema=False)
    view = _View(desk, f"{urlsplit(public_url).path}{PATH}")

    @routes.get(f"{PATH}/style.css")
    async def style() -> Response:
        return Response(_STYLE, media_type="text/css", headers={"Cache-Control": "max-age=3600"})

    @routes.api_route(f"{PATH}/{{token}}", methods=["GET", "HEAD"])
    async def show(request: Request, token: str) -> Response:
        try:
            return view.shown(await desk.show(token), HTTPStatus.OK, token)
        except Exception as error:
            return view.failed(request, error)

    @routes.post(PATH)
    async def decide(request: Request) -> Response:
        try:
            sent = await _sent(request)
            if not_taken := await desk.decide(sent):
                return view.shown(not_taken, HTTPStatus.CONFLICT, sent.token)
            return view.moved(sent.token)
        except Exception as error:
            return view.failed(request, error)

    return routes


@dataclass(frozen=True)
class _View:
    desk: Desk
    base: str
    """The page's path as customers see it."""

    def shown(self, page: Page, status: HTTPStatus, token: str) -> Response:
        shown = _PAGES.get_template("offer.html").render(
            page=page, base=self.base, token=token, longest=LONGEST_TEXT
        )
        return HTMLResponse(shown, status, {**HEADERS, "Content-Language": page.language})

    def moved(self, token: str) -> Response:
        """To the offer as it stands: to load that again sends nothing again."""
        return RedirectResponse(f"{self.base}/{token}", HTTPStatus.SEE_OTHER, HEADERS)

    def failed(self, request: Request, error: Exception) -> Response:
        if isinstance(error, NoSuchOffer):
            return self._excused(request, "no such link", HTTPStatus.NOT_FOUND)
        if isinstance(error, Problem):
            return self._excused(request, "not understood", error.status)
        # No traceback: it could hold the token, or what a customer wrote.
        _LOG.error("an offer's page failed: %s", type(error).__name__)
        return self._excused(request, "later", HTTPStatus.SERVICE_UNAVAILABLE)

    def _excused(self, request: Request, heading: str, status: HTTPStatus) -> Response:
        language = language_for(request.headers.get("accept-language", ""))
        return self.shown(self.desk.excuse(heading, language), status, "")


async def _sent(request: Request) -> Sent:
    """What the page sent; raises Problem for what it never sends."""
    fields = await form(request)
    text = fields.get("text", "").replace("\r\n", "\n").strip()
    answer, token = fields.get("answer"), fields.get("token", "")
    if not token or answer not in ("accept", "decline"):
        raise unfit()
    if len(text) > LONGEST_TEXT:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the message is too long")
    return Sent(token, answer == "accept", text)
