"""The ways that notices go out by, as configured."""

from collections.abc import Callable

from channels.base import Clock, Outbound
from channels.files import MailFiles
from channels.hooks import Command, Webhook
from channels.log import LogWay
from channels.push import Push
from channels.submission import Relay, Security
from daemon.config import Settings
from daemon.config.model import RelaySettings
from daemon.delivery.budgets import Rate
from rules.model import Notice


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
