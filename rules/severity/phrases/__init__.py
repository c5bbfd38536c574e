"""How customers say it: Croatian, Bosnian, Serbian; Slovene; German; English. A file a family.

Phrases are split by `|` and spelled as `rules.severity.words.fold` leaves words: lower case,
without diacritics, apostrophes and Cyrillic. Stems and gaps: see `rules.severity.matching`.
Urgency, capitals and severities that a customer claims are not here: they decide nothing.
"""

from rules.severity.phrases.asking import ASKING
from rules.severity.phrases.data import DATA
from rules.severity.phrases.functions import FUNCTIONS
from rules.severity.phrases.how_many import HOW_MANY
from rules.severity.phrases.no_request import NO_REQUEST
from rules.severity.phrases.reality import REALITY
from rules.severity.phrases.scope import SCOPE
from rules.severity.phrases.since import SINCE
from rules.severity.phrases.split import Table
from rules.severity.phrases.troubles import TROUBLES
from rules.severity.phrases.ways import WAYS

__all__ = ["FUNCTIONS", "PHRASES"]

PHRASES: Table = {
    **TROUBLES,
    **DATA,
    **SCOPE,
    **SINCE,
    **HOW_MANY,
    **WAYS,
    **ASKING,
    **NO_REQUEST,
    **REALITY,
}
