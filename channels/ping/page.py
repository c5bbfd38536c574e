"""`/ping/TOKEN`: what is owed, and buttons to say "I have it" or "not now"."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from fastapi import APIRouter

from channels.pages import pages_of, unfit
from channels.ping.content import Page, Sent
from channels.ping.links import PATH
from channels.signed_page import Excuse, SignedPage

_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_TEMPLATE = pages_of("channels.ping").get_template("ping.html")
_EXCUSES = {
    Excuse.NO_SUCH_LINK: Page("No such link", "It is not ours, or its time is over."),
    Excuse.NOT_UNDERSTOOD: Page("Not understood", "Please open the link again."),
    Excuse.LATER: Page("Nothing was recorded", "Please try again, or reply to the ping's mail."),
}


class Desk(Protocol):
    """Who knows what is owed; a token may be made up, and then opens none: `NoSuchPage`."""

    async def show(self, token: str) -> Page:
        """What is owed as it stands; nothing is written."""

    async def act(self, sent: Sent) -> Page | None:
        """Take what was pressed, once; what to show if it was not taken, else None."""


def router(desk: Desk, public_url: str) -> APIRouter:
    """The page; `public_url` is what our people reach it by."""

    async def act(token: str, fields: Mapping[str, str]) -> Page | None:
        return await desk.act(_sent(token, fields))

    def excuse(why: Excuse, language: str) -> Page:
        return _EXCUSES[why]

    return SignedPage(PATH, _TEMPLATE, desk.show, act, excuse).router(public_url)


def _sent(token: str, fields: Mapping[str, str]) -> Sent:
    epoch, seconds = fields.get("epoch", ""), fields.get("for", "")
    if not _NUMBER.fullmatch(epoch) or not _NUMBER.fullmatch(seconds):
        raise unfit()
    return Sent(token, int(epoch), timedelta(seconds=int(seconds)) if int(seconds) else None)
