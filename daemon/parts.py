"""What the daemon and the commands beside it are both made of; here the machine is asked the time.

Apart from wiring, so that a command does not wait for servers it never starts.
"""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

from daemon.config import Settings, build_playbook
from daemon.notices import Notices
from rules import policies
from rules.model import Playbook
from rules.requests import Refused
from storage.store import Store, Transaction

FIRST_YEAR = 2000
YEARS_AHEAD = 10
"""Holidays are known so far; a daemon that runs longer must be restarted before."""


def now() -> datetime:
    """The present instant, aware UTC."""
    return datetime.now(UTC)  # noqa: TID251 - here the clock is made


def versions() -> str:
    """What must be the same wherever a daemon works on the same store, in words."""
    return f"supportd {version('supportd')}, tzdata {version('tzdata')}"


def playbook(settings: Settings) -> Playbook:
    """The configured playbook, with the holidays of all years that may come up."""
    return build_playbook(settings, FIRST_YEAR, now().year + YEARS_AHEAD)


def new_store(settings: Settings) -> Store:
    """The configured store, not yet migrated."""
    return Store(settings.store.url.get_secret_value())


CLOCKS_DIFFER = timedelta(seconds=5)
"""At most: deadlines are seen by the machine's clock, and several machines see the same ones."""


def start_store(settings: Settings) -> Store:
    """The store for a daemon, brought to the present schema; nobody else's claims stand in its way.

    Raise StoreError if another daemon has it to itself, Refused if the machine's clock is wrong.
    """
    store = new_store(settings)
    alone = store.hold_daemon_lock()
    store.migrate()
    if alone:
        store.write(lambda tx: tx.leases.clear())
    if abs(apart := clocks_apart(store)) > CLOCKS_DIFFER:
        raise Refused(
            f"this machine's clock is {apart.total_seconds():+.1f} s beside the database server's:"
            " set both by NTP"
        )
    return store


def clocks_apart(store: Store, clock: Callable[[], datetime] = now) -> timedelta:
    """How far the machine's clock is ahead of the database server's, if that has one."""
    before, there, after = clock(), store.clock(), clock()
    return before + (after - before) / 2 - there if there else timedelta()


def open_store(settings: Settings) -> Store:
    """The store, brought to the present schema."""
    store = new_store(settings)
    store.migrate()
    return store


def check_plans(store: Store, book: Playbook) -> None:
    """Raise Refused if something stored is promised under what the configuration lacks."""

    def look(tx: Transaction) -> list[str]:
        known = book.policy.plans
        versions = {policy.version for policy in policies.versions(book)}
        lacking = [
            f"policies: the version of {version} is missing, but requests keep it; take it in again"
            f" (with effective_from = {version})"
            for version in sorted(tx.requests.policies() - versions)
        ]
        lacking += [
            f"plans.{c.plan}: missing, but {c.customer} has a contract on it"
            for c in tx.contracts.all()
            if c.plan not in known
        ]
        return lacking + [
            f"plans.{plan}: missing, but requests are owed under it"
            for plan in sorted(tx.timers.plans() - set(known))
        ]

    if lacking := store.read(look):
        raise Refused("\n  ".join(lacking))


def notices(store: Store, book: Playbook, settings: Settings) -> Notices:
    """What writes under this installation's signature."""
    return Notices(book, signing_key(store), settings.letters.folder, settings.http.public_url)


def signing_key(store: Store) -> bytes:
    """The installation's own secret, kept in the store, so that a restore brings it along."""
    return store.write(_signing_key)


def _signing_key(tx: Transaction) -> bytes:
    kept = tx.memory.load("signing key")
    if kept is None:
        kept = secrets.token_hex(32)
        tx.memory.save("signing key", kept)
    return bytes.fromhex(kept)
