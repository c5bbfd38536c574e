"""Which version of the policy counts: for a message when it came, for a request its own."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from rules.model import BusinessHours, Calendar, Contract, Playbook, Policy, Request


class UnknownVersion(ValueError):
    """A request was opened under a version of the policy that is configured no more."""


def versions(playbook: Playbook) -> tuple[Policy, ...]:
    """All of them, in the order of their dates."""
    return (*playbook.earlier, playbook.policy)


def at(playbook: Playbook, received_at: datetime) -> Playbook:
    """The playbook with the policy that held at this instant, the first one for all time before."""
    known = versions(playbook)
    held = [policy for policy in known if _begins_at(policy) <= received_at]
    return replace(playbook, policy=held[-1] if held else known[0])


def of_request(playbook: Playbook, request: Request) -> Playbook:
    """The playbook with the policy that a request keeps, in the local time it is owed in.

    Raises UnknownVersion.
    """
    known = versions(playbook)
    policy = next((p for p in known if p.version == request.policy), None)
    if policy is None:
        raise UnknownVersion(
            f"request {request.id} was opened under the policy of {request.policy}, which is not"
            f" configured; there are: {', '.join(p.version for p in known)}"
        )
    return in_local_time(replace(playbook, policy=policy), request)


def in_local_time(playbook: Playbook, request: Request) -> Playbook:
    """The playbook with its policy in the local time and holidays a request is owed in."""
    return _local(playbook, request.timezone, request.holidays)


def of_contract(playbook: Playbook, contract: Contract | None) -> Playbook:
    """The playbook with a contract's own local time and public holidays, where it has any."""
    return _local(playbook, contract.timezone, contract.holidays) if contract else playbook


def local_day(at_: datetime, playbook: Playbook) -> date:
    """The day to which contracts and credits count an instant (policy, reading 6)."""
    return at_.astimezone(at(playbook, at_).policy.zone).date()


def _begins_at(policy: Policy) -> datetime:
    return datetime.combine(policy.effective_from, time(), policy.zone).astimezone(UTC)


def _local(playbook: Playbook, timezone: str, holidays: str) -> Playbook:
    if not timezone and not holidays:
        return playbook
    zone = ZoneInfo(timezone) if timezone else None
    public = playbook.calendars[holidays] if holidays else None
    plans = {
        name: replace(
            plan,
            targets={
                severity: replace(target, hours=_own(target.hours, zone, public))
                for severity, target in plan.targets.items()
            },
        )
        for name, plan in playbook.policy.plans.items()
    }
    return replace(playbook, policy=replace(playbook.policy, plans=plans))


def _own(hours: BusinessHours, zone: ZoneInfo | None, public: Calendar | None) -> BusinessHours:
    """Our own closed and open days stay, whosever the public holidays are."""
    calendar = replace(hours.calendar, holidays=public.holidays) if public else hours.calendar
    return replace(hours, zone=zone or hours.zone, calendar=calendar)
