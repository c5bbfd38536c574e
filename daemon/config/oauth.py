"""Tokens in place of a mailbox's password: whose, and how they are come by."""

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator

from daemon.config.section import Section
from daemon.config.values import Line, SecretFile, quoted

_MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0"
KNOWN = {
    "microsoft": {
        "grant": "device",
        "token_url": f"{_MICROSOFT}/token",
        "device_url": f"{_MICROSOFT}/devicecode",
        "consent_url": f"{_MICROSOFT}/authorize",
        "scope": "https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
    },
    "google": {
        "grant": "consent",
        "token_url": "https://oauth2.googleapis.com/token",
        "consent_url": "https://accounts.google.com/o/oauth2/v2/auth",
        "scope": "https://mail.google.com/",
    },
}
"""What both say in their own words; a key in the configuration goes before it."""
_MICROSOFT_ALONE = "https://outlook.office365.com/.default"
"""The scope where nobody logs in."""


class OAuthSettings(Section):
    """OAuth 2.0."""

    provider: Literal["microsoft", "google", "other"] = Field(examples=["microsoft"])
    tenant: Line = "organizations"
    """Microsoft's: a domain or an id."""
    client_id: Line = Field(examples=["0a1b2c3d-0000-0000-0000-000000000000"])
    client_secret: SecretStr | None = None
    client_secret_file: SecretFile | None = None
    grant: Literal["device", "consent", "client-credentials"] | None = None
    token_url: Line | None = None
    device_url: Line | None = None
    consent_url: Line | None = None
    scope: Line | None = None

    def known(self, key: str) -> str:
        """What holds for a key: as given, else as the provider has it; empty if neither."""
        given = getattr(self, key)
        if given is None and key == "scope" and self._is_microsoft_alone():
            return _MICROSOFT_ALONE
        shipped = KNOWN.get(self.provider, {}).get(key, "").replace("{tenant}", self.tenant)
        return given or shipped

    def _is_microsoft_alone(self) -> bool:
        return self.provider == "microsoft" and self.grant == "client-credentials"

    @model_validator(mode="after")
    def _check(self) -> Self:
        grant = self.known("grant")
        if not grant:
            raise ValueError('grant is missing (like "device")')
        if self.provider == "google" and grant != "consent":
            raise ValueError('grant: Google gives no mailbox by it; leave it out ("consent")')
        needed = {"device": ["device_url"], "consent": ["consent_url"]}.get(grant, [])
        for key in ("token_url", *needed):
            if not self.known(key):
                raise ValueError(f'{key} is missing (provider = "microsoft" or "google" knows it)')
        for key in ("token_url", "device_url", "consent_url"):
            _check_url(key, self.known(key))
        if grant == "client-credentials":
            self._check_alone()
        return self

    def _check_alone(self) -> None:
        if self.client_secret is None and self.client_secret_file is None:
            raise ValueError("client_secret (or client_secret_file) is missing")
        if self.provider == "microsoft" and self.tenant == "organizations":
            raise ValueError("tenant is missing: without a login it must be named (a domain or id)")


def _check_url(key: str, url: str) -> None:
    """Tokens go nowhere in the clear, except within this machine."""
    parts = urlsplit(url)
    is_here = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")
    if url and not (parts.scheme == "https" and parts.hostname) and not is_here:
        raise ValueError(f"{key} {quoted(url)} is no https:// URL")
