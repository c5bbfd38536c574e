"""What assesses: the model, loaded when the first message asks for it; else phrases."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Lock

import structlog

from rules.model import Assessment
from rules.severity import assess as by_phrases

log = structlog.get_logger()

Assess = Callable[..., Assessment]
"""Of a subject, a text, and a language if it is known."""


def _engine() -> Assess:
    """The shipped engine. Raises ImportError where numpy is not, Unavailable without a model."""
    from daemon.triage import embedding, weights
    from daemon.triage.engine import Engine

    return Engine(embedding.load(), weights.load()).assess


@dataclass
class Assessor:
    """Called in the thread that reads messages, so that nobody waits for it to load."""

    load: Callable[[], Assess] = _engine
    _assess: Assess | None = None
    _loading: Lock = field(default_factory=Lock)

    def __call__(self, subject: str, text: str, language: str = "") -> Assessment:
        """As `rules.severity.assess`; says in a reason if only phrases served."""
        with self._loading:
            assess = self._assess = self._assess or self._loaded()
        return assess(subject, text, language)

    def _loaded(self) -> Assess:
        try:
            return self.load()
        except Exception as error:  # whatever is wrong with it, messages must be assessed
            log.warning("no language model: severity by phrases alone", why=str(error))
            return _phrases_alone


def _phrases_alone(subject: str, text: str, language: str = "") -> Assessment:
    found = by_phrases(subject, text, language)
    return replace(found, reasons=(*found.reasons, "by phrases alone: no language model here"))
