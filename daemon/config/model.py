"""Every key of the configuration, with its type and default.

What concerns one section alone is checked here; what joins sections, or looks at the machine, is
in `checks.py`. Secrets are SecretStr, so that no repr, log or error shows them.
"""

import re
from datetime import timedelta
from ipaddress import ip_network
from socket import gethostname
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from daemon.config.escalation import EscalationSettings
from daemon.config.matrix import MatrixSettings, MatrixUser
from daemon.config.oauth import OAuthSettings
from daemon.config.on_call import RotationSettings
from daemon.config.prices import PricesSettings
from daemon.config.promises import PolicySettings
from daemon.config.section import Section
from daemon.config.slack import SlackSettings, SlackUser
from daemon.config.triage import TriageSettings
from daemon.config.values import (
    Address,
    Count,
    Domain,
    Door,
    Duration,
    Endpoint,
    Heartbeat,
    Language,
    Line,
    Listen,
    Name,
    Network,
    PasswordHash,
    Positive,
    PublicUrl,
    SecretFile,
    SecretWay,
    Size,
    StartFrom,
    WaysFile,
    WrittenPath,
    Zone,
    parse_way,
    quoted,
)
from rules.model import ON_CALL, AfterEnd, AutomaticMailLimits, Filing, Way

LONGEST_IDLE = timedelta(minutes=25)
_KEYWORD = re.compile(r"[A-Za-z0-9$_.-]{1,64}")


class StoreSettings(Section):
    """The database."""

    url: SecretStr = SecretStr("sqlite:///var/supportd.db")
    url_file: SecretFile | None = None


