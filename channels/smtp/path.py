"""Addresses in MAIL and RCPT, as they are written (RFC 5321, 4.1.2)."""

import re

from channels.mail.charsets import clean

_PATH = re.compile(
    r"""(?:
        <(?:@[^:<>]*:)?          # a source route is read and left (RFC 5321, appendix C)
        (?P<inside>(?:"(?:[^"\\]|\\.)*"|[^<>"])*)>
        |(?P<bare>[^\s<>]+)      # some leave the brackets out
    )(?:[ ]+(?P<parameters>[ -~]*))?""",
    re.VERBOSE,
)
_LONGEST = 320
"""Characters: 64 before the @ and 255 after it."""


def read_path(text: str) -> tuple[str, str] | None:
    """The address and the parameters behind it; None if it is malformed. `<>` stays as it is."""
    match = _PATH.fullmatch(text)
    if match is None:
        return None
    address = match["bare"] or match["inside"] or "<>"
    return (address, match["parameters"] or "") if _is_readable(address) else None


def _is_readable(address: str) -> bool:
    """Whether it can be written down: no controls, no bytes that are no UTF-8, not endless."""
    return (
        clean(address) == address
        and address.isprintable()
        and len(address) <= _LONGEST
        and ('"' in address or " " not in address)
    )
