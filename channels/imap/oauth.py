"""OAuth 2.0 as far as a mailbox needs it (RFC 6749, 7636, 8628): one question, one answer."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from oauthlib.oauth2 import (
    BackendApplicationClient,
    DeviceClient,
    OAuth2Error,
    WebApplicationClient,
)

_TIMEOUT = 20.0
"""Seconds."""
_LONGEST = 256 * 1024
"""Bytes of an answer."""
_USUAL_LIFE = 3600
"""Seconds, where the server does not tell (RFC 6749, 5.1)."""
REDIRECT = "http://127.0.0.1:8025/"
"""Where consent leads back to; nobody listens: a person copies the address (RFC 8252, 7.3)."""


class Grant(StrEnum):
    """How the first token is come by."""

    DEVICE = "device"
    """A person types a code into any browser (RFC 8628)."""
    CONSENT = "consent"
    """A person consents in a browser, and brings back the address it led to."""
    CLIENT_CREDENTIALS = "client-credentials"
    """Nobody has to: the client may by itself."""


class Refused(Exception):
    """The authorization server says no."""

    def __init__(self, host: str, code: str, description: str = "") -> None:
        """`code` is the server's (RFC 6749, 5.2; RFC 8628, 3.5)."""
        super().__init__(f"{host} refuses: {': '.join(filter(None, (code, description)))}")
        self.code = code


@dataclass(frozen=True)
class Provider:
    """Who gives tokens, and as whom we ask."""

    grant: Grant
    token_url: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    """Empty for a public client."""
    scope: str = ""
    device_url: str = ""
    consent_url: str = ""

    def secret(self) -> dict[str, str]:
        """As it is sent, if there is one."""
        return {"client_secret": self.client_secret} if self.client_secret else {}


@dataclass(frozen=True)
class Granted:
    """What the server gave."""

    access: str = field(repr=False)
    life: timedelta
    refresh: str = field(default="", repr=False)
    """Empty: the one before stays good, if there was one."""


@dataclass(frozen=True)
class DeviceCode:
    """What a person is shown, and what we ask with meanwhile."""

    code: str = field(repr=False)
    user_code: str
    url: str
    life: timedelta
    interval: timedelta


def refreshed(provider: Provider, refresh: str) -> Granted:
    """A new access token for a refresh token; raises Refused or OSError."""
    client = WebApplicationClient(provider.client_id)
    body = client.prepare_refresh_body(
        refresh_token=refresh, client_id=provider.client_id, **provider.secret()
    )
    return _granted(provider, body)


def by_credentials(provider: Provider) -> Granted:
    """An access token of the client's own; raises Refused or OSError."""
    client = BackendApplicationClient(provider.client_id)
    body = client.prepare_request_body(
        scope=provider.scope, include_client_id=True, **provider.secret()
    )
    return _granted(provider, body)


def device_code(provider: Provider) -> DeviceCode:
    """Begin RFC 8628; raises Refused or OSError."""
    asked = {"client_id": provider.client_id, "scope": provider.scope, **provider.secret()}
    told = _object(provider.device_url, _post(provider.device_url, urlencode(asked)))
    if "error" in told:
        raise _refused(provider.device_url, told["error"], told.get("error_description"))
    try:
        return DeviceCode(
            code=told["device_code"],
            user_code=told["user_code"],
            url=told.get("verification_uri") or told["verification_url"],  # as Google calls it
            life=timedelta(seconds=int(told.get("expires_in", 900))),
            interval=timedelta(seconds=int(told.get("interval", 5))),
        )
    except (KeyError, ValueError) as error:
        raise OSError(f"{_host(provider.device_url)}: its answer lacks {error}") from None


def by_device(provider: Provider, device: DeviceCode) -> Granted:
    """Ask once whether the person has typed it; raises Refused (`authorization_pending`), OSError.

    Not more often than the interval; five seconds longer after each `slow_down`.
    """
    client = DeviceClient(provider.client_id)
    body = client.prepare_request_body(
        device_code=device.code, scope="", include_client_id=True, **provider.secret()
    )
    return _granted(provider, body)


def consent_page(provider: Provider, state: str, verifier: str) -> str:
    """Where a person consents; both are secrets of ours, the verifier of 43 characters or more."""
    client = WebApplicationClient(provider.client_id)
    return str(
        client.prepare_request_uri(
            provider.consent_url,
            redirect_uri=REDIRECT,
            scope=provider.scope,
            state=state,
            code_challenge=client.create_code_challenge(verifier, "S256"),
            code_challenge_method="S256",
            access_type="offline",  # Google gives a refresh token only if asked like this
            prompt="consent",
        )
    )


def by_consent(provider: Provider, address: str, state: str, verifier: str) -> Granted:
    """A token for the address that consent led to; raises Refused or OSError."""
    told = {key: values[0] for key, values in parse_qs(urlsplit(address.strip()).query).items()}
    if "error" in told:
        raise _refused(provider.consent_url, told["error"], told.get("error_description"))
    if told.get("state") != state or "code" not in told:
        raise _refused(provider.consent_url, "mismatching_state", "that address is of another try")
    client = WebApplicationClient(provider.client_id)
    body = client.prepare_request_body(
        code=told["code"], redirect_uri=REDIRECT, code_verifier=verifier, **provider.secret()
    )
    return _granted(provider, body)


def _granted(provider: Provider, body: str) -> Granted:
    answer = _post(provider.token_url, body)
    _object(provider.token_url, answer)
    try:
        # Of another client it would take a scope that the server words differently for an error.
        told = WebApplicationClient(provider.client_id).parse_request_body_response(answer)
    except OAuth2Error as error:
        raise _refused(provider.token_url, error.error, error.description) from None
    return Granted(
        access=told["access_token"],
        life=timedelta(seconds=told.get("expires_in") or _USUAL_LIFE),
        refresh=told.get("refresh_token") or "",
    )


def _post(url: str, body: str) -> str:
    """What the server says, also where it says no; raises OSError if that is nothing for us."""
    request = urllib.request.Request(
        url, body.encode(), {"Accept": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:
            return str(answer.read(_LONGEST).decode(errors="replace"))
    except urllib.error.HTTPError as refused:
        with refused:
            if refused.code >= 500:
                raise OSError(f"{_host(url)} answers {refused.code}") from None
            return refused.read(_LONGEST).decode(errors="replace")
    except OSError as error:
        raise OSError(f"{_host(url)}: {getattr(error, 'reason', None) or error}") from None


def _object(url: str, answer: str) -> dict[str, Any]:
    try:
        told = json.loads(answer)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise OSError(f"{_host(url)} answers something that is no OAuth")
    return told


def _refused(url: str, code: object, description: object) -> Refused:
    return Refused(_host(url), _line(code), _line(description))


def _line(words: object) -> str:
    return " ".join(str(words or "").split())[:200]


def _host(url: str) -> str:
    return urlsplit(url).hostname or url
