"""What a customer reads without a person's hand: the receipt."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from daemon.letters.plain import bare_subject
from daemon.letters.words import Words, words_for
from rules.deadlines import closed_between, holidays_between, window_in_words
from rules.entitlement import REVIEW_PLAN
from rules.languages import zone_for
from rules.model import (
    BusinessHours,
    Channel,
    Clock,
    Entitlement,
    Policy,
    Request,
    Severity,
    State,
    Target,
    Treatment,
    Uncovered,
)

_LONGEST_SUBJECT = 100


class Letter(NamedTuple):
    """What goes to a customer."""

    subject: str
    text: str
    """A line is a paragraph, or an item of a list after `- `; what stands between * is weighty."""
    faults: tuple[str, ...] = ()
    """Why it is in our words, where an operator's should stand."""


def receipt(
    request: Request,
    entitlement: Entitlement,
    policy: Policy,
    account: str,
    folder: Path | None = None,
    now: datetime | None = None,
) -> Letter:
    """The receipt in the request's language: heard, how grave it seems, by when a person answers.

    Times are the contract's, else the sender's country's. A held request is promised a look, no
    time, and one that is late by `now` no time that is past. `account` signs; `folder` may have an
    operator's templates. Nothing of the customer's text is repeated but the subject: a receipt must
    be of no use to whoever sends under a false name.
    """
    words = words_for(request.language, folder)
    zone = _zone(request, policy)
    said = _Receipt(request, entitlement, policy, account, words, zone, now)
    paragraphs = said.paragraphs()
    text = "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
    return Letter(answer_subject(request, words), f"{text}\n", words.faults)


def turned_away(request: Request, account: str, folder: Path | None = None) -> Letter:
    """That a request is over, and a new message opens another."""
    words = words_for(request.language, folder)
    paragraphs = (
        words.lines("greeting"),
        words.say("over", number=request.id),
        words.lines("signature", account=account),
    )
    return Letter(answer_subject(request, words), "\n\n".join(paragraphs) + "\n", words.faults)


def graded(
    request: Request,
    policy: Policy,
    account: str,
    folder: Path | None,
    now: datetime,
    cover_changed: bool = False,
) -> Letter:
    """That one of us has set the severity, and by when a person answers, if that is to come.

    Where that changed what the contract covers, that as well.
    """
    words = words_for(request.language, folder)
    uncovered = request.uncovered if cover_changed else ()
    granted = Entitlement(
        None, request.plan, Treatment.SERVE, uncovered, draws_credit=False, reasons=()
    )
    said = _Receipt(request, granted, policy, account, words, _zone(request, policy), now)
    name = words.say(f"graded {request.severity}")
    paragraphs = (
        words.lines("greeting"),
        f"{words.say('graded', number=request.id, severity=name)} {words.say('correct us')}",
        " ".join(said.when()),
        *(said.cover() if cover_changed else ()),
        words.say("closing"),
        words.lines("signature", account=account),
    )
    text = "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
    return Letter(answer_subject(request, words), f"{text}\n", words.faults)


def _zone(request: Request, policy: Policy) -> ZoneInfo:
    own = ZoneInfo(request.timezone) if request.timezone else None
    return own or zone_for(request.sender, policy.zone)


def answer_subject(request: Request, words: Words | None = None) -> str:
    """The subject of all that goes to the customer: its number, then the customer's own."""
    subject = bare_subject(request.subject, _LONGEST_SUBJECT)
    if not subject:
        subject = (words or words_for(request.language)).say("no subject")
    return f"Re: [#{request.id}] {subject}"


@dataclass(frozen=True)
class _Receipt:
    request: Request
    entitlement: Entitlement
    policy: Policy
    account: str
    words: Words
    zone: ZoneInfo
    now: datetime | None

    def paragraphs(self) -> Iterator[str]:
        request, say = self.request, self.words.say
        yield self.words.lines("greeting")
        yield say("heard", number=request.id)
        yield " ".join(self.when())
        yield " ".join((say(request.severity.value), say("correct us")))
        yield from self._not_covered()
        if request.needs_review:
            yield say("scope")
        if request.severity is Severity.CRITICAL:
            yield say("reachable")
        yield say("closing")
        yield self.words.lines("signature", account=self.account)

    def _held(self) -> bool:
        return self.request.state is State.HELD or self.request.first_response_due_at is None

    def when(self) -> Iterator[str]:
        """By when a person answers, and why the clock starts later than the message came."""
        request, words = self.request, self.words
        due_at, from_at = request.first_response_due_at, request.owed_from_at
        if self._held() or due_at is None:
            yield words.say("held")
            return
        if self.now is not None and due_at <= self.now:
            return
        yield words.say("answer", due=words.moment(due_at, self.zone))
        hours = self._target(request.plan).hours
        if request.clock_starts_at > from_at:
            starts = words.moment(request.clock_starts_at, self.zone)
            yield words.say("outside hours", hours=self._hours(hours), starts=starts)
        clock = self.policy.clock_of(request.plan or REVIEW_PLAN)
        uncounted_until = due_at if clock is Clock.WINDOW else request.clock_starts_at
        if days := holidays_between(hours, from_at, uncounted_until):
            named = words.listed(words.day(day) for day in days)
            yield words.counted("holidays", len(days), days=named)
        if days := closed_between(hours, from_at, uncounted_until):
            named = words.listed(words.day(day) for day in days)
            yield words.counted("closed", len(days), days=named)

    def _hours(self, hours: BusinessHours) -> str:
        """When we are there; with the zone where it is another than the reader's."""
        windows = self.words.listed(
            window_in_words(window).replace("-", "–") for window in hours.windows
        )
        days = "working days" if hours.working_days_only else "every day"
        at = self.request.clock_starts_at
        there, here = (at.astimezone(zone).utcoffset() for zone in (hours.zone, self.zone))
        zone = "" if there == here else f" {self.words.zone(at, hours.zone)}"
        return self.words.say(days, windows=windows) + zone

    def cover(self) -> Iterator[str]:
        """What the contract does not cover and why, or that it covers all."""
        if not self.entitlement.uncovered:
            yield self.words.say("covered")
        yield from self._not_covered()

    def _not_covered(self) -> Iterator[str]:
        if not self.entitlement.uncovered:
            return
        reasons = (f"- {self._reason(reason)}" for reason in self.entitlement.uncovered)
        yield "\n".join((self.words.say("uncovered"), *reasons))
        if not self._held():
            yield self.words.say("billed")

    def _reason(self, reason: Uncovered) -> str:
        plan = self.policy.plans.get(self.entitlement.plan)
        match reason:
            case Uncovered.CHANNEL if plan:
                return self._channels(plan.targets[self.request.severity])
            case Uncovered.CREDITS if plan:
                return self._credits(reason, plan.credits_per_month)
            case Uncovered.DAILY_CREDITS if plan:
                return self._credits(reason, plan.credits_per_day)
            case _:
                return self.words.say(reason.value)

    def _channels(self, target: Target) -> str:
        say = self.words.say
        granted = [say(f"by {channel}") for channel in Channel if channel in target.channels]
        if not granted:
            return say("no channel")
        return say(Uncovered.CHANNEL, channels=self.words.listed(granted))

    def _credits(self, reason: Uncovered, count: int) -> str:
        return self.words.say(reason, credits=self.words.counted("credits", count))

    def _target(self, plan: str) -> Target:
        return self.policy.plans[plan or REVIEW_PLAN].targets[self.request.severity]
