"""Bytes to text: what senders declare, what they mean, and encoded words (RFC 2047)."""

import binascii
import codecs
import re
import string

_MEANT = {  # what mailers say, and the larger set they use (as browsers read it)
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "tis-620": "cp874",
}
_MISNAMED = {
    "unicode-1-1-utf-7": "utf-7",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "x-sjis": "cp932",
    "x-gbk": "gb18030",
    "x-unknown": "",
    "utf8mb4": "utf-8",
}
_HARMFUL = {"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined"}
_NOT_ASCII_BASED = re.compile(r"utf-(7|16|32)|iso2022|hz")

ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_UNREADABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\ud800-\udfff]")
_NOT_BASE64 = bytes(set(range(256)) - set((string.ascii_letters + string.digits + "+/").encode()))


def codec_of(declared: str) -> str:
    """Python's name of the declared charset; empty if it is unknown, plain ASCII or unfit."""
    name = declared.strip("\"' \t").lower().split("*")[0]
    try:
        codec = codecs.lookup(_MISNAMED.get(name, name)).name
        "".encode(codec)
    except (LookupError, ValueError, UnicodeError):
        if match := re.fullmatch(r"(?:windows|cp|x-cp)[-_]?(\d{3,5})", name):
            return codec_of(f"cp{match[1]}") if name != f"cp{match[1]}" else ""
        return ""
    codec = _MEANT.get(codec, codec)
    return "" if codec in _HARMFUL or codec == "ascii" else codec


def decode(data: bytes, declared: str = "") -> str:
    """The text that was meant; never fails.

    Valid UTF-8 is UTF-8 whatever is declared, then comes the declaration, then what senders in
    our region use undeclared (windows-1250), then latin-1.
    """
    codec = codec_of(declared)
    if codec and _NOT_ASCII_BASED.match(codec):
        return clean(data.decode(codec, "replace"))
    try:
        return clean(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        pass
    if codec == "utf-8" and (text := _mostly_utf8(data)):
        return clean(text)
    for name in (codec, "cp1250"):
        try:
            if name and name != "utf-8":
                return clean(data.decode(name))
        except UnicodeError:
            continue
    fallback = codec if codec not in ("", "utf-8") else "latin-1"
    return clean(data.decode(fallback, "replace"))


def _mostly_utf8(data: bytes) -> str:
    text = data.decode("utf-8", "replace")
    broken, beyond_ascii = text.count("�"), sum(1 for byte in data if byte > 127)
    return text if broken * 4 <= beyond_ascii else ""


def clean(text: str) -> str:
    """Without what no database or terminal wants: NUL, controls, lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNREADABLE.sub(lambda m: "�" if m[0] >= "\ud800" else "", text)


def decode_header(raw: str) -> str:
    """A header's value in one line, with its encoded words read.

    `raw` is as the standard library's parser gives it: bytes beyond ASCII as surrogates.
    """
    line = decode(raw.encode("utf-8", "surrogateescape")) if not raw.isascii() else raw
    line = re.sub(r"[\r\n]+", "", line) if "\n" in line or "\r" in line else line
    return clean(_decode_words(line) if "=?" in line else line).replace("\n", " ").strip()


def _decode_words(line: str) -> str:
    """Adjacent words of one charset are joined as bytes: mailers cut characters in two."""
    out: list[str] = []
    pending, charset, end = b"", "", 0
    for match in ENCODED_WORD.finditer(line):
        between = line[end : match.start()]
        if between.strip() or not end or match[1].lower() != charset:
            out.append(decode(pending, charset) if pending else "")
            pending = b""
            if between.strip() or not end:
                out.append(between)
        charset, end = match[1].lower(), match.end()
        pending += _word_bytes(match[2], match[3])
    out.append(decode(pending, charset) if pending else "")
    return "".join(out) + line[end:]


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "surrogateescape")
    if encoding in "bB":
        return salvage_base64(data)
    data = data.replace(b"_", b" ")
    return re.sub(rb"=([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), data)


def salvage_base64(data: bytes) -> bytes:
    """What can be read of it: foreign characters skipped, a broken end left out."""
    data = data.translate(None, _NOT_BASE64)
    if len(data) % 4 == 1:
        data = data[:-1]
    try:
        return binascii.a2b_base64(data + b"=" * (-len(data) % 4))
    except binascii.Error:
        return b""
