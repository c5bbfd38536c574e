"""What assesses, loaded when the first message asks: the model, else words, else phrases."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Lock

import structlog

from rules.model import Assessment
from rules.severity import assess as by_phrases
from rules.severity.decision import COSTS, Costs

log = structlog.get_logger()

Assess = Callable[..., Assessment]
"""Of a subject, a text, a language if it is known, and what a wrong severity costs."""


def engine(refit: bytes = b"", name: str = "") -> Assess:
    """By what was shipped, or by what was learned from labels since. Raises ImportError where
    numpy is not.
    """
    from daemon.triage import embedding, weights
    from daemon.triage.engine import Engine

    learned = weights.load()
    if refit:
        from daemon.triage.learning import served

        learned = served(learned, refit, name)
    try:
        return Engine(embedding.load(), learned).assess
    except embedding.Unavailable as error:
        log.warning("no language model: severity by words alone", why=str(error))
        return partial(_less, Engine(None, learned).assess, "words")


@dataclass
class Assessor:
    """Called in the thread that reads messages, so that nobody waits for it to load."""

    load: Callable[[], Assess] = engine
    costs: Costs = COSTS
    _assess: Assess | None = None
    _loading: Lock = field(default_factory=Lock)

    def __call__(self, subject: str, text: str, language: str = "") -> Assessment:
        """As `rules.severity.assess`; says in a reason if only phrases served."""
        with self._loading:
            assess = self._assess = self._assess or self._loaded()
        return assess(subject, text, language, self.costs)

    def take(self, load: Callable[[], Assess]) -> None:
        """Assess by something else from the next message on, in whichever thread that is read."""
        with self._loading:
            self.load, self._assess = load, None

    def _loaded(self) -> Assess:
        try:
            return self.load()
        except Exception as error:  # whatever is wrong with it, messages must be assessed
            log.warning("no language model: severity by phrases alone", why=str(error))
            return partial(_less, _by_phrases, "phrases")


def _by_phrases(subject: str, text: str, language: str, _costs: Costs) -> Assessment:
    return by_phrases(subject, text, language)


def _less(
    assess: Assess, by: str, subject: str, text: str, language: str, costs: Costs
) -> Assessment:
    """As assessed, with a reason that says by how little."""
    found = assess(subject, text, language, costs)
    reasons = (*found.reasons, f"by {by} alone: no language model here")
    return replace(found, reasons=reasons)
