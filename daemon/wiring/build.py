"""One straight function that builds the daemon."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from fastapi import APIRouter

from channels.base import Clock, Inbound
from channels.link import page as link_page
from channels.log import LogWay
from channels.offer import page as offer_page
from channels.ping import page as ping_page
from daemon import canary, logs, parts
from daemon.audit import Auditor
from daemon.chat import doors
from daemon.chat.slack_desk import SlackDesk
from daemon.config import Settings
from daemon.config.outside import OutsideSettings
from daemon.decisions import Decisions
from daemon.delivery.budgets import Budgets
from daemon.delivery.courier import Courier
from daemon.delivery.pacing import Pace
from daemon.desk import Desk
from daemon.inbox import Inbox
from daemon.intake import Intake
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
from daemon.triage import Assessor, shipped
from daemon.triage.learner import Learner
from daemon.triage.outside import OutsideModel
from daemon.triage.refitting import in_a_process
from daemon.watch import Watch
from daemon.wiring.ways_in import authenticator, mailbox_folders, reader, smtp_servers, ticket_door
from daemon.wiring.ways_out import rates, ways_out
from rules.model import Notice, Playbook
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
        intake.second_opinion = _outside_model(outside, settings, book, thread, clock)
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
    rota = _rota(settings, book, thread, key, notices, clock, wake_courier)
    tickets, routers = ticket_door(settings, book, thread, clock)
    routers += _pages(settings, book, thread, key, notices, desk, assess, clock, wake_courier)
    if slack and slack.signing_secret:
        routers.append(slack.router())
    followed = Held("matrix")  # by one daemon: there is one place to go on from
    rooms: list[Inbound] = [
        *([slack] if slack else []),
        *([Leased(matrix, followed)] if matrix else []),
    ]
    folders = list(mailbox_folders(settings, book, store, clock))
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
            *smtp_servers(settings, book, clock, alarm),
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
        rota_loops=[Loop("rota", rota), Loop("canary", bird.round)],
    )
    return service


def _outside_model(
    outside: OutsideSettings, settings: Settings, book: Playbook, store: StoreThread, clock: Clock
) -> OutsideModel:
    return OutsideModel(
        url=outside.url,
        key=outside.key.get_secret_value(),
        model=outside.model,
        seconds=outside.timeout.total_seconds(),
        budget=outside.budget,
        store=store,
        playbook=book,
        clock=clock,
        costs=settings.triage.costs,
    )


def _rota(
    settings: Settings,
    book: Playbook,
    store: StoreThread,
    key: bytes,
    notices: Notices,
    clock: Clock,
    wake_courier: Callable[[], None],
) -> Callable[[], Awaitable[bool]]:
    """One round of all that looks after who is on call."""
    ical = sources(settings.all_rotations, settings.timezone)
    calendars = Calendars(ical, store, book, notices, clock, wake_courier)
    gaps = Gaps(store, book, notices, clock, wake_courier)
    letters = HandoffLetters(book, key)
    handoffs = Handoffs(store, book, letters, told(settings), clock, wake_courier)

    async def round() -> bool:
        await calendars.round()  # first, or what it says would be a gap
        await handoffs.round()
        return await gaps.round()

    return round


def _pages(
    settings: Settings,
    book: Playbook,
    store: StoreThread,
    key: bytes,
    notices: Notices,
    desk: Desk,
    assess: Assessor,
    clock: Clock,
    wake_courier: Callable[[], None],
) -> Iterator[APIRouter]:
    """The pages behind the signed links in letters, if the house has an address for them."""
    public_url = settings.http.public_url
    if not public_url:
        return
    offers = OfferDesk(book, notices, desk, key, public_url)
    behind = OfferPage(store, offers, notices, assess, clock, wake_courier)
    yield offer_page.router(behind, public_url)
    yield ping_page.router(PingPage(store, desk, key, clock, wake_courier), public_url)
    letters = LinkLetters(book, key, settings.letters.folder, public_url)
    yield link_page.router(LinkPage(store, Linking(book), letters, key, clock), public_url)
