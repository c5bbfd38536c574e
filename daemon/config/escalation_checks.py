"""What the steps of the escalation refer to, and which of them could never be reached."""

from collections.abc import Iterator, Mapping
from typing import Any

from daemon.config.escalation import EscalationPolicySettings, parse_audience
from daemon.config.model import Settings
from daemon.config.problems import Place, did_you_mean
from daemon.config.values import quoted
from rules.model import Audience, Way, Whom

Problem = tuple[Place, str]


def mentioned(escalation: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Names of people in groups and steps as they were written, faults or not."""
    at: Place = ("escalation",)
    groups = escalation.get("groups")
    for group, names in groups.items() if isinstance(groups, dict) else ():
        for position, name in enumerate(_list(names)):
            yield (*at, "groups", group, position), name
    for number, policy in enumerate(_tables(escalation.get("policies"))):
        for n, step in enumerate(_tables(policy.get("steps"))):
            for position, told in enumerate(_list(step.get("tell"))):
                if audience := _person(told):
                    yield (*at, "policies", number, "steps", n, "tell", position), audience.name


def told_by_name(settings: Settings) -> set[str]:
    """Persons whom a step or a group names."""
    steps = [audience.name for _, audience in _told(settings) if audience.whom is Whom.PERSON]
    groups = settings.escalation.groups.values()
    return {*steps, *(name for names in groups for name in names)}


def references(settings: Settings) -> Iterator[Problem]:
    """Rotations, groups and plans that steps and conditions name, and are not there."""
    groups, used = settings.escalation.groups, set[str]()
    known = {
        Whom.GROUP: list(groups),
        Whom.ON_CALL: list(settings.all_rotations),
        Whom.EVERYONE: list(settings.all_rotations),
    }
    for place, audience in _told(settings):
        names = known.get(audience.whom)
        used.add(audience.name)
        if names is not None and audience.name and audience.name not in names:
            what = "group in [escalation.groups]" if audience.whom is Whom.GROUP else "rotation"
            words = f"{quoted(audience.name)} is no {what}; {did_you_mean(audience.name, names)}"
            yield place, words
    for name, people in groups.items():
        at: Place = ("escalation", "groups", name)
        if not people:
            yield at, 'is empty: a step would tell nobody (like ["ana", "ivo"])'
        elif name not in used:
            yield at, f'is told by no step; name it in one ("group:{name}"), or take it out'
    for number, policy in enumerate(settings.escalation.policies):
        for position, plan in enumerate(policy.plans):
            if plan not in settings.plans:
                at = ("escalation", "policies", number, "plans", position)
                near = did_you_mean(plan, list(settings.plans))
                yield at, f"{quoted(plan)} is none of [plans]; {near}"


def unreachable(settings: Settings) -> Iterator[Problem]:
    """A policy of which every request goes to one before it."""
    policies = settings.escalation.policies
    for number, policy in enumerate(policies):
        for before in policies[:number]:
            if _covers(before, policy):
                yield (
                    ("escalation", "policies", number),
                    f"is never reached: {quoted(before.name)} before it takes all that it fits;"
                    " put it before that one, or give it other conditions",
                )
                break


def by_slack_alone(settings: Settings) -> Iterator[Problem]:
    """Who is told at last must not depend on one company's chat."""
    people = settings.people
    ways = [w for n in settings.escalation.catch_all if n in people for w in people[n].all_ways]
    leaving = [way for way in ways if way.kind != "log"]
    if leaving and all(map(is_slack, leaving)):
        yield (
            ("escalation", "catch_all"),
            "is told by Slack alone; give somebody in it another way, for when Slack is down"
            ' (like "mail:ana@b2bee.example")',
        )


def is_slack(way: Way) -> bool:
    """Whether a way goes by Slack, by whichever outbound."""
    return way.kind == "slack" or way.address.partition("://")[0].lower() == "slack"


def _covers(before: EscalationPolicySettings, policy: EscalationPolicySettings) -> bool:
    conditions = ("plans", "severities", "customers", "spans")
    return all(
        not getattr(before, each)
        or (getattr(policy, each) and set(getattr(policy, each)) <= set(getattr(before, each)))
        for each in conditions
    )


def _told(settings: Settings) -> Iterator[tuple[Place, Audience]]:
    for number, policy in enumerate(settings.escalation.policies):
        for n, step in enumerate(policy.steps):
            for position, audience in enumerate(step.tell):
                place = ("escalation", "policies", number, "steps", n, "tell", position)
                yield place, audience


def _person(told: object) -> Audience | None:
    try:
        audience = parse_audience(told)
    except ValueError:
        return None
    return audience if audience.whom is Whom.PERSON else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _tables(value: object) -> list[Mapping[str, Any]]:
    return [each if isinstance(each, dict) else {} for each in _list(value)]
