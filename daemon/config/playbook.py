"""From checked settings to the one frozen value that the rules consult."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from daemon.config.model import Settings
from daemon.config.promises import CellSettings, PlanSettings
from daemon.config.public_holidays import calendar
from rules.escalation import default_policy
from rules.model import (
    Account,
    AutomaticMailLimits,
    BusinessHours,
    Calendar,
    Filing,
    Override,
    Person,
    Plan,
    Playbook,
    Policy,
    Rotation,
    Severity,
    Target,
    Uncovered,
    Window,
)


def build_playbook(settings: Settings, first_year: int, last_year: int) -> Playbook:
    """Everything configured that the rules consult, with the holidays of these years inclusive."""
    return Playbook(
        policy=build_policy(settings, first_year, last_year),
        escalation=default_policy(settings.escalation.catch_all),
        people=_people(settings),
        rotation=_rotation(settings),
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
    )


def build_policy(settings: Settings, first_year: int, last_year: int) -> Policy:
    """The support policy, with the holidays of these years inclusive."""
    days = calendar(settings.holidays, first_year, last_year)
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
        targets={severity: _target(cell, zone, days) for severity, cell in cells.items()},
    )


def _target(cell: CellSettings, zone: ZoneInfo, days: Calendar) -> Target:
    windows = tuple(Window(opens, closes) for opens, closes in cell.spans)
    hours = BusinessHours(zone, windows, cell.working_days, days)
    return Target(cell.within, hours, frozenset(cell.channels))


def _people(settings: Settings) -> dict[str, Person]:
    return {
        name: Person(
            name=name,
            full_name=person.name,
            zone=person.timezone or settings.timezone,
            addresses=frozenset(person.addresses),
            ways=person.all_ways,
        )
        for name, person in settings.people.items()
    }


def _rotation(settings: Settings) -> Rotation:
    on_call = settings.on_call
    zone = on_call.timezone or settings.timezone
    return Rotation(
        people=on_call.people,
        zone=zone,
        starts=on_call.starts,
        every_days=on_call.every,
        overrides=tuple(
            Override(override.person, _instant(override.from_, zone), _instant(override.to, zone))
            for override in on_call.overrides
        ),
    )


def _instant(local: datetime, zone: ZoneInfo) -> datetime:
    """UTC of a local time; of an hour that comes twice the first, of one left out an hour later."""
    return local.replace(tzinfo=zone).astimezone(UTC)
