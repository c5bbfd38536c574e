"""The doors of chats, and what they ask about what is remembered."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from channels.base import Clock
from channels.matrix.understand import understand as understand_matrix
from channels.slack.understand import understand as understand_slack
from daemon.chat.slack_desk import SlackDesk
from daemon.config import Settings, way_checks
from daemon.intake import Complete, as_it_is
from daemon.store_thread import StoreThread
from rules.model import Arrival, Message, Playbook
from rules.places import place_by
from storage.store import Transaction

if TYPE_CHECKING:
    from channels.matrix.door import MatrixDoor
    from channels.slack.door import SlackDoor

LOOKED_AFTER = timedelta(days=7)
"""For so long after its first answer a request's thread is looked through for what was missed."""
CARDS = 100
"""Threads under cards that are looked through, of the newest requests: two minutes of reading."""


def slack_door(
    settings: Settings, book: Playbook, store: StoreThread, desk: SlackDesk, clock: Clock
) -> "SlackDoor | None":
    """The door for Slack, if it is configured."""
    wanted = settings.slack
    if wanted is None or wanted.bot_token is None:
        return None
    from channels.slack.clicks import Clicks  # slow to import, and not every desk needs it
    from channels.slack.door import SlackDoor
    from channels.slack.web import Web

    async def looked_after() -> Mapping[str, Collection[str]]:
        return await store.read(lambda tx: threads(tx, "slack", clock))

    async def rooms() -> Collection[str]:
        bound = await store.read(lambda tx: tx.contracts.rooms())
        return [room for room in bound if room.startswith("slack:")]

    web = Web(wanted.bot_token.get_secret_value(), f"{wanted.api_url}/")
    clicks = Clicks(web, desk, lambda: door.taker.us if door.taker else None, clock)
    door = SlackDoor(
        web=web,
        listen=clicks.listen,
        account=next(iter(book.accounts.values())),
        threads=looked_after,
        rooms=rooms,
        clock=clock,
        signing_secret=wanted.signing_secret.get_secret_value() if wanted.signing_secret else "",
        app_token=wanted.app_token.get_secret_value() if wanted.app_token else "",
        emoji=wanted.emoji,
    )
    return door


async def check(settings: Settings) -> list[str]:
    """What is wrong with our standing in Slack, a line each; nothing if Slack is not configured."""
    wanted = settings.slack
    if wanted is None or wanted.bot_token is None:
        return []
    from channels.slack.manifest import lacking
    from channels.slack.web import Refused, Web

    web = Web(wanted.bot_token.get_secret_value(), f"{wanted.api_url}/")
    try:
        await web.call("auth.test")
        scopes = web.scopes
        if wanted.app_token:
            by_app = Web(wanted.app_token.get_secret_value(), f"{wanted.api_url}/")
            try:
                await by_app.call("apps.connections.open")
            finally:
                await by_app.close()
    except Refused as refused:
        return [f"slack: {refused}"]
    finally:
        await web.close()
    if not scopes:
        return ["slack: it does not say what the bot token may do"]
    if missing := lacking(scopes):
        return [
            f"slack: the bot token may not {scope}; add the scope and install the app again"
            for scope in missing
        ]
    return []


async def check_matrix(settings: Settings, customers: Collection[str]) -> list[str]:
    """What is wrong with our standing in Matrix, a line each; nothing if it is not configured.

    `customers` are the rooms that contracts name, of any chat.
    """
    wanted = settings.matrix
    if wanted is None or wanted.token is None:
        return []
    from channels.matrix.standing import problems
    from channels.matrix.web import Web as MatrixWeb

    ours = {place_by(way) for _, way in way_checks.everywhere(settings)}
    places = [each.partition(":") for each in ours | set(customers)]
    rooms = [id for kind, _, id in places if kind == "matrix" and id.startswith("!")]
    web = MatrixWeb(wanted.homeserver, wanted.user, wanted.token.get_secret_value())
    try:
        return await problems(web, rooms)
    finally:
        await web.close()


def completer(slack: "SlackDoor | None") -> Complete:
    """What finds out, for arrivals of chats, what their payloads lack."""
    if slack is None:
        return as_it_is
    from channels.slack.completing import Completer

    asking = Completer(slack.web)

    async def complete(arrival: Arrival, seconds: float) -> bytes | None:
        if not arrival.envelope.external_id.startswith("slack:"):
            return None
        return await asking.complete(arrival, seconds)

    return complete


def matrix_door(
    settings: Settings, book: Playbook, store: StoreThread, clock: Clock
) -> "MatrixDoor | None":
    """The door for Matrix, if it is configured."""
    wanted = settings.matrix
    if wanted is None or wanted.token is None:
        return None
    from channels.matrix.door import MatrixDoor  # they ask for a library that few need
    from channels.matrix.web import Web as MatrixWeb

    async def customers() -> Collection[str]:
        return await store.read(lambda tx: tx.contracts.rooms())

    async def is_known(identity: str) -> bool:
        if book.person_at(identity):
            return True
        return bool(await store.read(lambda tx: tx.contracts.of_person(identity)))

    return MatrixDoor(
        web=MatrixWeb(wanted.homeserver, wanted.user, wanted.token.get_secret_value()),
        account=next(iter(book.accounts.values())),
        customers=customers,
        is_known=is_known,
        clock=clock,
        emoji=wanted.emoji or "",
    )


def understand(arrival: Arrival, bots: frozenset[str]) -> Message:
    """What an arrival by any chat says."""
    if arrival.envelope.external_id.startswith("matrix:"):
        return understand_matrix(arrival)
    return understand_slack(arrival, bots)


def threads(tx: Transaction, kind: str, clock: Clock) -> Mapping[str, Collection[str]]:
    """The places of requests that wait, or were answered lately, in a kind of chat, and of their
    cards; with the ids of what people said in each.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    since = clock() - LOOKED_AFTER
    for request_id in tx.requests.in_chats(since):
        for place, message_id in tx.messages.in_rooms(request_id):
            if place.startswith(f"{kind}:"):
                found[place].add(message_id)
    for place in tx.posts.live(since, CARDS):
        if place.startswith(f"{kind}:"):
            found[place]  # after the customers'; what is said under it is looked for, no more
    return found
