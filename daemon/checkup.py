"""Whether all that a daemon needs is there, looked at from beside it: what `doctor` shows."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from importlib.metadata import version

from channels.base import DeliveryError
from daemon import mailboxes, parts
from daemon.audit import CLOCKS_DIFFER
from daemon.chat import doors
from daemon.config import Settings, way_checks
from daemon.config.problems import written
from daemon.on_call import rota
from daemon.on_call.calendars import EVERY, Source, sources
from daemon.on_call.gaps import words
from rules import gaps
from rules.model import CalendarCopy, Playbook
from rules.policies import local_day
from storage.store import Store, StoreError, Transaction

REACH_SECONDS = 20.0


class Verdict(StrEnum):
    """How a thing is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """What one look found."""

    what: str
    verdict: Verdict
    detail: str


@dataclass(frozen=True)
class Patient:
    """What is looked at."""

    settings: Settings
    playbook: Playbook
    store: Store
    now: datetime


Check = Callable[[Patient], Iterator[Finding]]
"""Says what it finds; what it raises is a failure of what it is named after."""


def store(patient: Patient) -> Iterator[Finding]:
    """The schema, and whether anything can be stored."""
    found, head = patient.store.schema()
    if found == head:
        yield Finding("schema", Verdict.OK, f"version {found}")
    elif found < head:
        later = f"version {found or 'none'}; the next start brings it to {head}"
        yield Finding("schema", Verdict.WARN, later)
        return
    else:
        yield Finding("schema", Verdict.FAIL, f"version {found}; this program knows up to {head}")
        return
    patient.store.write(lambda tx: tx.memory.save("doctor", patient.now.isoformat()))
    yield Finding("store", Verdict.OK, "takes what is written")


def clock(patient: Patient) -> Iterator[Finding]:
    """The machine's clock beside the database server's, and the time zones it knows."""
    apart = parts.clocks_apart(patient.store)
    if patient.store.clock() is None:
        yield Finding("clock", Verdict.OK, "no other machine's to compare with")
    else:
        detail = f"{apart.total_seconds():+.3f} s beside the database server's"
        worse = Verdict.FAIL if abs(apart) > parts.CLOCKS_DIFFER else Verdict.WARN
        yield Finding("clock", Verdict.OK if abs(apart) <= CLOCKS_DIFFER else worse, detail)
    yield Finding("time zones", Verdict.OK, f"tzdata {version('tzdata')}")


def daemons(patient: Patient) -> Iterator[Finding]:
    """Who lives, and whether all are of one version."""
    if not _is_ours(patient):
        return
    held = patient.store.read(lambda tx: tx.leases.all())
    living = [each for each in held if each.is_daemons and each.until_at > patient.now]
    if not living:
        yield Finding("daemons", Verdict.WARN, "none runs")
    about = {each.about for each in living}
    for each in living:
        same = about == {parts.versions()}
        verdict = Verdict.OK if same else Verdict.WARN
        more = "" if same else f"; here {parts.versions()}: all must be the same"
        yield Finding(f"daemon {each.name}", verdict, each.about + more)


def ways_in(patient: Patient) -> Iterator[Finding]:
    """Each mailbox, logged in to and opened."""
    from channels.imap.session import Session

    for name, box in patient.settings.mailboxes.items():
        what = f"mailbox {name}"
        try:
            login = mailboxes.login(name, box, patient.store, parts.now)
            for folder in (*box.folders, *box.sent_folders):
                with Session(login, folder, read_only=True):
                    pass
        except Exception as error:  # of many libraries: what a person reads is the word of it
            yield Finding(what, Verdict.FAIL, f"{type(error).__name__}: {error}")
        else:
            yield Finding(what, Verdict.OK, f"opens {', '.join(box.folders)}")


def ways_out(patient: Patient) -> Iterator[Finding]:
    """The relay, greeted and logged in to; nothing is sent."""
    from channels.submission import Relay
    from daemon.wiring.ways_out import relay

    if patient.settings.mail.relay is None:
        yield Finding("mail out", Verdict.WARN, "goes into files; nobody gets it")
        return
    found: Relay = relay(patient.settings.mail.relay, parts.now)

    async def reach() -> None:
        async with asyncio.timeout(REACH_SECONDS):
            await found.reach()

    try:
        asyncio.run(reach())
    except (DeliveryError, TimeoutError) as error:
        yield Finding("mail out", Verdict.FAIL, str(error) or "no answer")
    else:
        yield Finding("mail out", Verdict.OK, f"{found.host}:{found.port} lets us in")


