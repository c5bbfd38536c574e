"""What `supportd doctor` finds beside a healthy house, and beside a sick one."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from channels.slack.manifest import manifest
from daemon import checkup, parts
from daemon.checkup import Finding, Patient, Verdict
from daemon.config.on_call import LayerSettings
from daemon.config.slack import SlackSettings
from rules.model import CalendarCopy, Fitting, Severity
from rules.requests import Refused
from storage.engine import open_database
from storage.store import Store
from tests.slack_peer import BOT, Fault, SlackPeer

House = Any  # the fixture's class; conftest is no module to import


@pytest.fixture
def patient(house: House) -> Patient:
    return Patient(house.settings, house.playbook, house.store, house.now)


def found(patient: Patient, what: str) -> list[Finding]:
    return [each for each in checkup.look(patient) if each.what.startswith(what)]


def verdict(patient: Patient, what: str) -> Verdict:
    [one] = found(patient, what)
    return one.verdict


def test_store_schema_and_clock_are_well(patient: Patient) -> None:
    assert [verdict(patient, what) for what in ("schema", "store", "clock")] == [Verdict.OK] * 3


def test_a_relay_that_is_not_there_fails_and_hides_nothing_else(patient: Patient) -> None:
    assert verdict(patient, "mail out") is Verdict.FAIL  # nobody listens at its port
    assert verdict(patient, "heartbeat") is Verdict.WARN


def test_daemons_of_different_versions_are_warned_of(patient: Patient) -> None:
    assert verdict(patient, "daemons") is Verdict.WARN  # none runs
    until = patient.now + timedelta(seconds=20)
    at = patient.now
    patient.store.write(lambda tx: tx.leases.take("a:1:x", "a:1:x", at, until, parts.versions()))
    assert verdict(patient, "daemon a") is Verdict.OK
    patient.store.write(lambda tx: tx.leases.take("b:1:x", "b:1:x", at, until, "supportd 0.0"))
    assert [each.verdict for each in found(patient, "daemon ")] == [Verdict.WARN] * 2


def test_a_schema_of_a_newer_program_fails_and_one_of_before_is_brought_up(
    patient: Patient, store_url: str, tmp_path: Path
) -> None:
    empty = Store(f"sqlite:///{tmp_path}/empty.db")
    before = Patient(patient.settings, patient.playbook, empty, patient.now)
    assert verdict(before, "schema") is Verdict.WARN
    assert {each.what for each in checkup.look(before)} == {
        *("schema", "clock", "time zones", "mail out"),
    }
    empty.close()
    database = open_database(store_url)
    newer = text("UPDATE alembic_version SET version_num = '9999'")
    database.write(lambda session: session.connection().execute(newer))
    database.close()
    assert verdict(patient, "schema") is Verdict.FAIL


def test_a_check_that_breaks_hides_no_other(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Patient) -> Iterator[Finding]:
        raise OSError("no such place")

    monkeypatch.setitem(checkup.CHECKS, "mailboxes", broken)
    [one] = found(patient, "mailboxes")
    assert (one.verdict, one.detail) == (Verdict.FAIL, "no such place")
    assert verdict(patient, "schema") is Verdict.OK


class Elsewhere(Store):
    """A store whose server's clock is beside ours."""

    by = timedelta()

    def clock(self) -> Any:
        return parts.now() - self.by


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, Verdict.OK), (2, Verdict.WARN), (-7, Verdict.FAIL)]
)
def test_a_clock_beside_the_servers_is_told(
    house: House, store_url: str, seconds: int, said: Verdict
) -> None:
    store = Elsewhere(store_url)
    store.by = timedelta(seconds=seconds)
    patient = Patient(house.settings, house.playbook, store, house.now)
    assert next(checkup.clock(patient)).verdict is said
    store.close()


def test_a_daemon_does_not_start_where_its_clock_is_wrong(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Store, "clock", lambda _self: parts.now() - timedelta(seconds=6))
    with pytest.raises(Refused, match=r"clock is \+6\.\d s beside the database server's"):
        parts.start_store(house.settings)


def test_a_policy_for_a_customer_without_a_contract_is_warned_of(patient: Patient) -> None:
    assert found(patient, "escalation") == []
    names = frozenset({"Premium d.o.o.", "Premium doo", "Lapsed d.o.o."})
    name = replace(patient.playbook.escalation.policies[0].policy, name="grave")
    meant = [Fitting(name, frozenset(), frozenset({each}), names) for each in Severity]
    escalation = replace(patient.playbook.escalation, policies=(*meant,))
    sick = replace(patient, playbook=replace(patient.playbook, escalation=escalation))
    lapsed, misspelt = found(sick, "escalation")  # once, however many severities it is for
    assert {lapsed.verdict, misspelt.verdict} == {Verdict.WARN}
    assert "policy grave: customers has 'Lapsed d.o.o.', who has no contract" in lapsed.detail
    assert "policy grave: customers has 'Premium doo', who has no contract" in misspelt.detail


def test_a_program_that_is_not_there_and_a_calendar_nobody_read_are_warned_of(
    patient: Patient,
) -> None:
    assert found(patient, "ways") == []
    boss = patient.settings.people["boss"]
    ways = (*boss.ways, SecretStr("command:/none --token x"))
    ical = LayerSettings.model_validate({"ical": "/none.ics"})
    settings = patient.settings.model_copy(
        update={
            "people": {**patient.settings.people, "boss": boss.model_copy(update={"ways": ways})},
            "on_call": patient.settings.on_call.model_copy(update={"layers": (ical,)}),
        }
    )
    sick = replace(patient, settings=settings)
    assert [each.detail for each in found(sick, "ways")] == [
        'people.boss.ways[2]: "/none" is no program that can be run here',
        'on_call: the calendar "/none.ics" cannot be read here',
    ]
    assert verdict(sick, "calendar of on_call") is Verdict.WARN
    copy = CalendarCopy(ical.calendar, b"", (), patient.now)
    patient.store.write(lambda tx: tx.on_call.keep(copy))
    assert verdict(sick, "calendar of on_call") is Verdict.OK
    later = replace(sick, now=patient.now + timedelta(minutes=11))
    [stale] = found(later, "calendar of on_call")
    assert (stale.verdict, stale.detail) == (
        Verdict.WARN,
        "0 shifts, read at 2026-03-04 09:00 UTC",
    )


def test_a_slack_that_refuses_us_fails_and_one_that_is_not_configured_is_silent(
    patient: Patient, slack: SlackPeer
) -> None:
    assert found(patient, "slack") == []
    wanted = {"bot_token": BOT, "signing_secret": "s", "api_url": slack.url}
    chatting = replace(patient, settings=with_section(patient, slack=SlackSettings(**wanted)))
    slack.scopes = "chat:write"
    lacking = found(chatting, "slack")
    assert {each.verdict for each in lacking} == {Verdict.FAIL}
    assert any("may not files:read" in each.detail for each in lacking)
    slack.scopes = ",".join(json.loads(manifest())["oauth_config"]["scopes"]["bot"])
    assert verdict(chatting, "slack") is Verdict.OK
    slack.faults.append(Fault("auth.test", error="token_revoked"))
    [one] = found(chatting, "slack")
    assert (one.verdict, one.detail) == (Verdict.FAIL, "token_revoked")


def with_section(patient: Patient, **sections: Any) -> Any:
    """The settings with a chat."""
    return patient.settings.model_copy(update=sections)
