"""Amazon SES tells of bounces and complaints in JSON, by way of SNS."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_BEGINNING = re.compile(r'\s*\{\s*"(?:notificationType|eventType|Type)"')
_LONGEST = 131_072


@dataclass(frozen=True)
class Notification:
    """What is told: `bounce`, `complaint`, `delivery`, ...; about whom."""

    kind: str
    recipients: tuple[str, ...]
    statuses: tuple[str, ...]
    message_id: str
    """Of the mail it is about, as its sender wrote it; empty if that is not told."""


def read(text: str) -> Notification | None:
    """The notification that a text is; None if it is something else."""
    if not _BEGINNING.match(text):
        return None
    try:
        # SNS puts a farewell below; mail programs break the one long line
        told, _ = json.JSONDecoder(strict=False).raw_decode(
            text[:_LONGEST].replace("\n", "").strip()
        )
        if isinstance(told.get("Message"), str):
            told = json.loads(told["Message"])
        return _read(told)
    except (ValueError, AttributeError, TypeError, RecursionError):
        return None


def _read(told: Mapping[str, Any]) -> Notification | None:
    kind = str(told.get("notificationType") or told.get("eventType") or "").lower()
    if not kind:
        return None
    about = told.get(kind, {})
    recipients = [
        each
        for name in ("bouncedRecipients", "complainedRecipients")
        for each in about.get(name, ())
    ]
    headers = told.get("mail", {}).get("commonHeaders", {})
    return Notification(
        kind,
        tuple(str(each.get("emailAddress", "")) for each in recipients),
        tuple(str(each["status"]) for each in recipients if each.get("status")),
        str(headers.get("messageId", "")).strip("<> "),
    )
