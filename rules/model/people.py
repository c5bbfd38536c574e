"""Who is there, and everything configured that the rules consult."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from rules.model.escalation import Escalation
from rules.model.hours import Calendar
from rules.model.offers import PriceList
from rules.model.on_call import Rotation
from rules.model.promises import Policy
from rules.model.words import AfterEnd, Opens

ON_CALL = "on_call"
"""The name of the rotation that is asked where none is named."""


@dataclass(frozen=True)
class Way:
    """A way to reach a person."""

    kind: str
    """The outbound that carries it: `mail`, `apprise`, `command`, `webhook`, `log`, `slack`."""
    address: str
    """What that outbound needs: an e-mail address, a URL; empty for the log. May be secret."""

    def __str__(self) -> str:
        """Never the secret: a URL is shown by its scheme alone, a program without arguments."""
        shown = self.address.split("://")[0].split(" ")[0]
        return f"{self.kind}:{shown}" if shown else self.kind


@dataclass(frozen=True)
class Person:
    """One of us: on call, answering."""

    name: str
    """Short, unique: what `--as` takes."""
    full_name: str
    zone: ZoneInfo
    addresses: frozenset[str]
    """From which this person's answers and acknowledgements come, in lower case."""
    ways: tuple[Way, ...]
    identities: frozenset[str] = frozenset()
    """Who this person is in a chat: `slack:U0123ABC`."""


@dataclass(frozen=True)
class Account:
    """One of our support addresses: where customers write to and our mail comes from."""

    name: str
    display_name: str
    address: str
    """In lower case; what we send from."""
    aliases: frozenset[str] = frozenset()


@dataclass(frozen=True)
class AutomaticMailLimits:
    """How much mail we send without a person's hand, so that no loop grows."""

    per_sender_and_day: int = 3
    per_domain_and_hour: int = 20


@dataclass(frozen=True)
class Filing:
    """Where mail goes that is no plain new matter."""

    withdrawn: AfterEnd = AfterEnd.REOPEN
    """What a reply to a withdrawn request does; one to a duplicate or a non-request links."""
    old: AfterEnd = AfterEnd.LINK
    """What a reply does once a request ended long ago."""
    old_after: timedelta = timedelta(days=30)
    """Since the last word in it."""
    staff_forwards: bool = True
    """Whether what one of us forwards is filed under its first writer."""


@dataclass(frozen=True)
class Playbook:
    """Everything configured that the rules consult."""

    policy: Policy
    """The newest version; `rules.policies` finds a request's own."""
    escalation: Escalation
    people: Mapping[str, Person]
    rotations: Mapping[str, Rotation]
    """By name; `on_call` is always there, and the one that requests ask for."""
    accounts: Mapping[str, Account]
    limits: AutomaticMailLimits
    language: str
    """Of receipts where no contract says."""
    filing: Filing = Filing()
    earlier: tuple[Policy, ...] = ()
    """Versions of the policy before the newest, in the order of their dates."""
    tells_severity: bool = False
    """Whether a customer hears that one of us has set the severity."""
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    """Public holidays by country and region (`HR`, `DE-BY`), for contracts with their own."""
    prices: PriceList | None = None
    """None: no paid work is offered."""
    rooms: Mapping[str, Opens] = field(default_factory=dict)
    """What opens a request in a room of a chat (`slack:C0123ABC`), where it is said for that room;
    else everything does in a customer's room, and what names us elsewhere."""

    @property
    def rotation(self) -> Rotation:
        """The one that is asked where none is named."""
        return self.rotations[ON_CALL]

    def person_at(self, address: str) -> Person | None:
        """The one of us who writes from this address, or is this in a chat."""
        mail = address.lower()
        people = self.people.values()
        return next((p for p in people if mail in p.addresses or address in p.identities), None)

    def own_addresses(self) -> frozenset[str]:
        """Every address that mail to us goes to."""
        return frozenset(
            address for a in self.accounts.values() for address in (a.address, *a.aliases)
        )
