"""Bytes to text: what senders declare, what they mean, and encoded words (RFC 2047)."""

import binascii
import codecs
import re
import string

from charset_normalizer import from_bytes

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
_LIKELY = [
    "cp1250", "cp1251", "cp1252", "cp1254", "iso8859_5", "koi8_r",
    "cp932", "euc_jp", "gb18030", "cp949",
]  # fmt: skip
_SAMPLE = 4_096
_TELLING = 40
"""Bytes."""
_ASCII = bytes(range(128))
_ISO_8859_2 = re.compile(rb"[A-Za-z][\xb9\xbe]|[\xb9\xbe][a-z]|\b[\xa9\xae][a-z]")
"""Its š and ž beside letters: in windows-1250 other letters are there."""
_C1 = re.compile(rb"[\x80-\x9f]")
"""Controls in ISO 8859, letters in windows-1250."""
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

    Valid UTF-8 is UTF-8 whatever is declared, then comes the declaration, then what the bytes
    look like, then latin-1.
    """
    codec = codec_of(declared)
    if codec.startswith("iso2022_jp") and not data.isascii():
        codec = "cp932"  # what is declared has seven bits
    if codec and _NOT_ASCII_BASED.match(codec):
        return clean(data.decode(codec, "replace"))
    try:
        return clean(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        pass
    if codec == "utf-8" and (text := _mostly_utf8(data)):
        return clean(text)
    for name in (codec if codec != "utf-8" else "", _looks_like(data), "cp1250"):
        try:
            if name:
                return clean(data.decode(name))
        except UnicodeError:
            continue
    fallback = codec if codec not in ("", "utf-8") else "latin-1"
    return clean(data.decode(fallback, "replace"))


def _looks_like(data: bytes) -> str:
    """The charset of undeclared text: of what is written where our customers are.

    Too little text tells nothing: there it is windows-1250, or the standard that it was made from.
    """
    sample = data[:_SAMPLE]
    foreign = len(sample.translate(None, _ASCII))
    if foreign * 3 < len(sample) and _ISO_8859_2.search(sample) and not _C1.search(sample):
        return "iso8859-2"
    if len(sample) < _TELLING and foreign * 2 < len(sample):
        return "cp1250"
    best = from_bytes(sample, cp_isolation=_LIKELY).best()
    return best.encoding if best else ""


def _mostly_utf8(data: bytes) -> str:
    text = data.decode("utf-8", "replace")
    broken, beyond_ascii = text.count("�"), sum(1 for byte in data if byte > 127)
    return text if broken * 4 <= beyond_ascii else ""


def clean(text: str) -> str:
    """Without what no database or terminal wants: NUL, controls, lone surrogates."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _UNREADABLE.sub(lambda m: "�" if m[0] >= "\ud800" else "", text)


def decode_header(raw: str, charset: str = "") -> str:
    """A header's value in one line, with its encoded words read.

    `raw` is as the standard library's parser gives it: bytes beyond ASCII as surrogates. Those are
    in no charset by the book; most who write them use the one their body declares.
    """
    line = decode(raw.encode("utf-8", "surrogateescape"), charset) if not raw.isascii() else raw
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
