"""A statement in its customer's language: words, dates, amounts."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

from daemon.letters.plain import one_line
from daemon.letters.words import Words, words_for
from rules.deadlines import duration_in_words
from rules.model import Channel, Credit, Offer, Request, Severity, Uncovered
from rules.statements import CreditUse, Line, Outcome, Statement

_NOT_COVERED = {
    Uncovered.CREDITS: "month's credits",
    Uncovered.DAILY_CREDITS: "day's credits",
}
"""Where the letter's own section says more than fits here."""


@dataclass(frozen=True)
class Saying:
    """What the page says of one statement."""

    statement: Statement
    letters: Words
    """What letters and offers say as well."""
    words: Words
    zone: ZoneInfo

    @classmethod
    def of(
        cls, statement: Statement, zone: ZoneInfo, language: str, folder: Path | None
    ) -> "Saying":
        """In the language of its newest contract, else this one; `folder` has an operator's own."""
        own = [use.contract.language for use in statement.credits if use.contract.language]
        chosen = own[-1] if own else language
        letters = words_for(chosen, folder, ("receipt", "offer"))
        return cls(statement, letters, words_for(chosen, folder, ("statement",)), zone)

    @property
    def language(self) -> str:
        """As HTML names it."""
        return str(self.words.locale).replace("_", "-")

    def __call__(self, heading: str, **values: object) -> str:
        """A section as one line."""
        return self.words.say(heading, **values)

    def heading(self) -> str:
        """The month, the plans, and as of when."""
        from babel.dates import format_skeleton

        first = datetime.combine(self.statement.month.first, datetime.min.time(), self.zone)
        month = format_skeleton("yMMMM", first, tzinfo=self.zone, locale=self.words.locale)
        plans = dict.fromkeys(use.contract.plan for use in self.statement.credits)
        said = [self("statement", month=month), *(self("plan", plan=plan) for plan in plans)]
        as_of = self("as of", at=self.letters.moment(self.statement.at, self.zone))
        return f"{', '.join(said)}; {as_of}"

    def at(self, instant: datetime | None) -> str:
        """`4. ožu 10:00`."""
        from babel.dates import format_skeleton, format_time

        if instant is None:
            return "-"
        local = instant.astimezone(self.zone)
        day = format_skeleton("MMMd", local, tzinfo=self.zone, locale=self.words.locale)
        time = format_time(local, "short", tzinfo=self.zone, locale=self.words.locale)
        return f"{day} {time}"

    def day(self, day: date) -> str:
        """`4. ožujka`."""
        return self.words.day(day)

    def percent(self, share: Fraction | None) -> str:
        """Rounded down: 100 % is said of nothing less."""
        return self.words.percent(Decimal(int(share * 100))) if share is not None else "-"

    def severity(self, severity: Severity) -> str:
        """As the letters call it."""
        if severity is Severity.NONE:
            return self("no impact")
        return self.letters.say(f"graded {severity}")

    def severity_of(self, request: Request) -> str:
        """The one that counts, and the provisional one it stands in place of."""
        now, before = self.severity(request.severity), request.provisional_severity
        if not request.severity_by:
            return f"{now} ({self('provisional')})"
        return f"{self.severity(before)} → {now}" if before else now

    def outcome(self, outcome: Outcome) -> str:
        """What became of a promise."""
        return self(f"outcome {outcome}")

    def outcome_of(self, line: Line) -> str:
        """With the reason, where it was ended."""
        reason = line.request.close_reason
        why = f" ({self(f'closed {reason}')})" if reason else ""
        return f"{self.outcome(line.outcome)}{why}"

    def channel(self, channel: Channel) -> str:
        """By which it came."""
        return self.letters.say(f"by {channel}")

    def spent(self, duration: timedelta | None) -> str:
        """A duration."""
        return duration_in_words(duration) if duration is not None else "-"

    def credits(self, use: CreditUse) -> str:
        """What became of a contract's credits."""
        heading = "totals left" if self.statement.month_is_open else "totals lapsed"
        return self(heading, drawn=use.drawn, granted=use.granted, left=use.left)

    def why(self, credit: Credit) -> str:
        """Why a credit was drawn or came back; what one of us wrote stays as it is."""
        known = {"opened": "opened", **{w: f"closed {w}" for w in ("duplicate", "not-a-request")}}
        return self(known[credit.why]) if credit.why in known else one_line(credit.why, 120)

    def not_covered(self, line: Line) -> str:
        """For which reasons it is paid work."""
        reasons = [self(_NOT_COVERED.get(r, r.value)) for r in line.request.uncovered]
        return "; ".join(reasons) or self("no contract")

    def price(self, offer: Offer) -> str:
        """What the customer pays."""
        return self.letters.money(offer.terms.price, offer.terms.currency)

    def work(self, offer: Offer) -> str:
        """What is paid for."""
        terms = offer.terms
        what = terms.words or self.letters.say(f"{offer.service} hours")
        return one_line(f"{self.letters.number(terms.quantity)} × {what}", 80)
