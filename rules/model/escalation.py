"""Who is told when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction

from rules.model.hours import Window
from rules.model.words import Severity


class Whom(StrEnum):
    """What an audience names."""

    ON_CALL = "on-call"
    """Whoever a rotation says, when the step falls due."""
    EVERYONE = "everyone"
    """All in a rotation."""
    PERSON = "person"
    GROUP = "group"
    """All in a group of the configuration."""
    CATCH_ALL = "catch-all"
    WAY = "way"
    """Nobody in particular: a channel of a chat, a list."""


@dataclass(frozen=True)
class Audience:
    """Whom a step tells; who that is, is asked when it falls due."""

    whom: Whom
    name: str = ""
    """Of the rotation, person or group; of a way its kind and address, `slack:C0123ABC`."""


@dataclass(frozen=True)
class EscalationStep:
    """A moment, reckoned from the deadline, at which somebody is told."""

    share: Fraction
    """Of the target, in business time: 0 at the clock's start, 1 at the deadline."""
    tells: tuple[Audience, ...]
    offset: timedelta = timedelta()
    """From the deadline, in business time: less than nothing is before it. Only with a share of 1;
    where the target is shorter than the longest of them, all are compressed alike."""


@dataclass(frozen=True)
class EscalationPolicy:
    """The steps, and what comes after them; a timer keeps the one it was armed under."""

    name: str
    steps: tuple[EscalationStep, ...]
    """In any order: which comes first may depend on the target."""
    repeats: tuple[timedelta, ...]
    """Gaps after the last step or the deadline, whichever is later; the last for ever."""
    round_the_clock: bool
    """Whether what comes after the deadline runs at all hours; else in business time."""
    late_acknowledgement: timedelta
    """How long an acknowledgement after the deadline lasts."""
    reserve: timedelta
    """Open time before the deadline that no acknowledgement and no snooze may use up."""


@dataclass(frozen=True)
class Fitting:
    """For which requests a policy is meant; an empty condition fits all."""

    policy: EscalationPolicy
    plans: frozenset[str] = frozenset()
    severities: frozenset[Severity] = frozenset()
    customers: frozenset[str] = frozenset()
    hours: tuple[Window, ...] = ()
    """Local time of the policy at which the clock starts."""


@dataclass(frozen=True)
class Escalation:
    """All policies, and who is told when nobody else is."""

    catch_all: tuple[str, ...]
    """Names of persons told when nobody else is, or nobody else answers."""
    policies: tuple[Fitting, ...]
    """The first that fits counts; the last ones fit everything."""
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names of persons, by name of the group."""
