"""A page behind a signed link. Looking changes nothing, since mail scanners look; only what the
page sends does.

There is no session and no cookie: the token is all there is, so it travels in the body of what is
sent, and no other site can send it.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Protocol
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from jinja2 import Template

from channels.pages import HEADERS, add_style, form, shown, unfit
from channels.ticket.problems import Problem
from channels.ticket.texts import language_for

_LOG = logging.getLogger(__name__)


class NoSuchPage(Exception):
    """A token opens nothing: it is made up, or its time is over."""


class Excuse(StrEnum):
    """Why there is nothing to show."""

    NO_SUCH_LINK = "no such link"
    NOT_UNDERSTOOD = "not understood"
    """What was sent is nothing that the page sends."""
    LATER = "later"
    """Something failed here; nothing was changed."""


class Page(Protocol):
    """What every template needs of what is shown."""

    @property
    def language(self) -> str:
        """Of its words, as in `lang`."""

    @property
    def title(self) -> str:
        """Its heading."""


@dataclass(frozen=True)
class SignedPage:
    """One kind of page: where it is, and who stands behind it."""

    path: str
    """Below the public URL; the token follows."""
    template: Template
    show: Callable[[str], Awaitable[Page]]
    """What stands behind a token; raises NoSuchPage, and writes nothing."""
    act: Callable[[str, Mapping[str, str]], Awaitable[Page | None]]
    """Take the fields sent with a token, once: what to show if they were not taken, else None.
    Raises NoSuchPage, and Problem for what the page never sends.
    """
    excuse: Callable[[Excuse, str], Page]
    """In a language that the reader likes."""

    def router(self, public_url: str) -> APIRouter:
        """The page and its style; `public_url` is what people reach them by."""
        routes = APIRouter(include_in_schema=False)
        base = f"{urlsplit(public_url).path}{self.path}"
        add_style(routes, self.path)

        @routes.api_route(f"{self.path}/{{token}}", methods=["GET", "HEAD"])
        async def show(request: Request, token: str) -> Response:
            try:
                return self._shown(base, await self.show(token), HTTPStatus.OK, token)
            except Exception as error:
                return self._failed(base, request, error)

        @routes.post(self.path)
        async def act(request: Request) -> Response:
            try:
                fields = await form(request)
                token = fields.get("token", "")
                if not token:
                    raise unfit()
                if not_taken := await self.act(token, fields):
                    return self._shown(base, not_taken, HTTPStatus.CONFLICT, token)
                # To the page as it stands: to load that again sends nothing again.
                return RedirectResponse(f"{base}/{token}", HTTPStatus.SEE_OTHER, HEADERS)
            except Exception as error:
                return self._failed(base, request, error)

        return routes

    def _shown(self, base: str, page: Page, status: HTTPStatus, token: str = "") -> Response:
        return shown(self.template, base, page.language, status, page=page, token=token)

    def _failed(self, base: str, request: Request, error: Exception) -> Response:
        excuse, status = Excuse.LATER, HTTPStatus.SERVICE_UNAVAILABLE
        if isinstance(error, NoSuchPage):
            excuse, status = Excuse.NO_SUCH_LINK, HTTPStatus.NOT_FOUND
        elif isinstance(error, Problem):
            excuse, status = Excuse.NOT_UNDERSTOOD, error.status
        else:
            # No traceback: it could hold the token, or what a customer wrote.
            _LOG.error("a page of %s failed: %s", self.path, type(error).__name__)
        language = language_for(request.headers.get("accept-language", ""))
        return self._shown(base, self.excuse(excuse, language), status)
