"""Pings to one way that are too many to go one by one: put together where they go out."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from channels.mail.addresses import message_id
from channels.ping.links import Link, url
from daemon import letters
from daemon.letterhead import Letterhead
from rules import escalation
from rules.model import Notice


class Gathering(Letterhead):
    """On record is each ping, and by its id the message that it went out in."""

    def together(self, pings: Iterable[Notice]) -> Notice:
        """Several pings to one way as one, by deadline, each to be acknowledged by itself.

        The same pings make the same message, whenever it is asked for. Of several for one request
        the last says all.
        """
        pings = sorted(pings, key=lambda ping: (ping.priority_at, ping.id))
        ids = hashlib.sha256("\n".join(ping.id for ping in pings).encode()).hexdigest()[:16]
        first = pings[0]
        by_age = sorted(pings, key=lambda ping: ping.useful_until)
        last = {ping.request_id: ping for ping in by_age}
        told = [p for p in pings if p.request_id and p is last[p.request_id]]
        entries = [(ping.subject, self._link(ping)) for ping in told]
        numbers = [ping.request_id for ping in told if ping.request_id]
        subject, text = letters.pings(entries, numbers)
        if len(told) == 1:  # needs no list
            subject, text = told[0].subject, told[0].text
        id = f"pings-{ids}"
        domain = first.sender_address.rpartition("@")[2]
        return replace(
            first,
            id=id,
            subject=subject,
            text=text,
            message_id=message_id(id, domain, self._key),
            references=(),
            card=None,
            cards=tuple(ping.card for ping in told if ping.card),
        )

    def _link(self, ping: Notice) -> str:
        epoch = escalation.epoch_of(ping.id)
        if not self._public_url or not ping.person or ping.request_id is None or epoch is None:
            return ""
        link = Link(ping.request_id, epoch, ping.person, ping.useful_until)
        return url(self._public_url, link, self._key)
