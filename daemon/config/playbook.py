"""From checked settings to the one frozen value that the rules consult."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import starmap
from zoneinfo import ZoneInfo

from daemon.config.model import PersonSettings, Settings
from daemon.config.on_call import WEEKDAYS, LayerSettings, RotationSettings
from daemon.config.promises import CellSettings, PlanSettings, PolicySettings
from daemon.config.public_holidays import Calendars
from daemon.config.values import YearlyDay
from rules.business_hours import without_end
from rules.model import (
    Account,
    AutomaticMailLimits,
    BusinessHours,
    Calendar,
    Filing,
    Imported,
    Opens,
    Override,
    Person,
    Plan,
    Playbook,
    Policy,
    Rotation,
    Severity,
    Target,
    Turns,
    Uncovered,
    Window,
)


def build_playbook(settings: Settings, first_year: int, last_year: int) -> Playbook:
    """Everything configured that the rules consult, with the holidays of these years inclusive."""
    calendars = Calendars(first_year, last_year)
    *earlier, newest = _versions(settings, calendars)
    return Playbook(
        policy=newest,
        escalation=settings.escalation.escalation(),
        people=_people(settings),
        rotations=_rotations(settings, calendars),
        accounts={
            name: Account(name, account.name, account.address, frozenset(account.aliases))
            for name, account in settings.accounts.items()
        },
        limits=AutomaticMailLimits(
            per_sender_and_day=settings.limits.per_sender_and_day,
            per_domain_and_hour=settings.limits.per_domain_and_hour,
        ),
        language=settings.language,
        filing=Filing(**dict(settings.filing)),
        tells_severity=settings.letters.tell_severity,
        earlier=tuple(earlier),
        calendars=calendars,
        prices=settings.prices.price_list() if settings.prices else None,
        rooms=_rooms(settings),
    )


def build_policy(settings: PolicySettings, first_year: int, last_year: int) -> Policy:
    """One version of the support policy, with the holidays of these years inclusive."""
    return _policy(settings, Calendars(first_year, last_year))


def _policy(settings: PolicySettings, calendars: Calendars) -> Policy:
    days = _with_own_days(calendars[settings.holidays], settings)
    return Policy(
        effective_from=settings.effective_from,
        zone=settings.timezone,
        clock=settings.clock,
        uncovered={reason: getattr(settings.uncovered, reason.value) for reason in Uncovered},
        plans={
            name: _plan(name, plan, settings.timezone, days)
            for name, plan in settings.plans.items()
        },
    )


def _versions(settings: Settings, calendars: Calendars) -> list[Policy]:
    """In the order of their dates; a plan that came later is in those before, too.

    It was promised to nobody then, but mail of then may come after a contract on it was signed.
    """
    found: list[Policy] = []
    later: dict[str, Plan] = {}
    for version in reversed((settings, *settings.policies)):
        policy = _policy(version, calendars)
        later |= policy.plans
        found.insert(0, replace(policy, plans=dict(later)))
    return found


def _with_own_days(calendar: Calendar, settings: PolicySettings) -> Calendar:
    years = range(calendar.first_year, calendar.last_year + 1)
    return replace(
        calendar,
        closed_days=_dates(settings.closed_days, years),
        open_days=_dates(settings.open_days, years),
    )


def _dates(days: Iterable[date | YearlyDay], years: range) -> frozenset[date]:
    found: set[date] = set()
    for day in days:
        found |= {day} if isinstance(day, date) else {d for y in years if (d := day.of(y))}
    return frozenset(found)


def _plan(name: str, plan: PlanSettings, zone: ZoneInfo, days: Calendar) -> Plan:
    cells: dict[Severity, CellSettings] = {
        severity: getattr(plan.first_response, severity.value) for severity in Severity
    }
    return Plan(
        name=name,
        credits_per_month=plan.credits_per_month,
        credits_per_day=plan.credits_per_day,
        registered_persons=plan.registered_persons,
        response_priority=plan.response_priority,
        discount=plan.discount,
        clock=plan.clock,
        targets={severity: _target(cell, zone, days) for severity, cell in cells.items()},
    )


def _target(cell: CellSettings, zone: ZoneInfo, days: Calendar) -> Target:
    windows = tuple(Window(opens, closes) for opens, closes in cell.spans)
    hours = BusinessHours(zone, windows, cell.working_days, days)
    return Target(cell.within, hours, frozenset(cell.channels), frozenset(cell.by_arrangement))


def _people(settings: Settings) -> dict[str, Person]:
    return {
        name: Person(
            name=name,
            full_name=person.name,
            zone=person.timezone or settings.timezone,
            addresses=frozenset(person.addresses),
            ways=person.all_ways,
            identities=frozenset(_identities(person)),
        )
        for name, person in settings.people.items()
    }


def _identities(person: PersonSettings) -> Iterator[str]:
    if person.slack:
        yield f"slack:{person.slack}"
    if person.matrix:
        yield f"matrix:{person.matrix}"


def _rooms(settings: Settings) -> dict[str, Opens]:
    slack = settings.slack.channels.values() if settings.slack else ()
    matrix = settings.matrix.rooms.values() if settings.matrix else ()
    return {f"slack:{room.id}": room.opens for room in slack} | {
        f"matrix:{room.id}": room.opens for room in matrix
    }


def _rotations(settings: Settings, calendars: Calendars) -> dict[str, Rotation]:
    days = _with_own_days(calendars[settings.holidays], settings)
    return {
        name: _rotation(name, rotation, rotation.timezone or settings.timezone, days)
        for name, rotation in settings.all_rotations.items()
    }


def _rotation(name: str, settings: RotationSettings, zone: ZoneInfo, days: Calendar) -> Rotation:
    return Rotation(
        name=name,
        zone=zone,
        layers=tuple(_layer(layer, zone, days) for layer in settings.all_layers),
        overrides=tuple(
            Override(override.person, _instant(override.from_, zone), _instant(override.to, zone))
            for override in settings.overrides
        ),
    )


def _layer(settings: LayerSettings, zone: ZoneInfo, days: Calendar) -> Turns | Imported:
    if settings.starts is None:
        return Imported(settings.calendar)
    hours = None
    if settings.is_restricted:
        windows = tuple(starmap(Window, settings.spans or ((timedelta(), timedelta(days=1)),)))
        weekdays = frozenset(map(WEEKDAYS.index, settings.weekdays))
        hours = BusinessHours(zone, windows, settings.working_days, days, weekdays)
        # Beyond the years of known holidays a guess is better than nobody on call.
        hours = without_end(hours)
    return Turns(settings.people, settings.starts, settings.every, hours)


def _instant(local: datetime, zone: ZoneInfo) -> datetime:
    """UTC of a local time; of an hour that comes twice the first, of one left out an hour later."""
    return local.replace(tzinfo=zone).astimezone(UTC)
