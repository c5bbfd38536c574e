"""`/ping/TOKEN`: what is owed, and buttons. Looking changes nothing, since mail scanners look;
only what the page sends acknowledges.

There is no session and no cookie: the token is all there is, so it travels in the body of what is
sent, and no other site can send it.
"""

import logging
import re
from datetime import timedelta
from http import HTTPStatus
from importlib.resources import files
from typing import Protocol
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from channels.pages import HEADERS, form, pages_of, unfit
from channels.ping.content import NoSuchPing, Page, Sent
from channels.ping.links import PATH
from channels.ticket.problems import Problem

_LOG = logging.getLogger(__name__)
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_PAGES = pages_of("channels.ping")
_STYLE = files("channels.ping").joinpath("templates/ping.css").read_text(encoding="utf-8")


class Desk(Protocol):
    """Who knows what is owed; a token may be made up, and then opens none: `NoSuchPing`."""

    async def show(self, token: str) -> Page:
        """What is owed as it stands; nothing is written."""

    async def act(self, sent: Sent) -> Page | None:
        """Take what was pressed, once; what to show if it was not taken, else None."""


def router(desk: Desk, public_url: str) -> APIRouter:
    """The page and its style; `public_url` is what our people reach them by."""
    routes = APIRouter(include_in_schema=False)
    base = f"{urlsplit(public_url).path}{PATH}"

    @routes.get(f"{PATH}/style.css")
    async def style() -> Response:
        return Response(_STYLE, media_type="text/css", headers={"Cache-Control": "max-age=3600"})

    @routes.api_route(f"{PATH}/{{token}}", methods=["GET", "HEAD"])
    async def show(token: str) -> Response:
        try:
            return _shown(await desk.show(token), HTTPStatus.OK, base, token)
        except Exception as error:
            return _failed(error, base)

    @routes.post(PATH)
    async def act(request: Request) -> Response:
        try:
            sent = await _sent(request)
            if not_taken := await desk.act(sent):
                return _shown(not_taken, HTTPStatus.CONFLICT, base, sent.token)
            # To what is owed as it stands: to load that again sends nothing again.
            return RedirectResponse(f"{base}/{sent.token}", HTTPStatus.SEE_OTHER, HEADERS)
        except Exception as error:
            return _failed(error, base)

    return routes


def _shown(page: Page, status: HTTPStatus, base: str, token: str = "") -> Response:
    html = _PAGES.get_template("ping.html").render(page=page, base=base, token=token)
    return HTMLResponse(html, status, HEADERS)


def _failed(error: Exception, base: str) -> Response:
    if isinstance(error, NoSuchPing):
        page = Page("No such link", "It is not ours, or its time is over.")
        return _shown(page, HTTPStatus.NOT_FOUND, base)
    if isinstance(error, Problem):
        return _shown(Page("Not understood", "Please open the link again."), error.status, base)
    # No traceback: it could hold the token.
    _LOG.error("a ping's page failed: %s", type(error).__name__)
    page = Page("Nothing was recorded", "Please try again, or reply to the ping's mail.")
    return _shown(page, HTTPStatus.SERVICE_UNAVAILABLE, base)


async def _sent(request: Request) -> Sent:
    """What the page sent; raises Problem for what it never sends."""
    fields = await form(request)
    token, epoch = fields.get("token", ""), fields.get("epoch", "")
    seconds = fields.get("for", "")
    if not token or not _NUMBER.fullmatch(epoch) or not _NUMBER.fullmatch(seconds):
        raise unfit()
    return Sent(token, int(epoch), timedelta(seconds=int(seconds)) if int(seconds) else None)
