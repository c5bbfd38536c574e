"""The doors that messages come in by, and what is found out about them there."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path

from fastapi import APIRouter

from channels.base import Clock, Inbound
from channels.imap import After, MailboxFolder
from channels.mail.authentication import Authenticator, Dns, Resolver, Trust
from channels.mail.understand import understand
from channels.phone import understand as understand_call
from channels.smtp import Certificate, Limits, SmtpServer, free_bytes
from channels.ticket import api, form
from channels.ticket.body import Bounds
from channels.ticket.content import understand as understand_ticket
from channels.ticket.door import TicketDoor
from daemon import keys, mailboxes
from daemon.chat import doors
from daemon.config import Settings
from daemon.intake import Authenticate
from daemon.store_thread import StoreThread
from daemon.supervision import Alarm
from rules.model import Arrival, Authentication, Channel, Message, Playbook
from storage.store import Store


def reader(book: Playbook, key: bytes, settings: Settings) -> Callable[[Arrival], Message]:
    """What understands an arrival, by its channel."""
    bots = frozenset(settings.slack.bots if settings.slack else ())
    readers: Mapping[Channel, Callable[[Arrival], Message]] = {
        Channel.EMAIL: lambda arrival: understand(arrival, book.accounts, key),
        Channel.TICKET: understand_ticket,
        Channel.PHONE: understand_call,
        Channel.CHAT: partial(doors.understand, bots=bots),
    }
    return lambda arrival: readers[arrival.envelope.channel](arrival)


def authenticator(settings: Settings, resolver: Resolver | None = None) -> Authenticate:
    """What finds out who wrote a message; `resolver` in place of the configured DNS."""
    nameservers = settings.authenticity.nameservers
    mail = Authenticator(
        resolver or Dns([(server.host, server.port) for server in nameservers]),
        Trust(
            networks=settings.smtp.trusted_networks,
            authserv_id=settings.smtp.authserv_id or "",
            mailboxes={n: box.authserv_id or "" for n, box in settings.mailboxes.items()},
            sealers=frozenset(settings.authenticity.arc_sealers),
        ),
    )

    async def authenticate(arrival: Arrival, message: Message, seconds: float) -> Authentication:
        if arrival.envelope.channel is not Channel.EMAIL:
            return message.authentication  # the door itself knows
        return await mail.authenticate(arrival, message, seconds)

    return authenticate


def ticket_door(
    settings: Settings, book: Playbook, store: StoreThread, clock: Clock
) -> tuple[list[Inbound], list[APIRouter]]:
    """The door for tickets, if it is to be there, and what HTTP serves for it."""

    async def contract_of(key: str) -> int | None:
        return await store.read(lambda tx: tx.keys.contract_of(keys.digest(key)))

    async def stored(account: str, id: str) -> bytes | None:
        return await store.read(lambda tx: tx.inbox.content_under(Channel.TICKET, account, id))

    async def number_of(account: str, id: str) -> int | None:
        return await store.read(lambda tx: tx.inbox.request_under(Channel.TICKET, account, id))

    wanted = settings.tickets
    if not wanted.enabled:
        return [], []
    door = TicketDoor(
        account=next(iter(book.accounts.values())),
        clock=clock,
        contract_of=contract_of,
        stored=stored,
        number_of=number_of,
        bounds=Bounds(wanted.max_size, wanted.max_files, wanted.max_file_size, wanted.max_text),
    )
    return [door], [api.router(door), *([form.router(door)] if wanted.form else [])]


def smtp_servers(
    settings: Settings, book: Playbook, clock: Clock, alarm: Alarm
) -> Iterator[SmtpServer]:
    """The server that mail comes to, and the one for our own network, if there is to be one."""
    smtp = settings.smtp
    certificate = None
    if smtp.tls_certificate and smtp.tls_key:
        certificate = Certificate(smtp.tls_certificate, smtp.tls_key, alarm)
    server = partial(
        SmtpServer,
        hostname=smtp.hostname,
        accounts=book.accounts,
        clock=clock,
        max_size=smtp.max_size,
        limits=Limits(connections=smtp.max_connections),
        free_disk=_free_disk(settings),
    )
    yield server(
        *smtp.listen,
        certificate=certificate,
        logins={name: hash.get_secret_value() for name, hash in smtp.logins.items()},
        trusted=smtp.trusted_networks,
        proxies=smtp.trusted_proxies,
    )
    if isinstance(smtp.lmtp, Path):
        yield server("", 0, socket=smtp.lmtp, lmtp=True)
    elif smtp.lmtp is not None:
        yield server(*smtp.lmtp, lmtp=True)


def _free_disk(settings: Settings) -> Callable[[], int] | None:
    """What is left where SQLite's file is; a database server looks after its own disk."""
    scheme, _, path = settings.store.url.get_secret_value().partition(":///")
    if scheme.partition("+")[0] != "sqlite":
        return None
    return partial(free_bytes, Path(path.partition("?")[0]).parent)


def mailbox_folders(
    settings: Settings, book: Playbook, store: Store, clock: Clock
) -> Iterator[MailboxFolder]:
    """Every folder that is followed, of every mailbox."""
    for name, box in settings.mailboxes.items():
        login = mailboxes.login(name, box, store, clock)
        start = box.start_from
        for folder in (*box.folders, *box.sent_folders):
            is_sent = folder in box.sent_folders
            yield MailboxFolder(
                mailbox=name,
                folder=folder,
                login=login,
                account=book.accounts[box.account],
                clock=clock,
                start_at=None if isinstance(start, str) else _midnight(start, book),
                after=After.NOTHING if is_sent else After(box.after),
                after_name=(box.move_to or "") if box.after == "move" else box.keyword,
                poll=box.poll.total_seconds(),
                sent=is_sent,
                ledger=mailboxes.ledger(box.account, store),
            )


def _midnight(day: date, book: Playbook) -> datetime:
    return datetime.combine(day, time(), book.policy.zone).astimezone(UTC)
