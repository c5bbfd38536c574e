"""Requests as chats show them to our own people: what stands there, and where."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from channels.base import DeliveryError, Failure
from daemon import letters
from rules import leases
from rules.model import Card, Notice, NoticeKind, Playbook, Post, Request, Timer, Way
from rules.places import FOR_CUSTOMERS, KINDS, place_by, room_of, way_to
from storage.store import Transaction

SHOWN_BY = frozenset({"slack"})
"""Kinds of ways that show cards; others have a ping's text."""


def card(
    request: Request,
    timer: Timer | None,
    words: str,
    way: Way,
    playbook: Playbook,
    now: datetime,
    told: str = "",
) -> Card:
    """A request as whoever is reached by a way sees it; `timer` is None once nothing is owed."""
    snoozes = leases.snoozes(request, timer, playbook, now) if timer else ()
    people = [name for name, person in sorted(playbook.people.items()) if person.ways]
    zone = _zone(way, playbook)
    return letters.card(request, timer, zone, now, words, snoozes, people, told)


def id_of(post: Post) -> str:
    """Under which its newest version is carried."""
    return f"card-{post.request_id}-{post.version}-{post.place}"


def check_readers(tx: Transaction, notice: Notice) -> None:
    """Raise DeliveryError for what is ours alone, and would go where a customer reads."""
    room = room_of(place_by(notice.way))
    in_chat = notice.way.kind in KINDS
    if in_chat and notice.kind not in FOR_CUSTOMERS and tx.contracts.of_chat([room]):
        why = f"{room} is a customer's: nothing of ours goes there"
        raise DeliveryError(Failure.PERMANENT, why)


def placed(tx: Transaction, notice: Notice) -> Notice:
    """A notice to where it belongs now: pings and copies go under a card that stands.

    Raises what `check_readers` raises.
    """
    check_readers(tx, notice)
    if notice.request_id is not None and notice.kind in (NoticeKind.PING, NoticeKind.COPY):
        post = tx.posts.by_way(notice.request_id, notice.way)
        return replace(notice, way=way_to(post.place)) if post else notice
    return notice


def is_outdated(tx: Transaction, notice: Notice) -> bool:
    """Whether a newer version of a card is on its way, or has come."""
    post = tx.posts.at(place_by(notice.way))
    return post is None or notice.card is None or notice.id != id_of(post)


def stands(tx: Transaction, notice: Notice, reference: str) -> bool:
    """Keep where a card was posted; False if this was none, or went under another."""
    if notice.card is None or "/" in notice.way.address or not reference:
        return False
    place = f"{notice.way.kind}:{reference}"
    tx.posts.add(Post(place, notice.card.request_id, notice.way.kind, notice.way.address, 0))
    return True


def _zone(way: Way, playbook: Playbook) -> ZoneInfo:
    """Of whose way it is; a room is nobody's."""
    zones = (person.zone for person in playbook.people.values() if way in person.ways)
    return next(zones, playbook.policy.zone)
