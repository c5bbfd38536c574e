"""A statement as one page that needs nothing else, on a screen and on paper."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from channels.pages import pages_of
from daemon.letters.plain import one_line
from daemon.statements import charts
from daemon.statements.words import percent, price, severity_of, spent, work
from rules.statements import Outcome, Statement

_PAGES = pages_of("daemon.statements")


def page(statements: Sequence[Statement], zone: ZoneInfo) -> str:
    """HTML of these statements, each on paper of its own; times are local ones of `zone`.

    Customers' words are escaped; nothing in it is run or fetched.
    """
    return _PAGES.get_template("statement.html").render(
        statements=statements,
        zone=zone,
        charts=charts,
        percent=percent,
        severity_of=severity_of,
        spent=spent,
        one_line=one_line,
        price=price,
        work=work,
        Outcome=Outcome,
    )
