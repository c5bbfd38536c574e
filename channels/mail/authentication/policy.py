"""What a domain wants done with mail in its name that it does not vouch for (DMARC, RFC 7489)."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from channels.mail.authentication.dns import Inquiry
from channels.mail.authentication.domains import organisation_of

_ACTIONS = ("none", "quarantine", "reject")


@dataclass(frozen=True)
class DmarcPolicy:
    """A published policy, as it holds for one author's domain."""

    domain: str
    """Where it was found: the author's, or its organisation's."""
    action: str
    """`none`, `quarantine` or `reject`."""
    percent: int
    """Of failing mail to which the action applies; to the rest the next lighter one."""
    strict_spf: bool
    strict_dkim: bool

    def action_for(self, content: bytes) -> str:
        """The action, by the lot: a message always draws the same."""
        lot = int.from_bytes(hashlib.sha256(content).digest()[:4]) % 100
        lighter = max(_ACTIONS.index(self.action) - 1, 0)
        return self.action if lot < self.percent else _ACTIONS[lighter]


def find_policy(domain: str, inquiry: Inquiry) -> DmarcPolicy | None:
    """The policy for mail from a domain, None if it has none; raises Silent."""
    tags = _published(domain, inquiry)
    if tags is not None:
        return _policy(domain, tags, tags.get("p", ""))
    organisation = organisation_of(domain)
    if organisation == domain:
        return None
    tags = _published(organisation, inquiry)
    if tags is None:
        return None
    action = tags.get("sp", tags.get("p", ""))
    if "np" in tags and not _exists(domain, inquiry):  # RFC 9091, 3.2
        action = tags["np"]
    return _policy(organisation, tags, action)


def _published(domain: str, inquiry: Inquiry) -> Mapping[str, str] | None:
    texts = [text.decode("utf-8", "replace") for text in inquiry.ask(f"_dmarc.{domain}", "TXT")]
    records = [tags for text in texts if (tags := _tags(text)).get("v") == "DMARC1"]
    return records[0] if len(records) == 1 else None  # several are none (6.6.3)


def _tags(text: str) -> dict[str, str]:
    """Of a record; without `v` unless that comes first (6.3)."""
    pairs = [piece.partition("=") for piece in text.split(";")]
    tags = {name.strip().lower(): value.strip() for name, _, value in reversed(pairs)}
    if pairs[0][0].strip() != "v":
        tags.pop("v", None)
    return tags


def _policy(domain: str, tags: Mapping[str, str], action: str) -> DmarcPolicy | None:
    action = action.lower()
    if action not in _ACTIONS:
        if not tags.get("rua"):
            return None
        action = "none"  # somebody wants reports at least (6.6.3)
    percent = re.fullmatch(r"[0-9]{1,3}", tags.get("pct", ""))
    testing = tags.get("t", "").lower() == "y"
    return DmarcPolicy(
        domain=domain,
        action=action,
        percent=0 if testing else min(int(percent[0]), 100) if percent else 100,
        strict_spf=tags.get("aspf", "").lower() == "s",
        strict_dkim=tags.get("adkim", "").lower() == "s",
    )


def _exists(domain: str, inquiry: Inquiry) -> bool:
    return any(inquiry.ask(domain, kind) for kind in ("A", "AAAA", "MX"))
