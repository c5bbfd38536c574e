"""What the steps of the escalation refer to, and which of them could never be reached."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from daemon.config.escalation import EscalationPolicySettings, parse_audience
from daemon.config.model import Settings
from daemon.config.problems import Place, did_you_mean, written
from daemon.config.values import quoted
from rules.model import ON_CALL, Audience, Way, Whom

Problem = tuple[Place, str]

_NOTHING, _DAY = timedelta(), timedelta(days=1)


def mentioned(escalation: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Names of people in groups and steps as they were written, faults or not."""
    at: Place = ("escalation",)
    for group, names in _table(escalation.get("groups")).items():
        for position, name in enumerate(_list(names)):
            yield (*at, "groups", group, position), name
    for number, policy in enumerate(_tables(escalation.get("policies"))):
        for n, step in enumerate(_tables(policy.get("steps"))):
            for position, told in enumerate(_list(step.get("tell"))):
                if audience := _person(told):
                    yield (*at, "policies", number, "steps", n, "tell", position), audience.name


def ways(settings: Settings) -> Iterator[tuple[Place, Way]]:
    """Ways that steps tell: a room or a list, nobody's own."""
    for place, audience in _told(settings):
        if audience.whom is Whom.WAY:
            kind, _, address = audience.name.partition(":")
            yield place, Way(kind, address)


def tellable(given: Mapping[str, Any]) -> list[str]:
    """What a step may tell beside persons and ways, as it is written."""
    escalation, rotations = _table(given.get("escalation")), _table(given.get("rotations"))
    named = [f"{kind}:{name}" for kind in ("on-call", "everyone") for name in rotations]
    groups = [f"group:{name}" for name in _table(escalation.get("groups"))]
    return [Whom.ON_CALL, Whom.CATCH_ALL, f"{Whom.EVERYONE}:{ON_CALL}", *named, *groups]


def told_by_name(settings: Settings) -> set[str]:
    """Persons whom a step or a group names."""
    steps = [audience.name for _, audience in _told(settings) if audience.whom is Whom.PERSON]
    groups = settings.escalation.groups.values()
    return {*steps, *(name for names in groups for name in names)}


def references(settings: Settings, given: Mapping[str, Any]) -> Iterator[Problem]:
    """Rotations, groups and plans that steps and conditions name, and are not there."""
    groups = settings.escalation.groups
    rotations = [ON_CALL, *_table(given.get("rotations"))]
    known = {Whom.GROUP: list(groups), Whom.ON_CALL: rotations, Whom.EVERYONE: rotations}
    for place, audience in _told(settings):
        names = known.get(audience.whom)
        if names is not None and audience.name and audience.name not in names:
            what = "group in [escalation.groups]" if audience.whom is Whom.GROUP else "rotation"
            words = f"{quoted(audience.name)} is no {what}; {did_you_mean(audience.name, names)}"
            yield place, words
    for number, policy in enumerate(settings.escalation.policies):
        for position, plan in enumerate(policy.plans):
            if plan not in settings.plans:
                at = ("escalation", "policies", number, "plans", position)
                near = did_you_mean(plan, list(settings.plans))
                yield at, f"{quoted(plan)} is none of [plans]; {near}"


def asked_by_none(settings: Settings) -> Iterator[Problem]:
    """Groups and rotations that no step tells, and groups of nobody."""
    used = {audience for _, audience in _told(settings)}
    for name, people in settings.escalation.groups.items():
        at: Place = ("escalation", "groups", name)
        if not people:
            yield at, 'is empty: a step would tell nobody (like ["ana", "ivo"])'
        elif Audience(Whom.GROUP, name) not in used:
            yield at, f'is told by no step; name it in one ("group:{name}"), or take it out'
    for name in settings.rotations:
        if not {Audience(Whom.ON_CALL, name), Audience(Whom.EVERYONE, name)} & used:
            words = f'is asked by no step; name it in one ("on-call:{name}"), or take it out'
            yield ("rotations", name), words


def unreachable(settings: Settings) -> Iterator[Problem]:
    """A policy of which every request goes to one before it, or that has another's name."""
    policies = settings.escalation.policies
    for number, policy in enumerate(policies):
        names = [before.name for before in policies[:number]]
        if policy.name in names:
            first = ("escalation", "policies", names.index(policy.name))
            words = f"is the name of {written(first)}, too; give it another one"
            yield ("escalation", "policies", number, "name"), words
        for before in policies[:number]:
            if _covers(before, policy):
                yield (
                    ("escalation", "policies", number),
                    f"is never reached: {quoted(before.name)} before it takes all that it fits;"
                    " put it before that one, or give it other conditions",
                )
                break


def by_one_chat_alone(settings: Settings) -> Iterator[Problem]:
    """Who is told at last must not depend on one company's chat, or one homeserver."""
    people = settings.people
    ways = [w for n in settings.escalation.catch_all if n in people for w in people[n].all_ways]
    leaving = [way for way in ways if way.kind != "log"]
    for chat in ("slack", "matrix"):
        if leaving and all(_is_by(chat, way) for way in leaving):
            yield (
                ("escalation", "catch_all"),
                f"is told by {chat.title()} alone; give somebody in it another way, for when"
                f' {chat.title()} is down (like "mail:ana@b2bee.example")',
            )


def _is_by(chat: str, way: Way) -> bool:
    """Whether a way goes by it, by whichever outbound."""
    scheme = way.address.partition("://")[0].lower()
    return way.kind == chat or scheme in (chat, f"{chat}s")


def _covers(before: EscalationPolicySettings, policy: EscalationPolicySettings) -> bool:
    conditions = ("plans", "severities", "customers")
    return _covers_hours(before, policy) and all(
        not getattr(before, each)
        or (getattr(policy, each) and set(getattr(policy, each)) <= set(getattr(before, each)))
        for each in conditions
    )


def _covers_hours(before: EscalationPolicySettings, policy: EscalationPolicySettings) -> bool:
    """Whether each of its windows lies within one of those before; none is the whole day."""
    wide = [(o + by, c + by) for o, c in before.spans for by in (-_DAY, _NOTHING, _DAY)]
    return not wide or all(
        any(opens <= o and c <= closes for opens, closes in wide)
        for o, c in policy.spans or ((_NOTHING, _DAY),)
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


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _tables(value: object) -> list[Mapping[str, Any]]:
    return [_table(each) for each in _list(value)]
