"""The bytes of a calendar, from a file or by HTTP."""

import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import IO

from channels.calendar.content import Unreadable

MOST_BYTES = 5 * 1024 * 1024
_SECONDS = 15.0
"""Of silence; whoever calls bounds the whole."""


def fetch(source: str) -> bytes:
    """A whole calendar; `source` is a path, or a URL that may be secret. Raises Unreadable."""
    try:
        if not is_url(source):
            with Path(source).open("rb") as file:
                return _bounded(file)
        url = source.replace("webcal://", "https://", 1)
        asking = urllib.request.Request(url, headers={"Accept": "text/calendar"})
        with urllib.request.urlopen(asking, timeout=_SECONDS) as answer:
            return _bounded(answer)
    except urllib.error.HTTPError as error:
        raise Unreadable(f"the server answers {error.code}") from None
    except urllib.error.URLError as error:
        raise Unreadable(f"the server is not reached: {error.reason}") from None
    except OSError as error:
        raise Unreadable(error.strerror or type(error).__name__) from None
    except (HTTPException, ValueError) as error:  # of the latter: what is no URL after all
        raise Unreadable(f"what the server says is no HTTP ({type(error).__name__})") from None


def is_url(source: str) -> bool:
    """Whether it is one that we can ask."""
    return source.startswith(("https://", "http://", "webcal://"))


def _bounded(stream: IO[bytes]) -> bytes:
    content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise Unreadable(f"it is larger than {MOST_BYTES // 1024**2} MB")
    return content
