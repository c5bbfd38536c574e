"""`/offer/TOKEN`: what is offered, and two buttons."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Protocol

from fastapi import APIRouter

from channels.offer.content import LONGEST_TEXT, Page, Sent
from channels.offer.links import PATH
from channels.pages import pages_of, unfit
from channels.signed_page import Excuse, SignedPage
from channels.ticket.problems import Problem

_TEMPLATE = pages_of("channels.offer").get_template("offer.html", globals={"longest": LONGEST_TEXT})


class Desk(Protocol):
    """Who knows offers; a token may be made up, and then opens none: `NoSuchPage`."""

    async def show(self, token: str) -> Page:
        """The offer as it stands."""

    async def decide(self, sent: Sent) -> Page | None:
        """Take an answer, once; what to show if it was not taken, else None."""

    def excuse(self, why: Excuse, language: str) -> Page:
        """Why there is no offer to show."""


def router(desk: Desk, public_url: str) -> APIRouter:
    """The page; `public_url` is what customers reach it by."""

    async def act(token: str, fields: Mapping[str, str]) -> Page | None:
        return await desk.decide(_sent(token, fields))

    return SignedPage(PATH, _TEMPLATE, desk.show, act, desk.excuse).router(public_url)


def _sent(token: str, fields: Mapping[str, str]) -> Sent:
    text = fields.get("text", "").replace("\r\n", "\n").strip()
    answer = fields.get("answer")
    if answer not in ("accept", "decline"):
        raise unfit()
    if len(text) > LONGEST_TEXT:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the message is too long")
    return Sent(token, answer == "accept", text)
