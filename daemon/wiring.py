"""One straight function that builds the daemon."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from functools import partial

from channels.base import Clock, Inbound, Outbound
from channels.files import MailFiles
from channels.log import LogWay
from channels.mail.understand import understand
from channels.push import Push
from channels.smtp import SmtpServer
from channels.submission import Relay, Security
from daemon import logs, parts
from daemon.config import Settings
from daemon.courier import Courier
from daemon.decisions import Decisions
from daemon.desk import Desk
from daemon.inbox import Inbox
from daemon.intake import Intake
from daemon.metrics import Metrics
from daemon.notices import Notices
from daemon.service import Loop, Service
from daemon.store_thread import StoreThread
from daemon.watch import Watch
from rules.model import Notice, Playbook
from rules.severity import assess
from storage.store import Store


def build(
    settings: Settings,
    store: Store,
    write_notice: Callable[[Notice], None] = logs.write_notice,
    clock: Clock = parts.now,
) -> Service:
    """The whole daemon, not yet started; `write_notice` is what the way `log` does."""
    book = parts.playbook(settings)
    key = parts.signing_key(store)
    notices = Notices(book, key)
    desk = Desk(book, notices)
    metrics = Metrics()
    thread = StoreThread(store)
    outbounds = _outbounds(settings, write_notice, clock)
    courier = Courier(thread, outbounds, book, notices, desk, clock, metrics)
    lanes = [Loop(f"courier ({way})", partial(courier.lane, way)) for way in outbounds]

    def wake_courier() -> None:
        for lane in lanes:
            lane.wake.set()

    watch = Watch(thread, book, notices, desk, clock, metrics, wake_courier)
    watch_loop = Loop("watch", watch.look)
    wake_intake = asyncio.Event()
    inbox = Inbox(thread, clock, metrics, wake_intake.set)
    intake = Intake(
        store=thread,
        understand=lambda arrival: understand(arrival, book.accounts, key),
        assess=assess,
        playbook=book,
        decisions=Decisions(book, notices, desk, metrics),
        clock=clock,
        metrics=metrics,
        lull=inbox.lull,
        wake_courier=wake_courier,
        wake_watch=watch_loop.wake.set,
    )
    return Service(
        store=thread,
        inbox=inbox,
        courier=courier,
        inbounds=_inbounds(settings, book, clock),
        listen=settings.http.listen,
        notices=notices,
        clock=clock,
        metrics=metrics,
        watch_loop=watch_loop,
        intake_loop=Loop("intake", intake.round, wake_intake),
        courier_loops=lanes,
    )


def _inbounds(settings: Settings, book: Playbook, clock: Clock) -> list[Inbound]:
    smtp = settings.smtp
    tls = None
    if smtp.tls_certificate:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(smtp.tls_certificate, smtp.tls_key)
    return [
        SmtpServer(
            host=smtp.listen.host,
            port=smtp.listen.port,
            hostname=smtp.hostname,
            accounts=book.accounts,
            clock=clock,
            max_size=smtp.max_size,
            tls_context=tls,
            max_connections=smtp.max_connections,
        )
    ]


def _outbounds(
    settings: Settings, write_notice: Callable[[Notice], None], clock: Clock
) -> Mapping[str, Outbound]:
    relay = settings.mail.relay
    mail: Outbound
    if relay is None:
        assert settings.mail.directory is not None  # the configuration has one of the two
        mail = MailFiles(settings.mail.directory, clock)
    else:
        mail = Relay(
            host=relay.host,
            port=relay.port,
            security=Security(relay.security),
            username=relay.username,
            password=relay.password.get_secret_value() if relay.password else "",
            clock=clock,
        )
    ways: list[Outbound] = [mail, Push(), LogWay(write_notice)]
    return {way.name: way for way in ways}
