"""What a message can say about how bad it is, and how much each fact weighs."""

from enum import StrEnum

from rules.model import Severity


class Fact(StrEnum):
    """One thing said; its value is the words in which a reason names it."""

    OUTAGE = "nothing works"
    FUNCTION_LOST = "a main function is lost"
    BROKEN = "something fails"
    DATA_LOST = "data lost or damaged"
    LEAK = "others' data can be seen"
    STOPPED = "business stands still"
    SLOW = "slow"
    PARTIAL = "a partial defect"
    EVERYBODY = "everybody is hit"
    BRANCH = "a part of the business is hit"
    ONE_USER = "one user is hit"
    ONE_RECORD = "one record is hit"
    REST_WORKS = "the rest works"
    SINCE = "since when"
    HOW_MANY = "how many are affected"
    WORKAROUND = "there is a workaround"
    NO_WORKAROUND = "there is no workaround"
    QUESTION = "a question"
    WISH = "a wish, a price or a contract"
    THANKS = "thanks"
    ADVERT = "an advertisement"
    NEWSLETTER = "a newsletter"
    ABSENCE = "an absence note"
    PROSPECT = "a prospect"
    RESOLVED = "already resolved"
    TEST_SYSTEM = "the test environment"
    PRODUCTION_FINE = "production is fine"
    NO_TROUBLE = "no trouble, it says"
    TERSE = "all that it says"


class Guard(StrEnum):
    """Words that take the force from a trouble near them."""

    HYPOTHETICAL = "hypothetical"
    NEGATED = "negated"


TROUBLES = frozenset(
    {Fact.OUTAGE, Fact.FUNCTION_LOST, Fact.BROKEN, Fact.DATA_LOST, Fact.LEAK, Fact.STOPPED}
    | {Fact.SLOW, Fact.PARTIAL}
)
"""Facts that a guard can take the force from."""

SCOPES = frozenset({Fact.EVERYBODY, Fact.BRANCH, Fact.ONE_USER, Fact.ONE_RECORD, Fact.REST_WORKS})
SCOPES |= {Fact.SINCE, Fact.HOW_MANY}
"""Facts that mean nothing without a trouble."""

NO_REQUEST = frozenset({Fact.ADVERT, Fact.NEWSLETTER, Fact.ABSENCE, Fact.PROSPECT})
"""Facts of messages that ask us for nothing."""

GRAVITY = {
    **dict.fromkeys((Fact.OUTAGE, Fact.LEAK, Fact.STOPPED, Fact.DATA_LOST), 3),
    **dict.fromkeys((Fact.FUNCTION_LOST, Fact.EVERYBODY, Fact.NO_WORKAROUND, Fact.RESOLVED), 2),
    **dict.fromkeys((Fact.BROKEN, Fact.SLOW, Fact.BRANCH, Fact.TEST_SYSTEM, Fact.WORKAROUND), 1),
    **dict.fromkeys((Fact.PRODUCTION_FINE, Fact.REST_WORKS, Fact.ONE_USER, Fact.PARTIAL), 1),
}
"""How much a sentence that says it counts among those of a long message."""

ORDER = tuple(Severity)
"""The severities that the weights below stand for, worst first."""

PRIOR = (-0.6, 0.0, 0.5, 0.6)

WEIGHTS: dict[Fact, tuple[float, float, float, float]] = {
    # fact                critical significant minor none
    Fact.OUTAGE: (4.0, 0.5, -2.0, -2.5),
    Fact.FUNCTION_LOST: (1.3, 1.8, 0.3, -1.0),
    Fact.BROKEN: (-0.3, 0.5, 1.0, 0.0),
    Fact.DATA_LOST: (1.5, 0.2, 0.2, -0.8),
    Fact.LEAK: (4.5, 0.5, -2.0, -2.5),
    Fact.STOPPED: (2.5, 1.3, -1.5, -2.0),
    Fact.SLOW: (-1.0, 1.5, 0.8, -0.5),
    Fact.PARTIAL: (-1.5, -0.5, 1.2, 0.3),
    Fact.EVERYBODY: (1.3, 0.4, 0.0, -1.0),
    Fact.BRANCH: (-0.8, 1.5, 0.2, -0.5),
    Fact.ONE_USER: (-1.8, -0.3, 0.4, 1.2),
    Fact.ONE_RECORD: (-2.0, -0.6, 1.5, 0.3),
    Fact.REST_WORKS: (-1.5, 1.0, 0.5, 0.2),
    Fact.SINCE: (0.0, 0.0, 0.0, 0.0),
    Fact.HOW_MANY: (0.0, 0.0, 0.0, 0.0),
    Fact.WORKAROUND: (-1.5, -0.2, 1.5, 0.2),
    Fact.NO_WORKAROUND: (1.0, 1.0, -1.0, -1.0),
    Fact.QUESTION: (-1.2, -1.0, -0.3, 1.5),
    Fact.WISH: (-2.0, -1.5, -0.4, 2.2),
    Fact.THANKS: (-1.5, -1.2, -0.5, 1.5),
    Fact.ADVERT: (-2.0, -2.0, -1.0, 2.0),
    Fact.NEWSLETTER: (-4.0, -4.0, -2.0, 4.0),
    Fact.ABSENCE: (-4.0, -4.0, -2.0, 4.0),
    Fact.PROSPECT: (-2.0, -2.0, -1.0, 2.0),
    Fact.RESOLVED: (-2.5, -2.0, -0.8, 3.0),
    Fact.TEST_SYSTEM: (-4.0, -2.5, 2.5, 1.0),
    Fact.PRODUCTION_FINE: (-2.0, -1.0, 0.5, 0.5),
    Fact.NO_TROUBLE: (-2.0, -1.5, -0.3, 2.0),
    Fact.TERSE: (0.0, 0.0, 0.0, 0.0),
}
