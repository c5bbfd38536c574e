"""`mailbox`: logging in where there is no password, and proof that nothing was left."""

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from daemon.cli.common import AsJson, Config, app, settings_of
from daemon.cli.streams import put_json
from rules.requests import Refused

if TYPE_CHECKING:
    from channels.imap.audit import Audit
    from channels.imap.oauth import DeviceCode, Granted, Provider
    from daemon.config import Settings
    from daemon.config.model import MailboxSettings
    from storage.store import Store

mailbox = typer.Typer(no_args_is_help=True, help="Mailboxes that we look into.")
app.add_typer(mailbox, name="mailbox")

SHOWN = 20
"""Uids for people; machines get all."""
SLOWER = 5.0
"""Seconds more between two questions, each time we asked too often (RFC 8628, 3.5)."""


@mailbox.command()
def login(
    name: Annotated[str, typer.Argument(help="Its name in the configuration.")],
    config: Config = None,
) -> None:
    """Log in to a mailbox that has oauth; a running daemon goes on with the new token."""
    from channels.imap import oauth
    from channels.imap.session import Session
    from daemon import mailboxes, parts

    settings = settings_of(config)
    box = named(settings, name)
    if box.oauth is None:
        raise Refused(f"mailboxes.{name} has a password; only one with oauth is logged in to")
    store = parts.open_store(settings)
    try:
        provider = mailboxes.provider(box.oauth)
        try:
            granted = _granted(provider, time.sleep)
        except oauth.Refused as error:
            raise Refused(str(error)) from None
        if not granted.refresh and provider.grant is not oauth.Grant.CLIENT_CREDENTIALS:
            print("Warning: it came without a refresh token, and so ends soon; ask for a scope")
            print('that brings one (like "offline_access").')
        mailboxes.tokens(name, box.oauth, store, parts.now).keep(granted)
        way = mailboxes.login(name, box, store, parts.now)
        with reaching(name), Session(way, box.folders[0], read_only=True):
            print(f"Logged in: {box.username} opens {box.folders[0]}.")
    finally:
        store.close()


def named(settings: "Settings", name: str) -> "MailboxSettings":
    """A mailbox of the configuration; raises Refused."""
    if name not in settings.mailboxes:
        known = ", ".join(settings.mailboxes) or "none"
        raise Refused(f"there is no mailbox {name!r}; known here: {known}")
    return settings.mailboxes[name]


@mailbox.command("audit")
def audit_mailboxes(
    name: Annotated[str, typer.Argument(help="Its name in the configuration; else all.")] = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Prove that all that lies on the server was taken; leaves no trace there.

    Exit status 1 if anything was not; what came in the last five minutes may be on its way.
    """
    from daemon import parts

    settings = settings_of(config)
    chosen = {name: named(settings, name)} if name else settings.mailboxes
    store = parts.open_store(settings)
    try:
        complete = [
            _audited(store, each, box, folder, as_json)
            for each, box in chosen.items()
            for folder in (*box.folders, *box.sent_folders)
        ]
    finally:
        store.close()
    if not all(complete):
        raise typer.Exit(1)


def _audited(store: "Store", name: str, box: "MailboxSettings", folder: str, as_json: bool) -> bool:
    """Whether nothing is missing; one that cannot be reached keeps no other from its turn."""
    from channels.imap import ids
    from channels.imap.audit import audit
    from channels.imap.session import Session
    from daemon import mailboxes, parts
    from rules.model import Channel, Fate

    place = f"imap:{name}/{folder}"
    try:
        way = mailboxes.login(name, box, store, parts.now)
        with reaching(name), Session(way, folder, read_only=True) as session:
            found = audit(session, name, folder, mailboxes.ledger(box.account, store), parts.now())
    except Refused as error:
        _put(as_json, {"folder": place, "error": str(error)}, f"{place}: {error}")
        return False
    prefix = ids.prefix(name, folder, found.validity)
    held = ids.uids(
        prefix,
        store.read(lambda tx: tx.inbox.external_ids(Channel.EMAIL, box.account, prefix, Fate.HELD)),
    )
    told = {"folder": place, **asdict(found), "held": sorted(held)}
    _put(as_json, told, _said(place, found, len(held)))
    return not found.missing


def _said(place: str, found: "Audit", held: int) -> str:
    words = f"{place}: {found.in_ledger} of {found.on_server} on the server were taken"
    words += f", {held} are held" if held else ""
    words += f", {len(found.waiting)} came just now" if found.waiting else ""
    if not found.missing:
        return f"{words}; nothing is missing"
    uids = ", ".join(map(str, found.missing[:SHOWN]))
    more = f" and {len(found.missing) - SHOWN} more" if len(found.missing) > SHOWN else ""
    return f"{words}; {len(found.missing)} ARE MISSING: UID {uids}{more}"


def _put(as_json: bool, told: dict[str, object], words: str) -> None:
    if as_json:
        put_json(told)
    else:
        print(words)


@contextmanager
def reaching(name: str) -> Iterator[None]:
    """Raise Refused where the mailbox cannot be reached or opened."""
    from imapclient.exceptions import IMAPClientError

    from channels.imap import oauth, session
    from channels.imap.line import Unsafe
    from channels.imap.tokens import LoginNeeded

    try:
        yield
    except (OSError, IMAPClientError, Unsafe, LoginNeeded, oauth.Refused, session.Refused) as error:
        raise Refused(f"mailbox {name}: {error}") from None


def _granted(provider: "Provider", sleep: Callable[[float], None]) -> "Granted":
    from channels.imap import oauth

    if provider.grant is oauth.Grant.CLIENT_CREDENTIALS:
        return oauth.by_credentials(provider)
    if provider.grant is oauth.Grant.DEVICE:
        return _by_device(provider, sleep)
    return _by_consent(provider)


def _by_device(provider: "Provider", sleep: Callable[[float], None]) -> "Granted":
    from channels.imap import oauth

    device = oauth.device_code(provider)
    print(f"Open {device.url} in any browser, and type {device.user_code}", flush=True)
    return wait_for_person(provider, device, sleep)


def wait_for_person(
    provider: "Provider", device: "DeviceCode", sleep: Callable[[float], None]
) -> "Granted":
    """Ask as often as the server allows, until it says yes or no, or the code ends."""
    from channels.imap import oauth

    interval, left = device.interval.total_seconds(), device.life.total_seconds()
    while left > 0:
        sleep(interval)
        left -= interval
        try:
            return oauth.by_device(provider, device)
        except OSError:
            interval += SLOWER  # the line broke: the person may have typed it all the same
        except oauth.Refused as refused:
            if refused.code == "slow_down":
                interval += SLOWER
            elif refused.code != "authorization_pending":
                raise
    raise Refused("nobody typed the code in time; begin again")


def _by_consent(provider: "Provider") -> "Granted":
    from channels.imap import oauth

    state, verifier = secrets.token_urlsafe(24), secrets.token_urlsafe(48)
    print("Open this in any browser:\n")
    print(oauth.consent_page(provider, state, verifier))
    print("\nAfter consent it leads to a page that cannot be reached; its address is what we need.")
    address = typer.prompt("Address")
    return oauth.by_consent(provider, address, state, verifier)
