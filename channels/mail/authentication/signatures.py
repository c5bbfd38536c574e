"""Whether a message is as a domain signed it (DKIM, RFC 6376; ARC, RFC 8617), by dkimpy.

dkimpy trusts its input more than ours deserves: see `is_tame`.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass

import dkim
from dkim.util import InvalidTagValueList, parse_tag_value

from channels.mail.authentication.dns import Inquiry, Silent
from channels.mail.authentication.domains import domain_of
from channels.mail.authentication.headers import Field
from channels.mail.authentication.results import dmarc_of

_MOST_SIGNATURES = 5
_MOST_SEALS = 10
_LONGEST_SIGNATURE = 8 * 1024
_LONGEST_BLANK = 1_000
"""In a body; the library's pattern for blanks at the ends of lines takes the square of it."""
_LONGEST_FOLD = 200
_LONGEST_KEY = 1_000
"""Characters of a key's record: 4096 bits have 740, and Python's pow stops for nobody."""
_BLANKS = bytes.maketrans(b"\t", b" ")
_SIGNED = ("dkim-signature", "arc-seal", "arc-message-signature", "arc-authentication-results")

_QUIET = logging.Logger("dkim")
_QUIET.addHandler(logging.NullHandler())


@dataclass(frozen=True)
class SignatureResult:
    """One signature's check."""

    domain: str
    valid: bool
    whole: bool = True
    """Whether all of the body is signed: with `l=`, anything may have been added."""


def is_tame(content: bytes, fields: list[Field]) -> bool:
    """Whether the library will be done with it soon, whoever wrote it."""
    if b" " * _LONGEST_BLANK in content.translate(_BLANKS):
        return False
    values = [value for name, value in fields if name in _SIGNED]
    return all(
        len(value) <= _LONGEST_SIGNATURE and not re.search(rf"\s{{{_LONGEST_FOLD}}}", value)
        for value in values
    )


def check_signatures(
    content: bytes, fields: list[Field], inquiry: Inquiry, wanted: Callable[[str], bool]
) -> list[SignatureResult]:
    """The signatures of the wanted domains, checked; never raises.

    A key that the DNS keeps silent about is told by `inquiry.was_silent`.
    """
    values = [value for name, value in fields if name == "dkim-signature"]
    found: list[SignatureResult] = []
    for index, value in enumerate(values):
        tags = _tags(value)
        domain = domain_of(tags.get("d", ""))
        if not wanted(domain) or len(found) == _MOST_SIGNATURES:
            continue
        signs_author = "from" in re.split(r"\s*:\s*", tags.get("h", "").strip().lower())
        sound = signs_author and tags.get("a") == "rsa-sha256"
        valid = sound and _is_valid(content, index, inquiry)
        found.append(SignatureResult(domain, valid, whole="l" not in tags))
    return found


def _is_valid(content: bytes, index: int, inquiry: Inquiry) -> bool:
    try:
        return bool(dkim.DKIM(content, logger=_QUIET).verify(index, dnsfunc=_keys(inquiry)))
    except Exception:  # whatever a hostile signature finds in the library
        return False


def _keys(inquiry: Inquiry) -> Callable[..., bytes | None]:
    """Public keys as the library asks for them; one in test mode is as good as none (3.6.1)."""

    def key(name: bytes, timeout: float = 0) -> bytes | None:
        try:
            records = inquiry.ask(name.decode("ascii"), "TXT")
        except (Silent, UnicodeError):
            return None
        record: bytes = records[0] if records else b""
        flags = _tags(record.decode("ascii", "replace")).get("t", "").split(":")
        return None if len(record) > _LONGEST_KEY or "y" in flags else record

    return key


def _tags(value: str) -> dict[str, str]:
    try:
        tags = parse_tag_value(value.encode())
    except (InvalidTagValueList, ValueError):
        return {}
    return {name.decode(): tag.decode() for name, tag in tags.items()}


def vouching_sealer(
    content: bytes, fields: list[Field], inquiry: Inquiry, domain: str, trusted: frozenset[str]
) -> str:
    """The trusted sealer that saw the author's domain pass DMARC before the mail was changed.

    Empty if there is none. Every seal from that one on must be a trusted sealer's: anybody may
    change all of a message and seal it anew, and the earlier seals stay valid (RFC 8617, 9).
    """
    seals = [value for name, value in fields if name == "arc-seal"]
    if not trusted or not 0 < len(seals) <= _MOST_SEALS:
        return ""
    if not any(domain_of(_tags(seal).get("d", "")) in trusted for seal in seals):
        return ""
    try:
        valid, sets, _ = dkim.ARC(content, logger=_QUIET).verify(dnsfunc=_keys(inquiry))
    except Exception:  # whatever a hostile chain finds in the library
        return ""
    if valid != dkim.CV_Pass:
        return ""
    for sealed in sets:  # the newest first
        sealer = domain_of(sealed["as-domain"].decode("ascii", "replace"))
        if sealer not in trusted:
            return ""
        seen = re.sub(r"^\s*i\s*=\s*\d+\s*;", "", sealed["aar-value"].decode("utf-8", "replace"))
        if dmarc_of(seen, domain) == "pass":
            return sealer
    return ""
