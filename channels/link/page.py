"""`/link/TOKEN`: who is to be whom in a chat, and a button."""

from collections.abc import Mapping
from typing import Protocol

from fastapi import APIRouter

from channels.link.content import Page
from channels.link.links import PATH
from channels.pages import pages_of
from channels.signed_page import Excuse, SignedPage

_TEMPLATE = pages_of("channels.link").get_template("link.html")


class Desk(Protocol):
    """Who knows links; a token may be made up, and then opens none: `NoSuchPage`."""

    async def show(self, token: str) -> Page:
        """The link as it stands; nothing is written."""

    async def confirm(self, token: str) -> Page | None:
        """Use the link, once; what to show if it was not used, else None."""

    def excuse(self, why: Excuse, language: str) -> Page:
        """Why there is no link to show."""


def router(desk: Desk, public_url: str) -> APIRouter:
    """The page; `public_url` is what customers reach it by."""

    async def act(token: str, fields: Mapping[str, str]) -> Page | None:
        return await desk.confirm(token)

    return SignedPage(PATH, _TEMPLATE, desk.show, act, desk.excuse).router(public_url)
