"""One straight function that builds the daemon."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path

from fastapi import APIRouter

from channels.base import Clock, Inbound, Outbound
from channels.files import MailFiles
from channels.hooks import Command, Webhook
from channels.imap import After, MailboxFolder
from channels.link import page as link_page
from channels.log import LogWay
from channels.mail.authentication import Authenticator, Dns, Resolver, Trust
from channels.mail.understand import understand
from channels.offer import page as offer_page
from channels.phone import understand as understand_call
from channels.ping import page as ping_page
from channels.push import Push
from channels.smtp import Certificate, Limits, SmtpServer, free_bytes
from channels.submission import Relay, Security
from channels.ticket import api, form
from channels.ticket.body import Bounds
from channels.ticket.content import understand as understand_ticket
from channels.ticket.door import TicketDoor
from daemon import canary, keys, logs, mailboxes, parts
from daemon.audit import Auditor
from daemon.chat import doors
from daemon.chat.slack_desk import SlackDesk
from daemon.config import Settings
from daemon.config.model import RelaySettings
from daemon.decisions import Decisions
from daemon.delivery.budgets import Budgets, Rate
from daemon.delivery.courier import Courier
from daemon.delivery.pacing import Pace
from daemon.desk import Desk
from daemon.inbox import Inbox
from daemon.intake import Authenticate, Intake
from daemon.keeper import Held, Keeper, Leased, new_name
from daemon.linking.identities import Linking
from daemon.linking.letters import LinkLetters
from daemon.linking.page import LinkPage
from daemon.metrics import Metrics
from daemon.notices import Notices
from daemon.offers.desk import OfferDesk
from daemon.offers.page import OfferPage
from daemon.on_call.calendars import Calendars, sources
from daemon.on_call.gaps import Gaps
from daemon.on_call.handoffs import HandoffLetters, Handoffs, told
from daemon.ping_page import PingPage
from daemon.renewals import Renewals
from daemon.second_look import SecondLook
from daemon.service import Loop, Service
from daemon.store_thread import StoreThread
from daemon.supervision import Alarm
from daemon.triage import Assessor, shipped
from daemon.triage.learner import Learner
from daemon.triage.outside import OutsideModel
from daemon.triage.refitting import in_a_process
from daemon.watch import Watch
from rules.model import Arrival, Authentication, Channel, Message, Notice, Playbook
from storage.store import Store


def build(
    settings: Settings,
    book: Playbook,
    store: Store,
    write_notice: Callable[[Notice], None] = logs.write_notice,
    clock: Clock = parts.now,
) -> Service:
    """The whole daemon, not yet started; `write_notice` is what the way `log` does."""
    key = parts.signing_key(store)
    notices = Notices(book, key, settings.letters.folder, settings.http.public_url)
    desk = Desk(book, notices)
    metrics = Metrics()
    thread = StoreThread(store)
    clicks = SlackDesk(thread, book, desk, clock, lambda: wake_courier())
    slack = doors.slack_door(settings, book, thread, clicks, clock)
    outbounds = ways_out(settings, write_notice, clock)
    if slack:
        outbounds["slack"] = slack.way()
    matrix = doors.matrix_door(settings, book, thread, clock)
    if matrix:
        from channels.matrix.way import MatrixWay  # it asks for a library that few need

        outbounds[MatrixWay.name] = MatrixWay(matrix.web)
    pace = Pace(Budgets(rates(settings)))
    outbounds[canary.WAY] = LogWay(lambda _notice: None)
    courier = Courier(thread, outbounds, book, notices, desk, clock, metrics, pace)
    lanes = [Loop(f"courier ({way})", partial(courier.lane, way)) for way in outbounds]

    def wake_courier() -> None:
        for lane in lanes:
            lane.wake.set()

    watch = Watch(thread, book, notices, desk, clock, metrics, wake_courier)
    watch_loop = Loop("watch", watch.look)
    wake_intake = asyncio.Event()
    name = new_name()
    inbox = Inbox(thread, clock, metrics, wake_intake.set)
    read = reader(book, key, settings)
    authenticate = authenticator(settings)
    complete = doors.completer(slack)
    assess = Assessor(costs=settings.triage.costs)
    learn = partial(in_a_process, costs=settings.triage.costs)
    learner = Learner(thread, assess, shipped.name(), learn, clock)
    intake = Intake(
        store=thread,
        understand=read,
        authenticate=authenticate,
        assess=assess,
        playbook=book,
        decisions=Decisions(book, notices, desk),
        clock=clock,
        metrics=metrics,
        lull=inbox.lull,
        wake_courier=wake_courier,
        wake_watch=watch_loop.wake.set,
        complete=complete,
        holder=name,
    )
    if outside := settings.triage.outside:
        intake.second_opinion = OutsideModel(
            url=outside.url,
            key=outside.key.get_secret_value(),
            model=outside.model,
            seconds=outside.timeout.total_seconds(),
            budget=outside.budget,
            store=thread,
            playbook=book,
            clock=clock,
            costs=settings.triage.costs,
        )
    second_look = SecondLook(
        store=thread,
        understand=read,
        authenticate=authenticate,
        playbook=book,
        desk=desk,
        notices=notices,
        clock=clock,
        wake_courier=wake_courier,
        complete=complete,
    )
    renewals = Renewals(thread, book, notices, clock, wake_courier)
    ical = sources(settings.all_rotations, settings.timezone)
    calendars = Calendars(ical, thread, book, notices, clock, wake_courier)
    gaps = Gaps(thread, book, notices, clock, wake_courier)
    handoffs = Handoffs(
        thread, book, HandoffLetters(book, key), told(settings), clock, wake_courier
    )

    async def look_after_rota() -> bool:
        await calendars.round()  # first, or what it says would be a gap
        await handoffs.round()
        return await gaps.round()

    tickets, routers = _tickets(settings, book, thread, clock)
    if public_url := settings.http.public_url:
        offers = OfferDesk(book, notices, desk, key, public_url)
        behind = OfferPage(thread, offers, notices, assess, clock, wake_courier)
        routers.append(offer_page.router(behind, public_url))
        pings = PingPage(thread, desk, key, clock, wake_courier)
        routers.append(ping_page.router(pings, public_url))
        letters = LinkLetters(book, key, settings.letters.folder, public_url)
        links = LinkPage(thread, Linking(book), letters, key, clock)
        routers.append(link_page.router(links, public_url))
    if slack and slack.signing_secret:
        routers.append(slack.router())
    followed = Held("matrix")  # by one daemon: there is one place to go on from
    rooms: list[Inbound] = [
        *([slack] if slack else []),
        *([Leased(matrix, followed)] if matrix else []),
    ]
    folders = list(_mailboxes(settings, book, store, clock))
    leases = {mailbox: Held(f"mailbox:{mailbox}") for mailbox in settings.mailboxes}

    async def alarm(what: str, detail: str) -> None:
        await service.alarm(what, detail)

    beat = settings.watch.heartbeat_url
    auditor = Auditor(
        store=thread,
        database=store,
        playbook=book,
        desk=desk,
        clock=clock,
        metrics=metrics,
        alarm=alarm,
        heartbeat_url=beat.get_secret_value() if beat else "",
    )

    bird = canary.Canary(thread, inbox.receive, clock, alarm)

    service = Service(
        store=thread,
        inbox=inbox,
        courier=courier,
        keeper=Keeper(name, parts.versions(), thread, clock, (*leases.values(), followed)),
        inbounds=[
            *_smtp_servers(settings, book, clock, alarm),
            *(Leased(folder, leases[folder.mailbox]) for folder in folders),
            *tickets,
            *rooms,
        ],
        troubles=lambda: [
            *(trouble for folder in folders for trouble in folder.troubles()),
            *(slack.troubles() if slack else ()),
            *(matrix.troubles() if matrix else ()),
        ],
        listen=settings.http.listen,
        routers=routers,
        notices=notices,
        clock=clock,
        metrics=metrics,
        watch_loop=watch_loop,
        intake_loop=Loop("intake", intake.round, wake_intake),
        second_look_loop=Loop("second look", second_look.round),
        audit_loop=Loop("audit", auditor.round),
        renewals_loop=Loop("renewals", renewals.round),
        learner_loop=Loop("learner", learner.round),
        courier_loops=lanes,
        rota_loops=[Loop("rota", look_after_rota), Loop("canary", bird.round)],
    )
    return service


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


def _tickets(
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


def _smtp_servers(
    settings: Settings, book: Playbook, clock: Clock, alarm: Alarm
) -> Iterator[SmtpServer]:
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


def _mailboxes(
    settings: Settings, book: Playbook, store: Store, clock: Clock
) -> Iterator[MailboxFolder]:
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


def relay(settings: RelaySettings, clock: Clock) -> Relay:
    """Who takes our mail, as configured."""
    return Relay(
        host=settings.host,
        port=settings.port,
        security=Security(settings.security),
        username=settings.username,
        password=settings.password.get_secret_value() if settings.password else "",
        clock=clock,
    )


def rates(settings: Settings) -> dict[str, Rate]:
    """What each kind of way is asked to take at most, as configured."""
    relay = settings.mail.relay
    limit = relay.per_minute if relay else None
    return {"mail": Rate.per_minute(limit)} if limit else {}


def ways_out(
    settings: Settings, write_notice: Callable[[Notice], None], clock: Clock
) -> dict[str, Outbound]:
    """By the kind of way they carry, those that need no door of theirs to be open."""
    mail: Outbound
    if settings.mail.relay is None:
        assert settings.mail.directory is not None  # the configuration has one of the two
        mail = MailFiles(settings.mail.directory, clock)
    else:
        mail = relay(settings.mail.relay, clock)
    ways: list[Outbound] = [mail, Push(), Command(), Webhook(clock), LogWay(write_notice)]
    return {way.name: way for way in ways}
