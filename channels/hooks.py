"""Ways of an operator's own: a program that is run, and a URL that is posted to."""

import asyncio
import hashlib
import hmac
import http.client
import json
import os
import shlex
import signal
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from channels.base import CannotTell, Clock, DeliveryError, Failure, Sent
from rules.model import Notice

_SECONDS = 20.0
_LATER = {408, 425, 429}
_INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "HOME")
"""Of our environment, which holds secrets."""


class Command:
    """Runs the program that the address names, without a shell; a notice's words come as JSON."""

    name = "command"

    def __init__(self, seconds: float = _SECONDS) -> None:
        """`seconds`: how long one may run."""
        self._seconds = seconds

    async def send(self, notice: Notice) -> Sent:
        """Give it the notice on its standard input; 0 is taken, all else is not.

        One that does not end in time is killed, and may have done its work.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *shlex.split(notice.way.address),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env={name: os.environ[name] for name in _INHERITED if name in os.environ},
                start_new_session=True,
            )
        except OSError as error:
            reason = f"{notice.way}: {error.strerror}"
            raise DeliveryError(Failure.PERMANENT, reason) from None
        try:
            async with asyncio.timeout(self._seconds):
                await process.communicate(payload(notice))
        except TimeoutError:
            reason = f"{notice.way}: did not end in {self._seconds:.0f} s"
            raise DeliveryError(Failure.UNKNOWN, reason) from None
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)  # with whatever it has started
                await process.wait()
        if process.returncode:
            reason = f"{notice.way}: ended with {process.returncode}"
            raise DeliveryError(Failure.TEMPORARY, reason)
        return Sent("")

    async def find(self, notice: Notice) -> CannotTell:
        """A program is not asked."""
        return CannotTell()


class Webhook:
    """Posts JSON to the URL that the address names, signed with the secret behind its `#`.

    The signature is HMAC-SHA256 over the timestamp, a full stop and the body. Redirects are not
    followed: whoever took over the name must not get the words as well.
    """

    name = "webhook"

    def __init__(self, clock: Clock, seconds: float = _SECONDS) -> None:
        """`seconds`: how long one may take."""
        self._clock = clock
        self._seconds = seconds

    async def send(self, notice: Notice) -> Sent:
        """Post it; 2xx is taken, 408, 425, 429 and 5xx may be later."""
        return await asyncio.to_thread(self._post, notice)

    async def find(self, notice: Notice) -> CannotTell:
        """Whoever receives it knows a repeat by its Idempotency-Key."""
        return CannotTell()

    def _post(self, notice: Notice) -> Sent:
        parts = urlsplit(notice.way.address)
        seconds = self._seconds
        line: http.client.HTTPConnection
        if parts.scheme == "https":
            context = ssl.create_default_context()
            line = http.client.HTTPSConnection(parts.netloc, timeout=seconds, context=context)
        else:
            line = http.client.HTTPConnection(parts.netloc, timeout=seconds)
        body = payload(notice)
        stamp = str(int(self._clock().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": notice.id,
            "X-Supportd-Timestamp": stamp,
            "X-Supportd-Signature": signature(parts.fragment, stamp, body),
        }
        try:
            self._connect(line, notice)
            path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
            line.request("POST", path, body, headers)
            with line.getresponse() as answer:
                status, wanted = answer.status, answer.headers.get("Retry-After", "")
        except (OSError, http.client.HTTPException) as error:
            reason = f"{notice.way}: {type(error).__name__} before an answer came"
            raise DeliveryError(Failure.UNKNOWN, reason) from None
        finally:
            line.close()
        return self._verdict(notice, status, wanted)

    @staticmethod
    def _connect(line: http.client.HTTPConnection, notice: Notice) -> None:
        try:
            line.connect()
        except OSError as error:
            reason = f"{notice.way}: {type(error).__name__} on connecting"
            raise DeliveryError(Failure.TEMPORARY, reason) from None

    @staticmethod
    def _verdict(notice: Notice, status: int, wanted: str) -> Sent:
        if 200 <= status < 300:
            return Sent("")
        later = status in _LATER or status >= 500
        raise DeliveryError(
            Failure.TEMPORARY if later else Failure.PERMANENT,
            f"{notice.way}: HTTP {status}",
            float(wanted) if wanted.isdecimal() and len(wanted) < 6 else 0.0,
        )


def payload(notice: Notice) -> bytes:
    """What both are given, as JSON in UTF-8."""
    said = {
        "id": notice.id,
        "kind": notice.kind,
        "subject": notice.subject,
        "text": notice.text,
        "request": notice.request_id,
        "person": notice.person or None,
        "due_at": notice.priority_at.isoformat(),
    }
    return json.dumps(said, ensure_ascii=False).encode("utf-8", "replace")


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """As the header has it."""
    said = timestamp.encode() + b"." + body
    return f"v1={hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()}"


def is_command(text: str) -> bool:
    """Whether it names a program by its absolute path, and can be split into words."""
    try:
        words = shlex.split(text)
    except ValueError:
        return False
    return bool(words) and Path(words[0]).is_absolute()


def is_webhook(text: str) -> bool:
    """Whether it is an https URL with a secret behind `#`; http only on this machine."""
    try:
        parts = urlsplit(text)
        local = parts.hostname in ("localhost", "127.0.0.1", "::1")
        known = bool(parts.hostname) and parts.port != 0 and parts.username is None
    except ValueError:
        return False
    usable = parts.scheme == "https" or (parts.scheme == "http" and local)
    return usable and known and len(parts.fragment) >= 16 and text.isascii() and " " not in text
