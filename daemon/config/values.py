"""The single values a configuration is made of: text in, checked value out.

Every ValueError here says what would be right. Its text is shown to an operator and may name the
value, but never that of a secret.
"""

import json
import re
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal, NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, SecretStr

from daemon.durations import parse_duration, parse_time_of_day
from rules.model import Way

_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"]+@(?:[\w-]+\.)+[\w-]+")
_DOMAIN = re.compile(r"(?:[\w-]+\.)+[\w-]+")
_CHAT = re.compile(r"[a-z]+:[A-Za-z0-9][A-Za-z0-9._-]*|matrix:[!@][^\s/]+")
_MATRIX = re.compile(r"![^\s/]+|@[^\s:/]+:[^\s/]+")
_SLACK = re.compile(r"[UWCG][A-Z0-9]{2,}")
_NAME = re.compile(r"[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*")
_URL_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*)://.+")
_CALENDAR = re.compile(r"(?:https?|webcal)://[^\s/]+")
_SIZE = re.compile(r"(\d{1,9})\s*(kB|MB|GB|KiB|MiB)?")
_BYTES = {None: 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20}


class Endpoint(NamedTuple):
    """Where we listen; port 0 lets the machine choose."""

    host: str
    port: int

    def __str__(self) -> str:
        """As it is written in the configuration."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def quoted(value: object) -> str:
    """A value as a problem shows it: on one line, shortened, in double quotes if it is text."""
    shown = json.dumps(value, ensure_ascii=False, default=str)
    if not shown.isprintable():
        shown = json.dumps(value, default=str)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"


def _text(value: object, example: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f'{quoted(value)} is no text (like "{example}", in quotes)')
    return value


def _duration(value: object) -> timedelta:
    duration = parse_duration(_text(value, "30m"))
    if duration <= timedelta(0):
        raise ValueError(f'{quoted(value)} is no time at all; it must be more than 0 (like "30m")')
    return duration


def _days(value: object) -> int:
    days, rest = divmod(_duration(value), timedelta(days=1))
    if rest or not days:
        raise ValueError(f'{quoted(value)} is not a whole number of days (like "7d")')
    return days


def _turn(value: object) -> timedelta:
    duration = _duration(value)
    if duration < timedelta(hours=1):
        raise ValueError(f'{quoted(value)} is too short for a turn; at least an hour (like "7d")')
    return duration


def _time_of_day(value: object) -> timedelta:
    return parse_time_of_day(_text(value, "09:00"))


def _size(value: object) -> int:
    match = _SIZE.fullmatch(str(value).strip())
    if not match or not int(match[1]):
        raise ValueError(f'{quoted(value)} is no size (like "25MB")')
    return int(match[1]) * _BYTES[match[2]]


def _zone(value: object) -> ZoneInfo:
    try:
        return ZoneInfo(_text(value, "Europe/Zagreb"))
    except (OSError, ValueError, KeyError):  # ZoneInfo's own, for names of no zone
        raise ValueError(f'{quoted(value)} is no time zone (like "Europe/Zagreb")') from None


def _local_time(value: object) -> datetime:
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f'{quoted(value)} is no local time (like "2026-01-05T09:00")') from None
    if at.tzinfo is not None:
        raise ValueError(f'{quoted(value)}: leave the offset out (like "2026-01-05T09:00")')
    return at


def _start_from(value: object) -> date | str:
    if value == "first-connection" or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(
            f'{quoted(value)} is neither a date (like 2026-01-31) nor "first-connection"'
        ) from None


class YearlyDay(NamedTuple):
    """A day of every year that has it."""

    month: int
    day: int

    def __str__(self) -> str:
        """As it is written in the configuration."""
        return f"{self.month:02}-{self.day:02}"

    def of(self, year: int) -> date | None:
        """In this year; None for 29 February of most."""
        try:
            return date(year, self.month, self.day)
        except ValueError:
            return None


def _own_day(value: object) -> date | YearlyDay:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    text = str(value)
    try:
        if re.fullmatch(r"\d\d-\d\d", text):
            leap = date.fromisoformat(f"2024-{text}")
            return YearlyDay(leap.month, leap.day)
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f'{quoted(value)} is no day (like 2026-12-24, or "12-24" for every year)'
        ) from None


def _endpoint(value: object) -> Endpoint:
    host, colon, port = _text(value, "127.0.0.1:8025").strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    if not (host and colon and port.isascii() and port.isdigit() and int(port) < 2**16):
        raise ValueError(f'{quoted(value)} is no address and port (like "127.0.0.1:8025")')
    return Endpoint(host, int(port))


def _network(value: object) -> IPv4Network | IPv6Network:
    try:
        return ip_network(_text(value, "10.0.0.0/8").strip())
    except ValueError:
        raise ValueError(f'{quoted(value)} is no network (like "10.0.0.0/8")') from None


def _door(value: object) -> Endpoint | Path:
    text = _text(value, "/run/supportd/lmtp.sock").strip()
    return Path(text) if text.startswith("/") else _endpoint(text)


def _password_hash(value: object) -> SecretStr:
    from channels.smtp import is_password_hash  # a server; most have no logins

    text = value.strip() if isinstance(value, str) else ""
    if not is_password_hash(text):
        raise ValueError("is no password's hash; `supportd smtp-password` makes one")
    return SecretStr(text)


def _address(value: object) -> str:
    address = _text(value, "ana@b2bee.example").strip().lower()
    if not _ADDRESS.fullmatch(address):
        raise ValueError(f'{quoted(value)} is no e-mail address (like "ana@b2bee.example")')
    return address


def _domain(value: object) -> str:
    domain = _text(value, "adria.example").strip().lower()
    if not _DOMAIN.fullmatch(domain):
        raise ValueError(f'{quoted(value)} is no domain (like "adria.example")')
    return domain


def _chat(value: object) -> str:
    chat = _text(value, "slack:C0123ABC").strip()
    if not _CHAT.fullmatch(chat):
        raise ValueError(f'{quoted(value)} is no chat (like "slack:C0123ABC")')
    return chat


def _name(value: object) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(
            f"{quoted(value)} is no name: lower-case letters and digits, - between (like ana)"
        )
    return value


def _line(value: object) -> str:
    line = _text(value, "Ana Horvat").strip()
    if not line or not line.isprintable():
        raise ValueError(f'{quoted(value)} is no single line of text (like "Ana Horvat")')
    return line


def _language(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch("[a-z]{2}|sr-(Latn|Cyrl)", value):
        raise ValueError(f'{quoted(value)} is no language (like "hr", "sl", "de", "en")')
    return value


def _path(value: object) -> Path:
    path = _text(value, "var/mail")
    if not path.strip() or "\0" in path:
        raise ValueError(f'{quoted(value)} is no path (like "var/mail")')
    return Path(path)


def _decimal(value: object, most: int, example: str) -> Decimal:
    """A number of at most two decimals; one written without quotes is read as it is shown."""
    try:
        found = Decimal(str(value).strip())
        if 0 <= found <= most and found == round(found, 2) and not isinstance(value, bool):
            return found
    except InvalidOperation:
        pass
    raise ValueError(f"{quoted(value)} is none; 0 to {most}, two decimals at most (like {example})")


def _amount(value: object) -> Decimal:
    return round(_decimal(value, 1_000_000, '"85.00"'), 2)


def _currency(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch("[A-Z]{3}", value):
        raise ValueError(f'{quoted(value)} is no currency (like "EUR")')
    return value


def _public_url(value: object) -> str:
    url = _text(value, "https://support.b2bee.example").strip().rstrip("/")
    try:
        parts = urlsplit(url)
        local = parts.hostname in ("localhost", "127.0.0.1", "::1")
        usable = parts.scheme == "https" or (parts.scheme == "http" and local)
        usable &= bool(parts.hostname and parts.port != 0)
    except ValueError:
        usable = False
    if not usable or not re.fullmatch(r"https?://[\w.:\[\]-]+(?:/[\w.~-]+)*", url, re.ASCII):
        raise ValueError(
            f"{quoted(value)} is no https URL that customers reach us by (like"
            ' "https://support.b2bee.example"; http only on this machine)'
        )
    return url


def _heartbeat(value: object) -> str:
    url = _text(value, "https://hc.b2bee.example/ping/0a1b2c").strip()
    if not re.fullmatch(r"https?://[^\s/]+(?:/\S*)?", url):
        raise ValueError('is no URL to fetch (like "https://hc.b2bee.example/ping/0a1b2c")')
    return url


def _count(value: object, least: int) -> object:
    if isinstance(value, bool) or (isinstance(value, int) and value < least):
        raise ValueError(f"must be a whole number, {least} or more")
    return value


def parse_way(text: str) -> Way:
    """Read a way to reach somebody; ValueError does not show what was given."""
    text = text.strip()
    if text == "log":
        return Way("log", "")
    if text.startswith("mail:") and _ADDRESS.fullmatch(address := text[5:].strip().lower()):
        return Way("mail", address)
    if text.startswith("slack:") and _SLACK.fullmatch(text[6:]):
        return Way("slack", text[6:])
    kind, colon, address = text.partition(":")
    if kind == "matrix" and _MATRIX.fullmatch(address := address.strip()):
        return Way(kind, address)
    if colon and kind in ("command", "webhook"):
        return _hook(kind, address.strip())
    if _URL_SCHEME.fullmatch(text):
        return Way("apprise", text)
    raise ValueError(
        'is no way to reach a person: "mail:ana@b2bee.example", "slack:U0123ABC", "log", '
        'or an apprise URL (like "ntfy://topic"); not shown here, it may be secret'
    )


def _hook(kind: str, address: str) -> Way:
    from channels.hooks import is_command, is_webhook  # few have one

    if kind == "command" and not is_command(address):
        raise ValueError(
            "names no program by its absolute path (like"
            ' "command:/usr/local/bin/page --urgent"); not shown here, it may be secret'
        )
    if kind == "webhook" and not is_webhook(address):
        raise ValueError(
            "is no https URL with a secret of 16 characters behind # (like"
            ' "webhook:https://hooks.b2bee.example/page#0123456789abcdef"); not shown here'
        )
    return Way(kind, address)


def _way(value: object) -> SecretStr:
    parse_way(value if isinstance(value, str) else "")
    return SecretStr(str(value).strip())


def _calendar(value: object) -> SecretStr:
    text = value.strip() if isinstance(value, str) else ""
    if not text or not text.isprintable() or ("://" in text and not _CALENDAR.match(text)):
        raise ValueError(
            'is neither a path nor an https URL (like "/etc/supportd/on-call.ics"); not shown here,'
            " it may be secret"
        )
    return SecretStr(text)


def _content(value: object) -> str:
    path = _path(value)
    try:
        content = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ValueError(f'"{path}" cannot be read: {why}') from None
    if not content:
        raise ValueError(f'"{path}" is empty; the secret belongs there')
    return content


def _lines(value: object) -> list[str]:
    return [line for line in map(str.strip, _content(value).splitlines()) if line]


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Days = Annotated[int, BeforeValidator(_days)]
Turn = Annotated[timedelta, BeforeValidator(_turn)]
TimeOfDay = Annotated[timedelta, BeforeValidator(_time_of_day)]
Size = Annotated[int, BeforeValidator(_size)]
Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
LocalTime = Annotated[datetime, BeforeValidator(_local_time)]
StartFrom = Annotated[date | Literal["first-connection"], BeforeValidator(_start_from)]
OwnDay = Annotated[date | YearlyDay, BeforeValidator(_own_day)]
Listen = Annotated[Endpoint, BeforeValidator(_endpoint)]
Door = Annotated[Endpoint | Path, BeforeValidator(_door)]
"""A port, or a Unix socket by its absolute path."""
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]
PasswordHash = Annotated[SecretStr, BeforeValidator(_password_hash)]
Address = Annotated[str, BeforeValidator(_address)]
Domain = Annotated[str, BeforeValidator(_domain)]
Chat = Annotated[str, BeforeValidator(_chat)]
Name = Annotated[str, BeforeValidator(_name)]
Line = Annotated[str, BeforeValidator(_line)]
Language = Annotated[str, BeforeValidator(_language)]
WrittenPath = Annotated[Path, BeforeValidator(_path)]
Amount = Annotated[Decimal, BeforeValidator(_amount)]
"""Of money: two decimals."""
Percent = Annotated[Decimal, BeforeValidator(partial(_decimal, most=100, example="10"))]
Currency = Annotated[str, BeforeValidator(_currency)]
Heartbeat = Annotated[SecretStr, BeforeValidator(_heartbeat)]
"""Whoever knows it can beat in our place."""
PublicUrl = Annotated[str, BeforeValidator(_public_url)]
"""Without a slash at its end."""
Count = Annotated[int, BeforeValidator(partial(_count, least=0))]
Positive = Annotated[int, BeforeValidator(partial(_count, least=1))]
SecretWay = Annotated[SecretStr, BeforeValidator(_way)]
CalendarSource = Annotated[SecretStr, BeforeValidator(_calendar)]
"""Where a calendar is: a path or a URL."""
SecretFile = Annotated[SecretStr, BeforeValidator(_content)]
"""Written as a path, kept as what the file holds."""
WaysFile = Annotated[tuple[SecretWay, ...], BeforeValidator(_lines)]
