"""What the standard library's message parts hold, asked so that nothing raises."""

import binascii
import quopri
import re
from collections.abc import Callable
from email.generator import BytesGenerator
from email.message import Message as Parsed
from email.policy import compat32
from io import BytesIO

from channels.mail.charsets import decode, decode_header, salvage_base64


def raw_headers(part: Parsed) -> list[tuple[str, str]]:
    """Names and values as they came, bytes beyond ASCII as surrogates."""
    return [(str(name), str(value)) for name, value in part.raw_items()]


def raw_header(part: Parsed, wanted: str) -> str:
    """The first value of a header; empty if it is not there."""
    return next((v for name, v in raw_headers(part) if name.strip().lower() == wanted), "")


def parameter(part: Parsed, name: str, header: str = "content-type") -> str:
    """A header's parameter, RFC 2231 and encoded words read; empty if it is not there."""
    try:
        value = part.get_param(name, "", header=header)
    except Exception:  # broken RFC 2231 sections
        found = re.search(rf'{name}\*?\d*\*?="?([^";]*)', raw_header(part, header), re.IGNORECASE)
        return decode_header(found[1]) if found else ""
    if isinstance(value, tuple):
        return decode(value[2].encode("raw-unicode-escape", "surrogateescape"), value[0] or "")
    return decode_header(str(value))


def name_of(part: Parsed) -> str:
    """The file name, without a path; empty if none is given."""
    name = parameter(part, "filename", "content-disposition") or parameter(part, "name")
    return re.split(r"[/\\]", re.sub(r"\s+", " ", name).strip())[-1]


def content_of(
    part: Parsed, problems: list[str], restore: Callable[[bytes], bytes] = bytes
) -> bytes:
    """The decoded bytes; what is broken is salvaged as far as it goes, and said.

    `restore` puts back what was taken out before the message was parsed.
    """
    payload = part.get_payload()
    if isinstance(payload, list):
        return restore(_flattened([child for child in payload if isinstance(child, Parsed)]))
    encoding = raw_header(part, "content-transfer-encoding").strip().strip("\"';").lower()
    del part["content-transfer-encoding"]  # else the library decodes, and guesses
    raw = part.get_payload(decode=True)
    data = restore(raw if isinstance(raw, bytes) else b"")
    if encoding == "base64":
        return _base64(data, problems)
    if encoding == "quoted-printable":
        return quopri.decodestring(data)
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return _uudecoded(data, problems)
    if encoding not in ("", "7bit", "8bit", "binary"):
        problems.append("a part in an unknown transfer encoding")
    return data


def _base64(data: bytes, problems: list[str]) -> bytes:
    compact = data.translate(None, b"\r\n \t")
    try:
        return binascii.a2b_base64(compact, strict_mode=True)
    except binascii.Error:
        problems.append("a part in broken base64")
        return salvage_base64(compact.split(b"=")[0])


def _uudecoded(data: bytes, problems: list[str]) -> bytes:
    out = bytearray()
    for line in BytesIO(data):
        if line.startswith((b"begin ", b"end", b"`")) or not line.strip():
            continue
        try:
            out += binascii.a2b_uu(line)
        except binascii.Error:
            problems.append("a part in broken uuencode")
    return bytes(out)


def _flattened(children: list[Parsed]) -> bytes:
    """An enclosed message as bytes, near to how it came."""
    out = BytesIO()
    for child in children:
        try:
            BytesGenerator(out, mangle_from_=False, maxheaderlen=0, policy=compat32).flatten(child)
        except Exception:  # a header or charset that cannot be written again
            out.write(str(child.get_payload()).encode("utf-8", "replace"))
    return out.getvalue()
