"""Pings to telephones and chats through apprise, which knows over a hundred services."""

import asyncio
import importlib
import logging
import re
from types import ModuleType

from channels.base import CannotTell, DeliveryError, Failure, Sent
from rules.model import Notice

_LONGEST_WAIT = 20.0
"""Seconds."""
_CALLS_OUT = re.compile(r"(?i)@(?=everyone|here|channel|all\b)|<(?=[!@#])")


class Push:
    """An outbound whose addresses are apprise URLs: secrets, so no error ever shows one."""

    name = "apprise"

    async def send(self, notice: Notice) -> Sent:
        """Hand the notice to the service as plain text.

        The library says only whether it worked, never why: a refusal counts as temporary.
        """
        sending = asyncio.to_thread(_notify, notice.way.address, notice.subject, notice.text)
        try:
            taken = await asyncio.wait_for(sending, _LONGEST_WAIT)
        except TimeoutError:
            raise DeliveryError(Failure.UNKNOWN, f"{notice.way}: no answer in 20 s") from None
        except ValueError:
            reason = f"{notice.way}: not a URL of a service that apprise knows"
            raise DeliveryError(Failure.PERMANENT, reason) from None
        except Exception as error:  # a plug-in's own, whose text may show the URL
            reason = f"{notice.way}: {type(error).__name__}"
            raise DeliveryError(Failure.TEMPORARY, reason) from None
        if not taken:
            raise DeliveryError(Failure.TEMPORARY, f"{notice.way}: the service did not take it")
        return Sent("")

    async def find(self, notice: Notice) -> CannotTell:
        """Push services cannot be asked."""
        return CannotTell()


def is_valid_url(url: str) -> bool:
    """Whether apprise knows a service for it; asks nobody."""
    return _apprise().Apprise.instantiate(url, suppress_exceptions=True) is not None


def _apprise() -> ModuleType:
    """Imported late, since it is slow and few desks need it; silent, since it logs URLs."""
    apprise = importlib.import_module("apprise")
    logging.getLogger("apprise").disabled = True
    return apprise


def _notify(url: str, title: str, text: str) -> bool:
    apprise = _apprise()
    if not is_valid_url(url):
        raise ValueError
    asset = apprise.AppriseAsset(async_mode=False, secure_logging=True, interpret_emojis=False)
    service = apprise.Apprise(asset=asset)
    service.add(url)
    return bool(
        service.notify(
            body=_harmless(text),
            title=_harmless(title),
            body_format=apprise.NotifyFormat.TEXT,
            interpret_escapes=False,
        )
    )


def _harmless(text: str) -> str:
    """Without what calls out a whole chat room: customers' words are in it."""
    return _CALLS_OUT.sub(lambda match: f"{match[0]}\u200b", text)
