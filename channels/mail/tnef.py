"""Outlook's `winmail.dat` (MS-OXTNEF): the files inside, and the letter where it is only there.

The libraries for it copy the rest of the file at each of its records; a small hostile one takes
them minutes.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from channels.mail.charsets import decode

_SIGNATURE = 0x223E9F78
_NEW_FILE, _FILE_NAME, _FILE_DATA = 0x9002, 0x8010, 0x800F
_FILE_PROPERTIES, _PROPERTIES, _BODY = 0x9005, 0x9003, 0x800C
_LONG_NAME, _MIME_TYPE, _TEXT, _HTML = 0x3707, 0x370E, 0x1000, 0x1013
_FIXED = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
"""Bytes of a value, by its type (MS-OXCDATA, 2.11.1)."""
_STRING, _UNICODE, _BINARY, _OBJECT = 0x1E, 0x1F, 0x102, 0x0D
_MOST = 1_000
"""Files, and properties of each."""


@dataclass
class File:
    """One that was packed."""

    name: str = ""
    content_type: str = ""
    content: bytes = b""


@dataclass
class Unpacked:
    """What was inside."""

    files: list[File]
    text: str = ""
    html: bytes = b""


def unpack(data: bytes) -> Unpacked | None:
    """Everything inside; None if it is not in this form, or broken."""
    try:
        if struct.unpack_from("<I", data)[0] != _SIGNATURE:
            return None
        return _unpack(data)
    except (struct.error, ValueError):
        return None


def _unpack(data: bytes) -> Unpacked:
    found = Unpacked([])
    for kind, value in _records(data):
        if kind == _NEW_FILE and len(found.files) < _MOST:
            found.files.append(File())
        elif kind == _BODY:
            found.text = decode(value).strip("\0")
        elif kind == _PROPERTIES:
            for property, told in _properties(value):
                if property == _TEXT:
                    found.text = _string(told)
                elif property == _HTML:
                    found.html = told
        elif found.files:
            _read_file(found.files[-1], kind, value)
    return found


def _read_file(file: File, kind: int, value: bytes) -> None:
    if kind == _FILE_NAME:
        file.name = file.name or decode(value).strip("\0")
    elif kind == _FILE_DATA:
        file.content = value
    elif kind == _FILE_PROPERTIES:
        for property, told in _properties(value):
            if property == _LONG_NAME:
                file.name = _string(told)
            elif property == _MIME_TYPE:
                file.content_type = _string(told)


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Level, kind, type, length, data, checksum; one after the other."""
    at = 6
    while at + 9 <= len(data):
        kind, length = struct.unpack_from("<HxxI", data, at + 1)
        yield kind, data[at + 9 : at + 9 + length]
        at += 9 + length + 2


def _properties(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Those of one value, with what their text or bytes are; strings with two bytes a letter."""
    count, at = struct.unpack_from("<I", data)[0], 4
    for _ in range(min(count, _MOST)):
        kind, property = struct.unpack_from("<HH", data, at)
        at += 4
        if property >= 0x8000:
            at = _after_name(data, at)
        values = 1
        if kind & 0x1000 or kind in (_STRING, _UNICODE, _BINARY, _OBJECT):
            values, at = struct.unpack_from("<I", data, at)[0], at + 4
        if values > _MOST:
            return
        for _ in range(values):
            value, at = _value(data, at, kind & 0xFFF)
            yield property, value


def _after_name(data: bytes, at: int) -> int:
    """A named property's name: a GUID, then a number or a string."""
    is_string, length = struct.unpack_from("<II", data, at + 16)
    return at + 24 + (_padded(length) if is_string else 0)


def _value(data: bytes, at: int, kind: int) -> tuple[bytes, int]:
    if kind in _FIXED:
        return b"", at + _FIXED[kind]
    if kind not in (_STRING, _UNICODE, _BINARY, _OBJECT):
        raise ValueError(f"property type {kind:#x}")
    length = struct.unpack_from("<I", data, at)[0]
    value = data[at + 4 : at + 4 + length]
    text = value.decode("utf-16-le", "replace").encode() if kind == _UNICODE else value
    return text, at + 4 + _padded(length)


def _padded(length: int) -> int:
    return (length + 3) & ~3


def _string(value: bytes) -> str:
    return decode(value).strip("\0")
