"""Mailboxes as they are configured: where, and as whom."""

import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING

from channels.base import Clock
from channels.imap import Login, Security
from daemon.config.model import MailboxSettings
from daemon.config.oauth import OAuthSettings
from rules.model import Channel
from storage.store import Store

if TYPE_CHECKING:
    from channels.imap.oauth import Provider
    from channels.imap.tokens import Tokens


def login(name: str, box: MailboxSettings, store: Store, clock: Clock) -> Login:
    """The way into a mailbox; its tokens, if it has any, are kept in the store."""
    return Login(
        host=box.host,
        port=box.port,
        security=Security(box.security),
        username=box.username,
        password=box.password.get_secret_value() if box.password else "",
        tls_context=ssl.create_default_context(cafile=box.ca_file),
        tokens=tokens(name, box.oauth, store, clock) if box.oauth else None,
    )


def tokens(name: str, oauth: OAuthSettings, store: Store, clock: Clock) -> "Tokens":
    """A mailbox's tokens, kept in the store."""
    from channels.imap.tokens import Tokens  # it asks for a library that few need

    return Tokens(
        mailbox=name,
        provider=provider(oauth),
        load=lambda: store.read(lambda tx: tx.tokens.load(name)),
        save=lambda value: store.write(lambda tx: tx.tokens.save(name, value)),
        clock=clock,
    )


def provider(oauth: OAuthSettings) -> "Provider":
    """Who gives tokens, as configured."""
    from channels.imap.oauth import Grant, Provider

    return Provider(
        grant=Grant(oauth.known("grant")),
        token_url=oauth.known("token_url"),
        client_id=oauth.client_id,
        client_secret=oauth.client_secret.get_secret_value() if oauth.client_secret else "",
        scope=oauth.known("scope"),
        device_url=oauth.known("device_url"),
        consent_url=oauth.known("consent_url"),
    )


def ledger(account: str, store: Store) -> Callable[[str], list[str]]:
    """What the inbox holds of an account's mailboxes, by how the ids begin."""
    return lambda prefix: store.read(
        lambda tx: tx.inbox.external_ids(Channel.EMAIL, account, prefix)
    )
