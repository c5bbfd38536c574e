"""The single values of a contract: text in, checked value out; see `config.values`."""

import re
from typing import Annotated

from pydantic import BeforeValidator

from daemon.config.public_holidays import fault_of
from daemon.config.values import quoted
from rules.model import Channel, Extra, Severity

_PHONE = re.compile(r"\+[1-9]\d{6,14}")
"""E.164."""
_NUMBER = re.compile(r"(?=.*\d)[\w/ -]{4,30}")
"""Shorter ones stand in any letter."""
_BETWEEN_DIGITS = re.compile(r"[\s()/.-]+")


def phone_number(text: str) -> str:
    """A telephone number with its country, bare: `+385912345678`; raises ValueError."""
    bare = re.sub(r"^00", "+", _BETWEEN_DIGITS.sub("", text))
    if not _PHONE.fullmatch(bare):
        raise ValueError(f'{quoted(text)} is no number with its country (like "+385 91 234 5678")')
    return bare


def _phone(value: object) -> str:
    return phone_number(value if isinstance(value, str) else str(value))


def _extra(value: object) -> Extra:
    channel, _, severity = str(value).strip().lower().partition(" for ")
    if channel not in list(Channel) or severity not in list(Severity):
        raise ValueError(f'{quoted(value)} is no extra (like "phone for significant")')
    return Extra(Channel(channel), Severity(severity))


def _number(value: object) -> str:
    number = " ".join(str(value).split())
    if not _NUMBER.fullmatch(number):
        raise ValueError(
            f"{quoted(value)} is no customer number: 4 to 30 letters, digits, - and /, one digit"
            ' at least (like "K-104")'
        )
    return number


def _place(value: object) -> str:
    place = str(value).strip()
    if fault := fault_of(place):
        raise ValueError(fault)
    return place


CustomerNumber = Annotated[str, BeforeValidator(_number)]
Phone = Annotated[str, BeforeValidator(_phone)]
ExtraWritten = Annotated[Extra, BeforeValidator(_extra)]
HolidayPlace = Annotated[str, BeforeValidator(_place)]
