"""Who is told when, and who when nobody else is, or nobody else answers."""

import re
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from fractions import Fraction
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from daemon.config.hours import HoursSettings
from daemon.config.section import Section
from daemon.config.values import Duration, Line, Name, parse_way, quoted
from daemon.durations import parse_duration
from rules.model import (
    Audience,
    Escalation,
    EscalationPolicy,
    EscalationStep,
    Fitting,
    Severity,
    Whom,
    Window,
)
from rules.shipped_escalation import default_policies

_HALF_AN_HOUR = timedelta(minutes=30)
_SHARE = re.compile(r"(\d{1,3})\s*%")
_MOMENT = '"start", "50%", "-30m" before the deadline, "deadline", "+15m" after it'

_WAYS = ("log", "mail", "slack", "matrix", "command", "webhook")
_TOLD = (
    'like "on-call", "on-call:night", "everyone:on_call", "group:leads", "ana", "catch-all",'
    ' "mail:list@b2bee.example", "ntfy://topic"'
)


def parse_moment(value: object) -> tuple[Fraction, timedelta]:
    """A share of the target and an offset from the deadline; raises ValueError."""
    text = value.strip() if isinstance(value, str) else ""
    if text in ("start", "deadline"):
        return Fraction(int(text == "deadline")), timedelta()
    if (match := _SHARE.fullmatch(text)) and int(match[1]) <= 100:
        return Fraction(int(match[1]), 100), timedelta()
    with suppress(ValueError):  # the sign is part of what was written
        if text[:1] in ("-", "+") and (offset := parse_duration(text[1:])):
            return Fraction(1), -offset if text[0] == "-" else offset
    raise ValueError(f"{quoted(value)} is no moment ({_MOMENT})")


def parse_audience(value: object) -> Audience:
    """Whom a step tells; raises ValueError, which does not show what was given."""
    text = value.strip() if isinstance(value, str) else ""
    if text in (Whom.ON_CALL, Whom.CATCH_ALL):
        return Audience(Whom(text))
    kind, colon, name = text.partition(":")
    if colon and name and kind in (Whom.ON_CALL, Whom.EVERYONE, Whom.GROUP):
        return Audience(Whom(kind), name.strip())
    if colon or text == "log":
        if not name.startswith("//") and kind not in _WAYS:
            raise ValueError(f"{quoted(f'{kind}:')} begins nothing that can be told ({_TOLD})")
        way = parse_way(text)
        return Audience(Whom.WAY, f"{way.kind}:{way.address}")
    if not text:
        raise ValueError(f"is nobody ({_TOLD})")
    return Audience(Whom.PERSON, text)


Moment = Annotated[tuple[Fraction, timedelta], BeforeValidator(parse_moment)]
Told = Annotated[Audience, BeforeValidator(parse_audience)]


class StepSettings(Section):
    """A moment at which somebody is told."""

    at: Moment = Field(examples=["50%"])
    tell: tuple[Told, ...] = Field(examples=[["on-call"]])

    @model_validator(mode="after")
    def _check_that_it_tells(self) -> Self:
        if not self.tell:
            raise ValueError('tell is empty: nobody would be told (like ["on-call"])')
        return self

    @property
    def step(self) -> EscalationStep:
        """As the rules know it."""
        share, offset = self.at
        return EscalationStep(share, self.tell, offset)


class EscalationPolicySettings(HoursSettings):
    """Steps of your own, for the requests that all of its conditions fit."""

    name: Line = Field(examples=["premium at night"])
    plans: tuple[Name, ...] = ()
    severities: tuple[Severity, ...] = ()
    customers: tuple[Line, ...] = ()
    steps: tuple[StepSettings, ...] = Field(examples=[[{"at": "50%", "tell": ["on-call"]}]])
    repeats: tuple[Duration, ...] | None = None
    round_the_clock: bool | None = None
    """None: as for the shipped steps, for critical alone."""

    @field_validator("repeats")
    @classmethod
    def _check_repeats(cls, repeats: tuple[timedelta, ...] | None) -> tuple[timedelta, ...] | None:
        return repeats if repeats is None else checked_repeats(repeats)

    @model_validator(mode="after")
    def _check_steps(self) -> Self:
        steps = [each.step for each in self.steps]
        if not any(s.offset <= timedelta() and _tells_people(s) for s in steps):
            raise ValueError(
                "no step tells a person by the deadline; a channel alone is nobody"
                ' (like steps = [{ at = "50%", tell = ["on-call"] }])'
            )
        moments = Counter((s.share, s.offset) for s in steps)
        if max(moments.values()) > 1:
            raise ValueError("two steps stand at the same moment; put their tell together")
        return self

    def fitting(self, severity: Severity, common: "EscalationSettings") -> Fitting:
        """The policy for one severity, and for which requests it is."""
        always = self.round_the_clock
        return Fitting(
            EscalationPolicy(
                name=self.name,
                steps=tuple(each.step for each in self.steps),
                repeats=self.repeats or common.repeats,
                round_the_clock=severity is Severity.CRITICAL if always is None else always,
                late_acknowledgement=common.late_acknowledgement,
                reserve=common.reserve,
            ),
            frozenset(self.plans),
            frozenset({severity}),
            frozenset(self.customers),
            tuple(Window(opens, closes) for opens, closes in self.spans),
        )


class EscalationSettings(Section):
    """Who is told when nobody else is, and when somebody is."""

    catch_all: tuple[str, ...] = Field(examples=[["ana"]])
    repeats: tuple[Duration, ...] = (_HALF_AN_HOUR, _HALF_AN_HOUR, 2 * _HALF_AN_HOUR)
    late_acknowledgement: Duration = _HALF_AN_HOUR
    reserve: Duration = timedelta(minutes=5)
    groups: dict[Name, tuple[str, ...]] = Field(default_factory=dict)
    policies: tuple[EscalationPolicySettings, ...] = ()
    """The first that fits counts; the shipped steps stand after the last."""

    @field_validator("repeats")
    @classmethod
    def _check_repeats(cls, repeats: tuple[timedelta, ...]) -> tuple[timedelta, ...]:
        return checked_repeats(repeats)

    def escalation(self) -> Escalation:
        """As the rules know it."""
        own = [
            policy.fitting(severity, self)
            for policy in self.policies
            for severity in policy.severities or Severity
        ]
        shipped = default_policies(self.repeats, self.late_acknowledgement, self.reserve)
        return Escalation(self.catch_all, (*own, *shipped), self.groups)


def checked_repeats(repeats: tuple[timedelta, ...]) -> tuple[timedelta, ...]:
    """The gaps, if they widen; raises ValueError."""
    if not repeats:
        raise ValueError('is empty: nobody would be told again (like ["30m", "1h"])')
    if list(repeats) != sorted(repeats):
        raise ValueError('gaps do not get shorter again (like ["30m", "30m", "1h"])')
    if repeats[0] < timedelta(minutes=1):
        raise ValueError('a gap is a minute at least (like ["30m", "1h"])')
    return repeats


def _tells_people(step: EscalationStep) -> bool:
    return any(audience.whom is not Whom.WAY for audience in step.tells)