class SmtpSettings(Section):
    """Our SMTP server."""

    listen: Listen = Endpoint("127.0.0.1", 8025)
    hostname: Line = Field(default_factory=gethostname)
    """As it greets its peers."""
    max_size: Size = 25_000_000
    """Bytes of one message."""
    max_connections: Positive = 100
    trusted_networks: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1"))
    """What is written there is ours; no limits for one of them alone."""
    authserv_id: Line | None = None
    """Of a server of ours, in those networks, through which mail from outside comes."""
    tls_certificate: WrittenPath | None = None
    tls_key: WrittenPath | None = None
    trusted_proxies: tuple[Network, ...] = ()
    """They begin with a PROXY header, and are believed."""
    logins: dict[Line, PasswordHash] = Field(default_factory=dict)
    lmtp: Door | None = None
    """A second door, for our own relays."""

    @model_validator(mode="after")
    def _check_tls(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key belong together; one is missing")
        if self.logins and self.tls_certificate is None:
            raise ValueError("logins need tls_certificate and tls_key: nobody logs in without TLS")
        return self


class HttpSettings(Section):
    """Pages and probes."""

    listen: Listen = Endpoint("127.0.0.1", 8080)
    public_url: PublicUrl | None = None
    """By which customers reach it."""


class AuthenticitySettings(Section):
    """How we find out who wrote a mail."""

    nameservers: tuple[Listen, ...] = ()
    """None: the machine's own."""
    arc_sealers: tuple[Domain, ...] = ()
    """Lists and forwarders whose word counts for mail that they change."""


class TicketsSettings(Section):
    """Tickets over HTTP, at http.listen."""

    enabled: bool = True
    form: bool = True
    """The page for everybody, besides the interface for those with a key."""
    max_size: Size = 25_000_000
    """Bytes of a whole ticket as it is sent."""
    max_files: Count = 10
    max_file_size: Size = 10_000_000
    """Bytes of one file."""
    max_text: Positive = 100_000
    """Characters."""


class AccountSettings(Section):
    """One of our support addresses."""

    address: Address = Field(examples=["support@b2bee.example"])
    aliases: tuple[Address, ...] = ()
    name: Line = Field(examples=["B2Bee Support"])


class MailboxSettings(Section):
    """A mailbox on another's server, which we look into."""

    host: Line = Field(examples=["imap.b2bee.example"])
    port: int = Field(993, ge=1, le=65535)
    security: Literal["none", "starttls", "tls"] = "tls"
    ca_file: WrittenPath | None = None
    username: Line = Field(examples=["support@b2bee.example"])
    password: SecretStr | None = None
    password_file: SecretFile | None = None
    oauth: OAuthSettings | None = None
    account: str = Field(examples=["support"])
    folders: tuple[Line, ...] = ("INBOX",)
    sent_folders: tuple[Line, ...] = ()
    """Of what our people send from it: an answer there counts."""
    start_from: StartFrom = "first-connection"
    after: Literal["nothing", "keyword", "move"] = "nothing"
    keyword: Line = "$Supportd"
    move_to: Line | None = None
    poll: Duration = timedelta(minutes=1)
    authserv_id: Line | None = None
    """Under which the mailbox's server writes Authentication-Results."""

    @model_validator(mode="after")
    def _check_login(self) -> Self:
        has_password = self.password is not None or self.password_file is not None
        if not has_password and self.oauth is None:
            raise ValueError("password (or password_file, or oauth) is missing")
        if has_password and self.oauth:
            raise ValueError("password and oauth are both given; keep one of them")
        if self.oauth and self.security == "none":
            raise ValueError('oauth needs a protected line: security = "tls" or "starttls"')
        return self

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.ca_file and self.security == "none":
            raise ValueError('ca_file means nothing with security = "none"; take one of them out')
        if not self.folders:
            raise ValueError('folders is empty; name one at least (like ["INBOX"])')
        looked_into = (*self.folders, *self.sent_folders)
        for folder in looked_into:
            if looked_into.count(folder) > 1:
                raise ValueError(f"folders has {quoted(folder)} twice; keep one of them")
        if (self.after == "move") != (self.move_to is not None):
            raise ValueError(
                'after = "move" and move_to (like "Archive") belong together; one is missing'
            )
        if self.move_to in looked_into:
            raise ValueError(f"move_to is {quoted(self.move_to)}, which is looked into as well")
        if not _KEYWORD.fullmatch(self.keyword):
            raise ValueError(f'keyword {quoted(self.keyword)} is no keyword (like "$Supportd")')
        if self.poll > LONGEST_IDLE:
            raise ValueError('poll is too long: servers hang up after 29 minutes (like "1m")')
        return self


class RelaySettings(Section):
    """Who takes our mail."""

    host: Line = Field(examples=["smtp.b2bee.example"])
    port: int = Field(587, ge=1, le=65535)
    security: Literal["none", "starttls", "tls"] = "starttls"
    username: Line = ""
    password: SecretStr | None = None
    password_file: SecretFile | None = None
    per_minute: int | None = Field(None, ge=1)
    """Mails, at most; None is as many as there are."""

    @model_validator(mode="after")
    def _check_login(self) -> Self:
        has_password = self.password is not None or self.password_file is not None
        if has_password != bool(self.username):
            missing = "username" if has_password else "password (or password_file)"
            raise ValueError(f"username and password belong together; {missing} is missing")
        return self


class MailSettings(Section):
    """Mail out: a relay, or files to look at."""

    directory: WrittenPath | None = None
    relay: RelaySettings | None = None

    @model_validator(mode="after")
    def _check_one_way(self) -> Self:
        if (self.directory is None) == (self.relay is None):
            fault = "nowhere to go" if self.relay is None else "two ways to go"
            raise ValueError(
                f'mail has {fault}: [mail.relay] sends it, or directory = "var/mail" keeps it as'
                " files; one of them"
            )
        return self


class LettersSettings(Section):
    """What customers are written without a person's hand."""

    folder: WrittenPath | None = None
    """Of templates in place of ours."""
    tell_severity: bool = False
    """Whether a customer hears that one of us has set the severity."""


class PersonSettings(Section):
    """One of us."""

    name: Line = Field(examples=["Ana Horvat"])
    timezone: Zone | None = None
    """None is the policy's."""
    addresses: tuple[Address, ...] = Field(examples=[["ana@b2bee.example"]])
    ways: tuple[SecretWay, ...] = ()
    ways_file: WaysFile = ()
    slack: SlackUser | None = None
    """Who this person is in Slack."""
    matrix: MatrixUser | None = None
    """Who this person is in Matrix."""

    @property
    def all_ways(self) -> tuple[Way, ...]:
        """From the configuration, then from the file; they may be secret."""
        return tuple(parse_way(way.get_secret_value()) for way in (*self.ways, *self.ways_file))


class LimitsSettings(Section):
    """How much mail goes out without a person's hand."""

    per_sender_and_day: Count = AutomaticMailLimits.per_sender_and_day
    per_domain_and_hour: Count = AutomaticMailLimits.per_domain_and_hour


class FilingSettings(Section):
    """Where mail goes that is no plain new matter."""

    withdrawn: AfterEnd = Filing.withdrawn
    old: AfterEnd = Filing.old
    old_after: Duration = Filing.old_after
    staff_forwards: bool = Filing.staff_forwards


class WatchSettings(Section):
    """Who watches over us."""

    heartbeat_url: Heartbeat | None = None
    """Fetched every minute while all is well: who waits for it in vain raises the alarm."""
    heartbeat_url_file: SecretFile | None = None


class LogSettings(Section):
    """What the daemon tells of itself."""

    format: Literal["auto", "console", "json"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(PolicySettings):
    """The whole configuration, with the first version of the policy.

    The shipped policy is already laid under it, and each version under the next.
    """

    policies: tuple[PolicySettings, ...] = ()
    """The versions after the first, in the order of their dates."""
    language: Language = "en"
    store: StoreSettings = StoreSettings()
    smtp: SmtpSettings = SmtpSettings()
    http: HttpSettings = HttpSettings()
    tickets: TicketsSettings = TicketsSettings()
    authenticity: AuthenticitySettings = AuthenticitySettings()
    accounts: dict[Name, AccountSettings] = Field(default_factory=dict)
    mailboxes: dict[Name, MailboxSettings] = Field(default_factory=dict)
    letters: LettersSettings = LettersSettings()
    triage: TriageSettings = TriageSettings()
    mail: MailSettings = Field(examples=[{"relay": {"host": "smtp.b2bee.example"}}])
    people: dict[Name, PersonSettings] = Field(default_factory=dict)
    on_call: RotationSettings = Field(
        examples=[{"people": ["ana", "ivo"], "starts": "2026-01-05T09:00"}]
    )
    """The rotation that is asked where none is named."""
    rotations: dict[Name, RotationSettings] = Field(default_factory=dict)
    """Others, by name."""
    escalation: EscalationSettings = Field(examples=[{"catch_all": ["ana"]}])
    limits: LimitsSettings = LimitsSettings()
    filing: FilingSettings = FilingSettings()
    prices: PricesSettings | None = None
    """None: no paid work is offered."""
    slack: SlackSettings | None = None
    """None: nobody reaches us by it."""
    matrix: MatrixSettings | None = None
    """None: nobody reaches us by it."""
    watch: WatchSettings = WatchSettings()
    log: LogSettings = LogSettings()

    @property
    def all_rotations(self) -> dict[str, RotationSettings]:
        """By name, the one that is asked where none is named first."""
        return {ON_CALL: self.on_call, **self.rotations}

    @property
    def has_calendar(self) -> bool:
        """Whether anybody may come on call whom no rotation names here."""
        found = self.all_rotations.values()
        return any(layer.ical is not None for each in found for layer in each.all_layers)
