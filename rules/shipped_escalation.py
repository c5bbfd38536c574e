"""The steps shipped by default (policy, "Escalation steps shipped by default")."""

from datetime import timedelta
from fractions import Fraction

from rules.model import (
    Audience,
    EscalationPolicy,
    EscalationStep,
    Fitting,
    Severity,
    Whom,
)

_HALF_AN_HOUR = timedelta(minutes=30)


def default_policies(
    repeats: tuple[timedelta, ...] = (_HALF_AN_HOUR, _HALF_AN_HOUR, 2 * _HALF_AN_HOUR),
    late_acknowledgement: timedelta = _HALF_AN_HOUR,
    reserve: timedelta = timedelta(minutes=5),
) -> tuple[Fitting, ...]:
    """One for each severity, since they differ in steps and in when they repeat."""
    on_call, catch_all = Audience(Whom.ON_CALL), Audience(Whom.CATCH_ALL)
    late = tuple(
        EscalationStep(Fraction(n, 4), (on_call, catch_all) if n >= 3 else (on_call,))
        for n in (2, 3, 4)
    )
    early = (EscalationStep(Fraction(0), (on_call,)), *late)
    return tuple(
        Fitting(
            EscalationPolicy(
                name=f"shipped, {severity}",
                steps=early if severity in (Severity.CRITICAL, Severity.SIGNIFICANT) else late,
                repeats=repeats,
                round_the_clock=severity is Severity.CRITICAL,
                late_acknowledgement=late_acknowledgement,
                reserve=reserve,
            ),
            severities=frozenset({severity}),
        )
        for severity in Severity
    )
