"""What people say of severities is learned, taken if no worse, and taken back by command."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from daemon.triage import Assessor, shipped, weights
from daemon.triage.fitting import fit
from daemon.triage.learner import ENOUGH, Learner
from daemon.triage.learning import learn, served
from daemon.triage.refitting import in_a_process
from daemon.triage.scores import Scores
from daemon.triage.teaching import Learned, Taught
from daemon.triage.weights import Weights
from rules.model import Refit, Severity
from rules.severity.decision import COSTS
from tests.conftest import SOAK
from tests.daemon.command import Command
from tests.storage.nouns import NOW

House = Any  # the fixture's class; conftest is no module to import
CRITICAL, SIGNIFICANT, MINOR, NONE = Severity
BASE = shipped.name()


class School:
    """Learns what it is told to, and remembers what it was taught."""

    def __init__(self) -> None:
        self.taught: list[Sequence[Taught]] = []
        self.found = Learned(b"content", ("no worse",), 1)

    async def learn(self, told: Sequence[Taught], content: bytes, name: str) -> Learned:
        self.taught.append(told)
        if self.found.labels < 0:
            raise RuntimeError("cannot")
        return self.found


@pytest.fixture
def school() -> School:
    return School()


@pytest.fixture
def learner(house: House, school: School) -> Learner:
    return Learner(house.thread, Assessor(), BASE, school.learn, lambda: house.now)


def turn(house: House, learner: Learner) -> None:
    house.loop.run_until_complete(learner.round())


def ask(house: House, text: str, sender: str = "p@premium.example") -> int:
    house.pass_(minutes=1)
    house.mail(sender, "Prijava", text)
    house.ignore()
    return max(request.id for request in house.requests())


def say(house: House, id: int, severity: Severity) -> None:
    house.now += timedelta(seconds=1)
    house.store.write(lambda tx: house.desk.set_severity(tx, id, severity, "so", "ana", house.now))


def refits(house: House) -> list[Refit]:
    return house.store.read(lambda tx: tx.refits.all())


def test_enough_labels_are_learned_once_and_by_the_last_word_on_each(
    house: House, learner: Learner, school: School
) -> None:
    first = ask(house, "Ne radi prijava, javlja grešku 17.")
    second = ask(house, "Kako da promijenim lozinku?", "s@standard.example")
    for number in range(ENOUGH - 2):
        say(house, first, [MINOR, NONE][number % 2])
    say(house, second, CRITICAL)
    turn(house, learner)
    assert school.taught == []
    say(house, first, SIGNIFICANT)
    turn(house, learner)
    turn(house, learner)
    (told,) = school.taught
    assert [(each.request_id, each.severity, each.is_new) for each in told] == [
        (first, "significant", True),
        (second, "critical", True),
    ]
    assert told[0].text == "Ne radi prijava, javlja grešku 17."
    assert told[0].group == "~Premium d.o.o."
    (refit,) = refits(house)
    assert (refit.who, refit.base, refit.last_label, refit.accepted) == (
        "supportd",
        BASE,
        ENOUGH,
        True,
    )
    house.work()
    house.ignore()


def test_where_the_customer_had_said_more_the_first_message_teaches_nothing(
    house: House, learner: Learner, school: School
) -> None:
    id = ask(house, "Ne radi prijava.")
    reference = f"Re: Prijava [#{id}]"
    house.mail("p@premium.example", reference, "A sada ne radi ništa, cijela firma stoji.")
    for number in range(ENOUGH):
        say(house, id, [MINOR, NONE][number % 2])
    turn(house, learner)
    assert school.taught == [[]]
    house.work()
    house.ignore()


def test_what_is_worse_or_fails_is_not_tried_again_until_more_was_said(
    house: House, learner: Learner, school: School
) -> None:
    id = ask(house, "Ne radi prijava.")
    for number in range(ENOUGH):
        say(house, id, [MINOR, NONE][number % 2])
    school.found = Learned(b"", (), -1)
    turn(house, learner)
    turn(house, learner)
    assert (len(school.taught), refits(house)) == (1, [])
    say(house, id, MINOR)
    school.found = Learned(b"", ("worse: not taken",), 1)
    turn(house, learner)
    turn(house, learner)
    assert len(school.taught) == 2
    assert [each.accepted for each in refits(house)] == [False]
    house.work()
    house.ignore()


def test_a_running_daemon_takes_up_what_another_learned_and_what_it_took_back(
    house: House, learner: Learner, small: Weights
) -> None:
    content = learn(TOLD, small, small, None).content
    refit = Refit(NOW, "ana", BASE, 1, 0, (), accepted=True)
    assert content
    kept = house.store.write(lambda tx: tx.refits.add(refit, content))
    turn(house, learner)
    assert learner.assessor("", "Ne radi prijava.").model in (kept.name, "phrases")
    house.store.write(lambda tx: tx.refits.withdraw(kept.id, "ana"))
    turn(house, learner)
    assert learner.assessor("", "Ne radi prijava.").model in (BASE, "phrases")


# --- What is learned, on a few of our own examples ---


@pytest.fixture(scope="module")
def small() -> Weights:
    whole = weights.load()
    return replace(fit(whole.examples[:120], whole.vectors[:120]), name="small")


def a_label(number: int, text: str, severity: str, **more: Any) -> Taught:
    usual = {"group": f"~{number}", "is_request": True, "who": "ana", "subject": "", "is_new": True}
    vector = bytes([127] + [0] * 383)
    given = usual | {"text": text, "vector": vector} | more
    return Taught(request_id=number, severity=severity, **given)


TOLD = [a_label(7, "Kvazar javlja grešku na ekranu.", "minor")]


def test_what_is_learned_serves_beside_the_shipped_and_holds_no_text(small: Weights) -> None:
    found = learn(TOLD, small, small, None)
    assert found.labels == 1
    assert b"Kvazar" not in found.content
    now = served(small, found.content, "refit-1")
    assert now.name == "refit-1"
    assert [each.id for each in now.examples[:120]] == [each.id for each in small.examples]
    label = now.examples[120]
    assert (label.id, label.severity, label.why, label.heard) == (
        "request 7",
        "minor",
        "so said ana",
        "",
    )
    example, likeness = now.nearest(np.eye(384, dtype=np.float32)[0])
    assert (example.id, round(likeness, 3)) == ("request 7", 1.0)


def test_labels_that_make_our_own_examples_worse_are_not_taken(small: Weights) -> None:
    wrong = [
        a_label(
            number,
            example.heard,
            "none" if example.severity == "critical" else "critical",
            vector=(np.rint(vector * 127 / np.abs(vector).max())).astype(np.int8).tobytes(),
        )
        for number, (example, vector) in enumerate(zip(small.examples, small.vectors, strict=True))
    ]
    found = learn(wrong, small, small, None)
    assert found.content == b""
    assert found.report[-1] == "worse: not taken"


def test_what_is_learned_is_judged_by_the_costs_that_decide(small: Weights) -> None:
    all_critical = ((0, 9, 9, 9), (0, 0, 9, 9), (0, 9, 0, 9), (0, 9, 9, 0))
    usual, own = (learn(TOLD, small, small, None, costs) for costs in (COSTS, all_critical))
    assert own.report[0] != usual.report[0]
    assert "right, macro-F1 0.1" in own.report[0]  # nearly all are called critical


def test_without_a_vector_or_a_model_to_make_one_nothing_is_learned(small: Weights) -> None:
    blind = [replace(TOLD[0], vector=b"")]
    assert learn(blind, small, small, None) == Learned(b"", ("there is no label to learn from",), 0)


def test_the_process_beside_the_daemon_says_what_it_found() -> None:
    found = asyncio.run(in_a_process([], b"", ""))
    assert found == Learned(b"", ("there is no label to learn from",), 0)
    if SOAK:  # two minutes
        found = asyncio.run(in_a_process(TOLD, b"", ""))
        assert served(weights.load(), found.content, "x").vectors.shape[0] > 1000


def test_scores_count_what_they_say() -> None:
    pairs = [(CRITICAL, CRITICAL), (CRITICAL, MINOR), (MINOR, CRITICAL), (NONE, NONE)]
    found = Scores.of(pairs)
    assert (found.right, found.missed_critical, found.false_critical) == (0.5, 0.5, 0.5)
    assert found.macro_f1 == pytest.approx((0.5 + 0 + 1) / 3)


# --- By command ---


def test_commands_tell_evaluate_and_take_back(
    house: House,
    supportd: Command,
) -> None:
    def run(*args: str) -> str:
        done = supportd("triage", *args, "--config", str(house.path))
        return done.out + done.said

    assert f"serving: {BASE}, nothing learned" in run("status")
    assert "there is no label" in run("evaluate")
    assert "there is no label to learn from" in run("refit", "--as", "ana")
    assert "nothing before it" in run("rollback", "--as", "ana")
    id = ask(house, "Ne radi prijava.")
    provisional = house.request(id).severity
    say(house, id, NONE)
    told = run("evaluate", "--requests")
    assert "all: 1 messages, 0.00 right" in told
    assert "assigned too low: 0, too high: 1" in told
    assert f"request {id}: {provisional}, none by ana" in told
    refit = Refit(NOW, "supportd", BASE, 1, 1, ("our examples: good",), accepted=True)
    house.store.write(lambda tx: tx.refits.add(refit, b"content"))
    told = run("status")
    assert "serving: refit-1" in told
    assert "our examples: good" in told
    assert "nobody is called 'eva'" in run("rollback", "--as", "eva")
    assert run("rollback", "--as", "ana") == f"refit-1 serves no more; {BASE} does\n"
    assert "taken back by ana" in run("status")
    house.work()
    house.ignore()
