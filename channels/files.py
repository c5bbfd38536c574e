"""Mail out into a directory: a file each, for another program to send or a person to read."""

import asyncio
import hashlib
import os
import re
from pathlib import Path

from channels.base import Absent, Clock, DeliveryError, Failure, Sent
from channels.mail.compose import compose
from rules.model import Notice


class MailFiles:
    """An outbound for mail that writes `<notice id>.eml`, durable once `send` returns."""

    name = "mail"

    def __init__(self, directory: Path, clock: Clock) -> None:
        """The directory is made when it is needed; `clock` dates the mails."""
        self._directory = directory
        self._clock = clock

    async def send(self, notice: Notice) -> Sent:
        """Write the mail; again under the same id replaces it with the same."""
        try:
            content = compose(notice, self._clock()).content
        except ValueError as error:
            raise DeliveryError(Failure.PERMANENT, str(error)) from None
        name = _file_name(notice.id)
        try:
            await asyncio.to_thread(_write_durably, self._directory, name, content)
        except OSError as error:
            reason = f"{self._directory}: {error.strerror or 'cannot be written'}"
            raise DeliveryError(Failure.TEMPORARY, reason) from None
        return Sent(name)

    async def find(self, notice: Notice) -> Sent | Absent:
        """Whether the file is there."""
        name = _file_name(notice.id)
        return Sent(name) if (self._directory / name).exists() else Absent()


def _file_name(notice_id: str) -> str:
    """The id itself if it can be a file's name, else one made from it: never a path."""
    if re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}", notice_id, re.ASCII):
        return f"{notice_id}.eml"
    readable = re.sub(r"[^A-Za-z0-9]+", "-", notice_id)[:60].strip("-")
    digest = hashlib.sha256(notice_id.encode("utf-8", "replace")).hexdigest()[:16]
    return f"{readable}~{digest}.eml"


def _write_durably(directory: Path, name: str, content: bytes) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    unfinished = directory / f".{name}.tmp"
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(directory / name)
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)  # else the name, not the content, may be lost with the power
    finally:
        os.close(descriptor)
