"""Mail in files: mbox, Maildir, .eml."""

import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_FROM = re.compile(rb"From \S+.*\d\d:\d\d.*\d{4}")
"""The line before a message in an mbox (RFC 4155): an address, and a date as asctime writes it."""
_BEFORE_FROM = b"\xef\xbb\xbf \t\r\n"
"""A byte order mark and empty lines, where a program put any."""
_LONGEST_TOP = 4096
_QUOTED_FROM = re.compile(rb">+From ")


@dataclass(frozen=True)
class Source:
    """A file with a message, or with many."""

    path: Path
    size: int
    """Bytes."""


@dataclass(frozen=True)
class Found:
    """A message as it was in the file, without what the file's form put to it."""

    content: bytes
    modified_at: datetime
    """When the file was written last, aware UTC."""
    size: int
    """Bytes of the file that it took."""


def sources(path: Path, unreadable: list[str]) -> list[Source]:
    """What is to be read: the file itself, a Maildir's own files, or all .eml files below a folder.

    A Maildir's further folders (`.Sent` and their like) are not read unless they are named, and
    links to folders are not followed. Of what is there and cannot be read a line is added to
    `unreadable`. Raises OSError if nothing is there.
    """
    path.stat()
    if (path / "cur").is_dir() and (path / "new").is_dir():
        files = [f for part in ("cur", "new") for f in sorted((path / part).iterdir())]
        found = [f for f in files if not f.name.startswith(".")]
    elif path.is_dir():
        found = list(_letters_below(path, unreadable))
        if not found:
            unreadable.append(f"{path}: neither a Maildir nor a folder with .eml files")
    else:
        found = [path]
    return [source for file in found if (source := _source(file, unreadable))]


def _letters_below(path: Path, unreadable: list[str]) -> Iterator[Path]:
    def shut(error: OSError) -> None:
        unreadable.append(f"{error.filename}: {error.strerror}")

    for folder, below, files in os.walk(path, onerror=shut):
        below.sort()
        yield from (Path(folder, name) for name in sorted(files) if name.lower().endswith(".eml"))


def _source(file: Path, unreadable: list[str]) -> Source | None:
    try:
        told = file.stat()
    except OSError as error:
        unreadable.append(f"{file}: {error.strerror}")
        return None
    return Source(file, told.st_size) if stat.S_ISREG(told.st_mode) else None


def read_all(sources: Iterable[Source], unreadable: list[str]) -> Iterator[Found]:
    """Every message; of a file that cannot be read a line is added to `unreadable`."""
    for source in sources:
        try:
            yield from _read(source.path)
        except OSError as error:
            unreadable.append(f"{source.path}: {error.strerror}")


def _read(path: Path) -> Iterator[Found]:
    modified_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    with path.open("rb") as file:
        top = file.read(_LONGEST_TOP)
        below = top.lstrip(_BEFORE_FROM)
        if _FROM.match(below):
            file.seek(len(top) - len(below))
            for lines, size in _split(file):
                yield Found(b"".join(lines), modified_at, size)
        else:
            file.seek(0)
            content = file.read()
            yield Found(content, modified_at, len(content))


def _split(file: Iterable[bytes]) -> Iterator[tuple[list[bytes], int]]:
    """At lines that begin a message: only after an empty line, or a letter's "From " would do."""
    lines: list[bytes] = []
    size, blank = 0, True
    for line in file:
        if blank and _FROM.match(line):
            if lines:
                yield _without_last_blank(lines), size
            lines, size = [], 0
        else:
            lines.append(line[1:] if _QUOTED_FROM.match(line) else line)
        size += len(line)
        blank = not line.strip(b"\r\n")
    if lines:
        yield _without_last_blank(lines), size


def _without_last_blank(lines: list[bytes]) -> list[bytes]:
    """The form has one after each message."""
    return lines[:-1] if len(lines) > 1 and not lines[-1].strip(b"\r\n") else lines
