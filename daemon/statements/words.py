"""A statement in words and numbers: a table in the terminal, JSON and CSV for machines."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from daemon.letters.plain import one_line
from rules.deadlines import duration_in_words
from rules.model import FollowUpBreach, Offer, Request, Severity
from rules.statements import Line, Outcome, Statement

COLUMNS = (
    "what",
    "customer",
    "month",
    "request",
    "received_at",
    "channel",
    "sender",
    "subject",
    "provisional_severity",
    "severity",
    "due_at",
    "first_response_at",
    "target_minutes",
    "taken_minutes",
    "outcome",
    "billable",
    "uncovered",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def percent(share: Fraction | None) -> str:
    """A share for people, rounded down: 100 % is said of nothing less."""
    return f"{int(share * 100)} %" if share is not None else "-"


def severity_of(request: Request) -> str:
    """The one that counts, and the provisional one it stands in place of."""
    before = request.provisional_severity
    if not request.severity_by:
        return f"{request.severity} (provisional)"
    return f"{before} → {request.severity}" if before else request.severity.value


def spent(duration: timedelta | None) -> str:
    """A duration for people."""
    return duration_in_words(duration) if duration is not None else "-"


def as_csv(statements: Sequence[Statement], zone: ZoneInfo) -> str:
    """A row a request and a late follow-up, parted by semicolons.

    What a spreadsheet would compute is made text.
    """
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=";")
    writer.writerow(COLUMNS)
    for statement in statements:
        for line in statement.lines:
            values = as_json(statement, line, zone)
            writer.writerow(["request", *(_cell(values[name]) for name in COLUMNS[1:])])
        for breach in statement.follow_ups:
            values = {
                **follow_up(breach, zone),
                "customer": statement.customer,
                "month": str(statement.month),
                "outcome": "late",
            }
            writer.writerow(["follow-up", *(_cell(values.get(name)) for name in COLUMNS[1:])])
    return written.getvalue()


def as_json(statement: Statement, line: Line, zone: ZoneInfo) -> dict[str, object]:
    """A request of a statement, for machines: times in ISO 8601, durations in minutes."""
    request = line.request
    due, answered = request.first_response_due_at, request.first_response_at
    return {
        "customer": statement.customer,
        "month": str(statement.month),
        "request": request.id,
        "received_at": request.received_at.astimezone(zone).isoformat(),
        "channel": request.channel.value,
        "sender": request.sender,
        "subject": one_line(request.subject, 120),
        "provisional_severity": (request.provisional_severity or request.severity).value,
        "severity": request.severity.value if request.severity_by else None,
        "due_at": due.astimezone(zone).isoformat() if due else None,
        "first_response_at": answered.astimezone(zone).isoformat() if answered else None,
        "target_minutes": _minutes(line.target),
        "taken_minutes": _minutes(line.taken),
        "outcome": line.outcome.value,
        "billable": line.billable,
        "uncovered": [reason.value for reason in request.uncovered],
    }


def follow_up(breach: FollowUpBreach, zone: ZoneInfo) -> dict[str, object]:
    """A follow-up that was not answered in time, for machines."""
    return {
        "request": breach.request_id,
        "severity": breach.severity.value,
        "received_at": breach.received_at.astimezone(zone).isoformat(),
        "due_at": breach.due_at.astimezone(zone).isoformat(),
    }


def totals(statement: Statement, zone: ZoneInfo) -> dict[str, object]:
    """A month in numbers, for machines."""
    share = statement.attainment()
    return {
        "customer": statement.customer,
        "month": str(statement.month),
        "requests": len(statement.lines),
        **{outcome.value.replace(" ", "_"): statement.count(outcome) for outcome in Outcome},
        "attainment": float(share) if share is not None else None,
        "credits_granted": sum(use.granted for use in statement.credits),
        "credits_drawn": sum(use.drawn for use in statement.credits),
        "billable": len(statement.billable),
        "accepted_offers": [
            {
                "offer": offer.id,
                "request": offer.request_id,
                "price": str(offer.terms.price),
                "currency": offer.terms.currency,
            }
            for offer in statement.offers
        ],
        "late_follow_ups": [follow_up(breach, zone) for breach in statement.follow_ups],
    }


def summary(statement: Statement) -> Iterator[str]:
    """A month in a few lines, for people."""
    counts = [f"{n} {o}" for o in Outcome if (n := statement.count(o))]
    yield f"{statement.customer}, {statement.month}"
    yield f"  requests    {len(statement.lines)}" + (f": {', '.join(counts)}" if counts else "")
    by_severity = [
        f"{severity} {percent(share)}"
        for severity in Severity
        if (share := statement.attainment(severity)) is not None
    ]
    of_them = f" ({', '.join(by_severity)})" if by_severity else ""
    yield f"  attainment  {percent(statement.attainment())}{of_them}"
    for use in statement.credits:
        yield f"  credits     {use.drawn} of {use.granted} drawn, {use.returned} given back"
    if billable := statement.billable:
        numbers = ", ".join(f"#{line.request.id}" for line in billable)
        yield f"  billable    {len(billable)}: {numbers}"
    if late := statement.follow_ups:
        numbers = ", ".join(f"{breach.severity} in #{breach.request_id}" for breach in late)
        yield f"  follow-ups  {len(late)} late: {numbers}"
    for offer in statement.offers:
        yield f"  accepted    {price(offer)} for #{offer.request_id}: {work(offer)}"


def price(offer: Offer) -> str:
    """What the customer pays, for people."""
    return f"{offer.terms.price} {offer.terms.currency}"


def work(offer: Offer) -> str:
    """What is paid for, for people."""
    terms = offer.terms
    what = terms.words or f"h by {offer.service}"
    return one_line(f"{terms.quantity} {'x ' if terms.words else ''}{what}", 80)


def _minutes(duration: timedelta | None) -> float | None:
    return round(duration / timedelta(minutes=1), 2) if duration is not None else None


def _cell(value: object) -> object:
    if isinstance(value, list):
        return " ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
