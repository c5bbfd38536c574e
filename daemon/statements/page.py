"""Statements as one page that needs nothing else, on a screen and on paper."""

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from channels.pages import pages_of
from daemon.letters.plain import one_line
from daemon.statements import charts
from daemon.statements.saying import Saying
from rules.statements import Outcome, Statement

_PAGES = pages_of("daemon.statements")


def page(
    statements: Sequence[Statement],
    zone: ZoneInfo,
    language: str = "en",
    folder: Path | None = None,
) -> str:
    """HTML of these statements, each on paper of its own; times are local ones of `zone`.

    Each in its contract's language, else in `language`; `folder` may have an operator's words.
    Customers' words are escaped; nothing in it is run or fetched.
    """
    said = [Saying.of(statement, zone, language, folder) for statement in statements]
    return _PAGES.get_template("statement.html").render(
        sayings=said, charts=charts, one_line=one_line, Outcome=Outcome
    )
