"""What people say of a severity is kept beside what was assigned."""

from dataclasses import replace
from typing import Any

import pytest

from rules.model import CloseReason, Label, LabelSource, Severity
from rules.severity import assess
from tests.daemon.command import Command

House = Any  # the fixture's class; conftest is no module to import
TEXT = "Ne mogu se prijaviti u aplikaciju od jutros."


@pytest.fixture
def asked(house: House) -> House:
    """With a request in it, minor or not by its words."""
    house.mail("p@premium.example", "Prijava", TEXT)
    house.ignore()
    return house


def labels(house: House) -> list[Label]:
    return house.store.read(lambda tx: tx.labels.of_request(1))


def say(house: House, severity: Severity, person: str = "ana") -> None:
    house.store.write(
        lambda tx: house.desk.set_severity(tx, 1, severity, "seen", person, house.now)
    )


def test_a_changed_severity_is_kept_with_what_was_assigned_and_by_what(asked: House) -> None:
    provisional = asked.request()
    other = Severity.NONE
    assert provisional.severity is not other
    say(asked, other)
    assigned = assess("Prijava", TEXT)
    (label,) = labels(asked)
    assert label == Label(
        1,
        asked.now,
        "ana",
        "phrases",
        assigned.severity,
        assigned.confidence,
        other,
        LabelSource.CHANGED,
        label.id,
    )


def test_every_word_is_kept_and_each_beside_the_daemons_own(asked: House) -> None:
    first = asked.request()
    say(asked, Severity.NONE)
    say(asked, Severity.CRITICAL, "ivo")
    kept = [(each.who, each.severity, each.assigned, each.confidence) for each in labels(asked)]
    assert kept == [
        ("ana", Severity.NONE, first.severity, first.confidence),
        ("ivo", Severity.CRITICAL, first.severity, first.confidence),
    ]
    asked.work()
    asked.ignore()


def test_a_confirmation_is_a_label_and_moves_nothing(asked: House) -> None:
    before = asked.request()
    timers = asked.store.read(lambda tx: tx.timers.of(1))
    asked.store.write(lambda tx: asked.desk.confirm_severity(tx, 1, "yes", "ana", asked.now))
    assert asked.store.read(lambda tx: tx.timers.of(1)) == timers
    assert asked.request() == replace(
        before,
        severity_by="ana",
        provisional_severity=before.severity,
        confidence=1.0,
        needs_review=False,
        reasons=(*before.reasons, "severity confirmed: yes (ana)"),
    )
    (label,) = labels(asked)
    assert (label.source, label.severity) == (LabelSource.CONFIRMED, before.severity)
    assert asked.history()[-1] == "severity confirmed"


@pytest.mark.parametrize("reason", list(CloseReason))
def test_what_is_closed_as_no_request_is_labelled_none(asked: House, reason: CloseReason) -> None:
    asked.store.write(lambda tx: asked.desk.close(tx, 1, reason, "ana", asked.now))
    kept = [(each.source, each.severity) for each in labels(asked)]
    is_none = reason is CloseReason.NOT_A_REQUEST
    assert kept == ([(LabelSource.NOT_A_REQUEST, Severity.NONE)] if is_none else [])


def test_an_acknowledgement_confirms_nothing(asked: House) -> None:
    asked.store.write(lambda tx: asked.desk.acknowledge(tx, 1, "ana", asked.now))
    assert labels(asked) == []


def test_what_is_refused_leaves_no_label(asked: House) -> None:
    with pytest.raises(Exception, match="nobody is called"):
        say(asked, Severity.NONE, "nobody")
    assert labels(asked) == []


def test_same_confirms_by_command_and_needs_no_reason(supportd: Command, house: House) -> None:
    house.mail("p@premium.example", "Prijava", TEXT)
    house.ignore()
    severity = house.request().severity
    done = supportd("severity", "1", "same", "--as", "ana", "--config", str(house.path))
    assert (done.code, done.out.startswith(f"request 1 is {severity}; due ")) == (0, True)
    assert [each.source for each in labels(house)] == [LabelSource.CONFIRMED]
