"""Any noun, and one to begin with."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from itertools import count
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from rules.model import (
    Arrival,
    Channel,
    Contract,
    Envelope,
    MailKind,
    Message,
    Notice,
    NoticeKind,
    Offer,
    OnCallChange,
    OnCallChangeKind,
    Purpose,
    Request,
    Service,
    Severity,
    State,
    Terms,
    Timer,
    Way,
)
from rules.shipped_escalation import default_policies

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
numbers = count(1)

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
ZONES = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXTS,
    bool: st.booleans(),
    int: st.integers(0, 2**31 - 1),
    float: st.floats(0, 1),
    Decimal: st.decimals(0, 10**9, places=2),
    bytes: st.binary(max_size=200),
    NoneType: st.none(),
    Fraction: st.fractions(0, 1),
    timedelta: st.timedeltas(timedelta(days=-1000), timedelta(days=1000)),
    date: st.dates(),
    datetime: st.builds(
        lambda seconds, zone: (NOW + seconds).astimezone(zone),
        st.timedeltas(timedelta(days=-20_000), timedelta(days=200_000)),
        ZONES,
    ),
}


def every(hint: Any, **fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Values of a type of our nouns, with some fields fixed; no field is left at its default."""
    if hint in LEAVES:
        return LEAVES[hint]
    origin, args = get_origin(hint), get_args(hint)
    if origin is UnionType:
        return st.one_of([every(arg) for arg in args])
    if origin in (tuple, frozenset):
        return st.lists(every(args[0]), max_size=3).map(origin)
    if issubclass(hint, Enum):
        return st.sampled_from(hint)
    hints = get_type_hints(hint)
    fields = {name: fixed[name] if name in fixed else every(h) for name, h in hints.items()}
    return st.builds(hint, **fields)


def an_envelope(**changed: Any) -> Envelope:
    usual = {
        "channel": Channel.EMAIL,
        "account": "support",
        "external_id": f"x{next(numbers)}",
        "sender": "ana@adria.example",
        "recipients": ("support@us.example",),
        "received_at": NOW,
    }
    return Envelope(**(usual | changed))


def an_arrival(content: bytes = b"Subject: help\r\n\r\nhelp\r\n", **changed: Any) -> Arrival:
    return Arrival(an_envelope(**changed), content)


def a_message(**changed: Any) -> Message:
    number = next(numbers)
    usual = {
        "envelope": an_envelope(),
        "key": f"key {number}",
        "kind": MailKind.ORDINARY,
        "message_id": f"{number}@adria.example",
        "references": (),
        "sender": "ana@adria.example",
        "sender_name": "Ana",
        "subject": "help",
        "text": "help",
        "new_text": "help",
    }
    return Message(**(usual | changed))


def a_request(**changed: Any) -> Request:
    usual = {
        "id": 0,
        "state": State.OPEN,
        "channel": Channel.EMAIL,
        "account": "support",
        "received_at": NOW,
        "sender": "ana@adria.example",
        "sender_name": "Ana",
        "subject": "help",
        "contract_id": None,
        "customer": "",
        "plan": "",
        "policy": "2026-01-01",
        "severity": Severity.MINOR,
        "severity_by": "",
        "confidence": 0.5,
        "needs_review": False,
        "covered": None,
        "reasons": ("because",),
        "language": "en",
        "clock_starts_at": NOW,
        "first_response_due_at": NOW + 60 * MINUTE,
    }
    return Request(**(usual | changed))


def a_timer(request_id: int, **changed: Any) -> Timer:
    usual = {
        "request_id": request_id,
        "purpose": Purpose.FIRST_RESPONSE,
        "plan": "basic",
        "severity": Severity.MINOR,
        "clock_starts_at": NOW,
        "due_at": NOW + 60 * MINUTE,
        "next_at": NOW + 30 * MINUTE,
        "policy": default_policies()[0].policy,
    }
    return Timer(**(usual | changed))


def a_notice(**changed: Any) -> Notice:
    usual = {
        "id": f"n{next(numbers)}",
        "kind": NoticeKind.PING,
        "way": Way("mail", "eva@us.example"),
        "subject": "owed",
        "text": "somebody waits",
        "priority_at": NOW + 60 * MINUTE,
        "useful_until": NOW + 600 * MINUTE,
    }
    return Notice(**(usual | changed))


def a_contract(**changed: Any) -> Contract:
    usual = {
        "id": 0,
        "customer": "Adria",
        "plan": "basic",
        "starts_on": date(2026, 1, 1),
        "ends_on": date(2026, 12, 31),
    }
    return Contract(**(usual | changed))


def an_offer(**changed: Any) -> Offer:
    terms = Terms(
        code="",
        words="",
        quantity=Decimal(3),
        unit_price=Decimal("85.00"),
        list_price=Decimal("255.00"),
        discount_percent=Decimal(10),
        discount=Decimal("25.50"),
        price=Decimal("229.50"),
        currency="EUR",
        small_print="",
    )
    usual = {
        "id": 0,
        "request_id": 1,
        "service": Service.SUPPORT,
        "terms": terms,
        "note": "",
        "contract_id": 1,
        "customer": "Adria",
        "address": "ana@adria.example",
        "language": "hr",
        "offered_by": "ana",
        "offered_at": NOW,
        "expires_at": NOW + timedelta(days=14),
    }
    return Offer(**(usual | changed))


def a_change(**changed: Any) -> OnCallChange:
    usual = {
        "id": 0,
        "kind": OnCallChangeKind.OVERRIDE,
        "rotation": "on_call",
        "person": "ana",
        "other": "",
        "from_at": NOW,
        "until_at": NOW + 60 * MINUTE,
        "who": "ivo",
        "at": NOW,
    }
    return OnCallChange(**(usual | changed))
