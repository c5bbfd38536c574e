"""Addresses of ours: accounts, signed reply addresses, message ids.

A signature proves that we gave the address out; it says nothing about who uses it.
"""

import base64
import hmac
import re
from collections.abc import Mapping

from channels.signing import digest
from rules.model import Account, ReplyAddress, ReplyPurpose

_SIGNED = re.compile(rf"({'|'.join(ReplyPurpose)})-([1-9][0-9]{{0,17}})-([a-z2-7]{{16}})", re.ASCII)
_LONGEST_LOCAL_PART = 64
"""Characters (RFC 5321, 4.5.3.1.1)."""


def reply_address(account_address: str, purpose: ReplyPurpose, request_id: int, key: bytes) -> str:
    """The address under the account to which mail about the request goes, for one purpose.

    It survives case folding on the way. Raises ValueError if the account's own local part leaves
    no room for it (RFC 5321: 64 characters).
    """
    local, _, domain = account_address.lower().rpartition("@")
    signature = _sign(key, "reply", f"{local}@{domain}", purpose, str(request_id))
    signed = f"{local}+{purpose}-{request_id}-{signature}"
    if len(signed) > _LONGEST_LOCAL_PART:
        raise ValueError(
            f"{account_address}: the part before @ is too long for reply addresses under it; "
            f"{_LONGEST_LOCAL_PART - len(signed) + len(local)} characters would fit"
        )
    return f"{signed}@{domain}"


def read_reply_address(address: str, account_address: str, key: bytes) -> ReplyAddress | None:
    """What one of the account's reply addresses is for; None if its signature is not ours."""
    local, _, domain = account_address.lower().rpartition("@")
    given, _, given_domain = address.lower().rpartition("@")
    signed = given.removeprefix(f"{local}+")
    match = _SIGNED.fullmatch(signed) if given_domain == domain and signed != given else None
    if match is None:
        return None
    purpose, request_id, signature = match.groups()
    right = _sign(key, "reply", f"{local}@{domain}", purpose, request_id)
    if not hmac.compare_digest(right, signature):
        return None
    return ReplyAddress(ReplyPurpose(purpose), int(request_id))


def message_id(notice_id: str, domain: str, key: bytes) -> str:
    """A notice's Message-ID, without brackets: always the same, and no other installation's."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", notice_id).strip("-")[:40]
    return f"{readable}.{_sign(key, 'message-id', notice_id)}@{domain.lower()}"


def accounts_of(recipient: str, accounts: Mapping[str, Account]) -> Account | None:
    """Whose address it is: an account's, one of its aliases, or a subaddress (`+`) of either.

    The postmaster is the first account, or the first of that domain (RFC 5321, 4.5.1).
    """
    recipient = recipient.lower()
    local, _, domain = recipient.rpartition("@")
    plain = f"{local.split('+')[0]}@{domain}"
    for wanted in (recipient, plain):
        for account in accounts.values():
            if wanted == account.address.lower() or wanted in account.aliases:
                return account
    return next((a for a in accounts.values() if recipient in _postmasters(a)), None)


def _postmasters(account: Account) -> set[str]:
    domains = {a.lower().rpartition("@")[2] for a in (account.address, *account.aliases)}
    return {"postmaster", *(f"postmaster@{domain}" for domain in domains)}


def _sign(key: bytes, *words: str) -> str:
    return base64.b32encode(digest(key, *words)[:10]).decode().lower()