def slack(patient: Patient) -> Iterator[Finding]:
    """Who we are in Slack, what the app may do beside its manifest, whether it may connect."""
    if patient.settings.slack is None:
        return
    wrong = asyncio.run(doors.check(patient.settings))
    for problem in wrong:
        yield Finding("slack", Verdict.FAIL, problem.removeprefix("slack: "))
    if not wrong:
        yield Finding("slack", Verdict.OK, "lets us in, and the app may do what it must")


def matrix(patient: Patient) -> Iterator[Finding]:
    """Who we are there, and whether we are where customers write and our people are pinged."""
    if patient.settings.matrix is None or not _is_ours(patient):
        return
    rooms = patient.store.read(lambda tx: tx.contracts.rooms())
    wrong = asyncio.run(doors.check_matrix(patient.settings, rooms))
    for problem in wrong:
        yield Finding("matrix", Verdict.FAIL, problem)
    if not wrong:
        yield Finding("matrix", Verdict.OK, f"we are {patient.settings.matrix.user}, where we must")


def people(patient: Patient) -> Iterator[Finding]:
    """Whether somebody is on call whenever it is promised, and who watches over us."""
    if not _is_ours(patient):
        return
    now = patient.now
    contracts = patient.store.read(lambda tx: tx.contracts.all())
    book = patient.store.read(lambda tx: rota.standing(tx, patient.playbook, now))
    holes = gaps.find(book, contracts, now)
    for hole in holes[:5]:
        yield Finding("on call", Verdict.WARN, words(hole, book))
    if len(holes) > 5:
        yield Finding("on call", Verdict.WARN, f"and {len(holes) - 5} more gaps")
    if not holes:
        days = gaps.AHEAD // timedelta(days=1)
        yield Finding("on call", Verdict.OK, f"no gap in the next {days} days")
    beats = patient.settings.watch.heartbeat_url is not None
    yield Finding(
        "heartbeat",
        Verdict.OK if beats else Verdict.WARN,
        "is set" if beats else "watch.heartbeat_url is not set: nobody hears if all of us die",
    )


def ways(patient: Patient) -> Iterator[Finding]:
    """Whether the programs and calendars that are named are there, and were read."""
    for place, missing in way_checks.not_there(patient.settings):
        yield Finding("ways", Verdict.WARN, f"{written(place)}: {missing}")
    if not _is_ours(patient):
        return
    for source in sources(patient.settings.all_rotations, patient.settings.timezone):
        copy = patient.store.read(partial(_copy_of, source))
        what = f"calendar of {source.rotation}"
        if copy is None:
            yield Finding(what, Verdict.WARN, "nothing was read from it yet: nobody is on call")
            continue
        stale = patient.now - copy.read_at > 2 * EVERY
        detail = f"{len(copy.shifts)} shifts, read at {copy.read_at:%Y-%m-%d %H:%M} UTC"
        yield Finding(what, Verdict.WARN if stale else Verdict.OK, detail)


def _copy_of(source: Source, tx: Transaction) -> CalendarCopy | None:
    return tx.on_call.copy_of(source.calendar)


def escalation(patient: Patient) -> Iterator[Finding]:
    """Whether the customers that policies are meant for have contracts."""
    if not _is_ours(patient):
        return
    today = local_day(patient.now, patient.playbook)
    contracts = patient.store.read(lambda tx: tx.contracts.all())
    known = {each.customer for each in contracts if each.last_day >= today}
    meant = {  # a policy stands there once for each severity
        (each.policy.name, customer)
        for each in patient.playbook.escalation.policies
        for customer in each.customers
    }
    for policy, customer in sorted(meant):
        if customer not in known:
            detail = (
                f"policy {policy}: customers has {customer!r}, who has no contract that runs;"
                " write it as `supportd contracts list` does"
            )
            yield Finding("escalation", Verdict.WARN, detail)


def _is_ours(patient: Patient) -> bool:
    """Whether the store has what this program reads; if not, `store` has said so."""
    found, head = patient.store.schema()
    return found == head


CHECKS: dict[str, Check] = {
    "store": store,
    "clock": clock,
    "daemons": daemons,
    "mailboxes": ways_in,
    "mail out": ways_out,
    "slack": slack,
    "matrix": matrix,
    "on call": people,
    "ways": ways,
    "escalation": escalation,
}
"""In the order they are shown; a channel adds its own."""


def look(patient: Patient) -> Sequence[Finding]:
    """All that every check finds; one that fails hides no other."""
    found: list[Finding] = []
    for name, check in CHECKS.items():
        try:
            found += check(patient)
        except (StoreError, OSError) as error:
            found.append(Finding(name, Verdict.FAIL, str(error)))
    return found
